import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { styleKey } from '../people/joinAccount.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import type { Random } from '../shared/secrets.ts'
import { newId } from '../shared/secrets.ts'
import type { Access } from './access.ts'
import type { StyleDetail, StyleLimits } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import { checkName } from './styleText.ts'
import type { StyleViews } from './styleViews.ts'
import type { DecodedPicture, NewStylePicture, Uploads } from './uploads.ts'

/** New styles: from pictures that somebody brings. */
export interface StyleCreation {
  /** A style without any version yet. `guild`: where it was said, whose own switches count. */
  create(
    by: PersonId,
    options: { name: string; pictures?: readonly NewStylePicture[]; guild?: string },
  ): Promise<StyleDetail>
}

/** New styles: of pictures that somebody gives, or of a file. */
export interface StyleMaker extends StyleCreation {
  make(by: PersonId, name: string, of: NewStyle): Promise<StyleId>
}
interface NewStyle {
  readonly pictures?: readonly DecodedPicture[]
  readonly version?: Omit<Prisma.StyleVersionUncheckedCreateWithoutStyleInput, 'number'>
}

/** Writes new styles down. */
export function createStyleMaker({
  client,
  folders,
  access,
  uploads,
  views,
  limits,
  oneAtATime,
  now,
  random,
}: {
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly uploads: Uploads
  readonly views: StyleViews
  readonly limits: StyleLimits
  readonly oneAtATime: Limit
  readonly now: () => Date
  readonly random: Random
}): StyleMaker {
  async function make(by: PersonId, name: string, of: NewStyle): Promise<StyleId> {
    const id = newId<StyleId>(random)
    return folders.whileCreating(id, () => makeIn(id, by, name, of))
  }

  async function makeIn(id: StyleId, by: PersonId, name: string, of: NewStyle): Promise<StyleId> {
    const shown = checkName(name)
    const pictures = await uploads.store(id, of.pictures ?? [])
    try {
      await oneAtATime(() =>
        client.$transaction(async within => {
          const mine = await within.style.findMany({ where: { ownerId: by }, select: { nameKey: true } })
          if (mine.length >= limits.stylesPerPerson) throw new UserError('style/count')
          if (mine.some(({ nameKey }) => nameKey === styleKey(shown))) throw new UserError('style/name-taken')
          await within.style.create({
            data: {
              ...{ id, name: shown, nameKey: styleKey(shown), ownerId: by, createdAt: now(), examplePrompts: [] },
              pictures: { create: pictures },
              ...(of.version && { version: 1, versions: { create: { ...of.version, number: 1 } } }),
            },
          })
        }),
      )
    } catch (error) {
      await folders.remove(id)
      throw error
    }
    return id
  }

  return {
    make,

    async create(by, { name, pictures = [], guild }) {
      await access.checkLearningAllowed(guild)
      checkName(name)
      if (pictures.length > limits.picturesPerStyle) throw new UserError('style/pictures-many')
      const { pictures: read, taken } = await uploads.read(by, pictures)
      const style = await make(by, name, { pictures: read }).finally(taken.release)
      return views.detail(by, style)
    },
  }
}
