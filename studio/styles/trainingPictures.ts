import { UserError } from '../../protocol/errors.ts'
import type { StylePictureId } from '../shared/ids.ts'
import type { StyleParts } from './parts.ts'
import type { StylePicture } from './style.ts'
import { stylePaths } from './styleFolders.ts'
import type { Styles } from './styles.ts'
import { checkCaption } from './styleText.ts'
import type { Uploads } from './uploads.ts'

/** The pictures that a style learns from: its owner adds, leaves out, captions and sees them, and nobody else does. */
export function createStylePictures(
  { client, folders, access, limits, oneAtATime, changed, checkIdle }: StyleParts,
  uploads: Uploads,
): Pick<Styles, 'addPictures' | 'setCaption' | 'removePicture' | 'readPicture'> {
  return {
    async addPictures(by, style, pictures) {
      await access.checkOwn(by, style)
      await checkIdle(style)
      const rows = await uploads.store(style, await uploads.read(by, pictures))
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
      }
      changed(style)
      return rows.map(({ addedAt: _, ...picture }): StylePicture => picture)
    },

    async setCaption(by, style, picture, caption) {
      await access.checkOwn(by, style)
      const where = { id: picture, styleId: style }
      const { count } = await client.stylePicture.updateMany({ where, data: { caption: checkCaption(caption) } })
      if (count === 0) throw new UserError('style/picture-missing')
    },

    async removePicture(by, style, picture) {
      await access.checkOwn(by, style)
      await checkIdle(style)
      const { count } = await client.stylePicture.deleteMany({ where: { id: picture, styleId: style } })
      if (count === 0) throw new UserError('style/picture-missing')
      await folders.remove(style, stylePaths.picture(picture))
      changed(style)
    },

    async readPicture(by, style, picture) {
      await access.checkOwn(by, style)
      const row = await client.stylePicture.findUnique({ where: { id: picture, styleId: style }, select: { id: true } })
      return row && folders.read(style, stylePaths.picture(row.id as StylePictureId))
    },
  }
}
