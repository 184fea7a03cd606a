import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { PersonId, PictureId } from '../shared/ids.ts'
import type { Picture } from './picture.ts'
import { picturesOf, withJob } from './pictureRows.ts'

/** Pictures that people have marked, theirs or those of others. */
export interface Favorites {
  /** Marks a finished picture, or takes the mark away; resolves with whether it is marked now. */
  toggle(by: PersonId, picture: PictureId): Promise<boolean>
  /** Last marked first. */
  ofPerson(by: PersonId, limit: number): Promise<Picture[]>
}

/** Favourites as rows of the database. */
export function createFavorites({
  client,
  now,
}: {
  readonly client: PrismaClient
  readonly now: () => Date
}): Favorites {
  return {
    async toggle(by, picture) {
      const mark = { personId: by, pictureId: picture }
      const { count } = await client.favorite.deleteMany({ where: mark })
      if (count > 0) return false
      const row = await client.picture.findUnique({ where: { id: picture }, select: { state: true } })
      if (!row) throw new UserError('picture/missing')
      if (row.state !== 'finished') throw new UserError('picture/unfinished')
      const where = { personId_pictureId: mark }
      await client.favorite.upsert({ where, create: { ...mark, addedAt: now() }, update: {} })
      return true
    },

    async ofPerson(by, limit) {
      const rows = await client.favorite.findMany({
        where: { personId: by, picture: { state: 'finished' } },
        include: { picture: { include: withJob } },
        orderBy: { addedAt: 'desc' },
        take: limit,
      })
      return picturesOf(rows.map(({ picture }) => picture))
    },
  }
}
