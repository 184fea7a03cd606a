import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { asStylePictureId, type PersonId, type StyleId, type StylePictureId } from '../shared/ids.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import type { Access } from './access.ts'
import type { StyleLimits, StylePicture } from './style.ts'
import { readStylePicture, type StyleFolders, stylePaths } from './styleFolders.ts'
import { checkCaption } from './styleText.ts'
import type { NewStylePicture, Uploads } from './uploads.ts'

/** The pictures that a style learns from: its owner adds, leaves out, captions and sees them, and nobody else does. */
export interface TrainingPictures {
  addPictures(by: PersonId, style: StyleId, pictures: readonly NewStylePicture[]): Promise<StylePicture[]>
  setCaption(by: PersonId, style: StyleId, picture: StylePictureId, caption: string): Promise<void>
  removePicture(by: PersonId, style: StyleId, picture: StylePictureId): Promise<void>
  /** A picture that it learns from, as it is stored (PNG or WebP); only for its owner. */
  readPicture(by: PersonId, style: StyleId, picture: StylePictureId): Promise<Uint8Array | null>
}

/** The pictures that a style learns from: its owner adds, leaves out, captions and sees them, and nobody else does. */
export function createStylePictures({
  client,
  folders,
  access,
  uploads,
  limits,
  oneAtATime,
  changed,
}: {
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly uploads: Uploads
  readonly limits: StyleLimits
  readonly oneAtATime: Limit
  readonly changed: (style: StyleId) => void
}): TrainingPictures {
  return {
    async addPictures(by, style, pictures) {
      await access.checkOwn(by, style)
      await access.checkIdle(style)
      const { pictures: read, taken } = await uploads.read(by, pictures)
      const rows = await uploads.store(style, read)
      try {
        await oneAtATime(() =>
          client.$transaction(async within => {
            const count = await within.stylePicture.count({ where: { styleId: style } })
            if (count + rows.length > limits.picturesPerStyle) throw new UserError('style/pictures-many')
            if ((await within.style.count({ where: { id: style } })) === 0) throw new UserError('style/missing')
            await within.stylePicture.createMany({ data: rows.map(row => ({ ...row, styleId: style })) })
          }),
        )
      } catch (error) {
        const isThere = (await client.style.count({ where: { id: style } })) > 0
        if (isThere) for (const { id } of rows) await folders.remove(style, stylePaths.picture(id))
        else await folders.remove(style)
        throw error
      } finally {
        await taken.release()
      }
      changed(style)
      return rows.map(({ id, caption, width, height }): StylePicture => ({ id, caption, width, height }))
    },

    async setCaption(by, style, picture, caption) {
      await access.checkOwn(by, style)
      const where = { id: picture, styleId: style }
      const { count } = await client.stylePicture.updateMany({ where, data: { caption: checkCaption(caption) } })
      if (count === 0) throw new UserError('style/picture-missing')
    },

    async removePicture(by, style, picture) {
      await access.checkOwn(by, style)
      await access.checkIdle(style)
      const { count } = await client.stylePicture.deleteMany({ where: { id: picture, styleId: style } })
      if (count === 0) throw new UserError('style/picture-missing')
      await folders.remove(style, stylePaths.picture(picture))
      await folders.remove(style, stylePaths.oldPicture(picture))
      changed(style)
    },

    async readPicture(by, style, picture) {
      await access.checkOwn(by, style)
      const row = await client.stylePicture.findUnique({ where: { id: picture, styleId: style }, select: { id: true } })
      return row && readStylePicture(folders, style, asStylePictureId(row.id))
    },
  }
}
