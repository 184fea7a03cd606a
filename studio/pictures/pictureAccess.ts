import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileHash, PersonId, PictureId } from '../shared/ids.ts'
import { newSecret, type Random } from '../shared/secrets.ts'
import type { Usage } from '../shared/usage.ts'
import type { Picture } from './picture.ts'
import { isWhole, pictureOf, pictureRow, withJob } from './pictureRows.ts'

/**
 * Who may see which picture: whoever asked for it, whoever has been in the room of its frame or in a room that opens with
 * it, whoever has its link, and operators once it is reported. A file is seen by those who see one of its pictures, who brought it, or who have been in
 * a room that it was put into.
 */
export interface PictureAccess {
  /** A picture that this person may see; null for what they may not see, as if it were absent. */
  see(by: PersonId, id: PictureId): Promise<Picture | null>
  /** Whether this person may read a file. */
  mayRead(by: PersonId, file: FileHash): Promise<boolean>
  /** The secret of a picture's link (128 bits, made when it is first asked for); good until the picture is deleted. */
  link(by: PersonId, id: PictureId): Promise<string>
  /** What a link shows, whoever follows it. */
  fromLink(secret: string): Promise<Picture | null>
}

/** The rules over the rows of the database. */
export function createPictureAccess({
  client,
  random,
  usage,
  isOperator,
}: {
  readonly client: PrismaClient
  readonly random: Random
  readonly usage: Usage
  readonly isOperator: (by: PersonId) => Promise<boolean>
}): PictureAccess {
  async function find(where: Prisma.PictureWhereInput): Promise<Picture | null> {
    const row = await client.picture.findFirst({ where, include: withJob })
    if (!row || !isWhole(row)) return null
    const picture = pictureOf(pictureRow(row))
    usage.picture(picture.id)
    return picture
  }

  const access: PictureAccess = {
    async see(by, id) {
      const picture = await find({ id, ...seenBy(by) })
      if (picture) return picture
      const isReported = (await client.report.count({ where: { kind: 'picture', subject: id, closedAt: null } })) > 0
      return isReported && (await isOperator(by)) ? find({ id }) : null
    },

    async mayRead(by, file) {
      const isOwn = await client.storedFile.count({ where: { hash: file, ownerId: by } })
      if (isOwn > 0) return true
      const picture = await client.picture.findFirst({
        where: { AND: [{ OR: [{ file }, { image: file }] }, seenBy(by)] },
        select: { id: true },
      })
      if (picture) return true
      return (await client.roomFile.count({ where: { hash: file, room: hasBeenIn(by) } })) > 0
    },

    async link(by, id) {
      const picture = await access.see(by, id)
      if (!picture) throw new UserError('picture/missing')
      if (picture.state !== 'finished') throw new UserError('picture/unfinished')
      // Of two that ask at once, one makes it.
      await client.picture.updateMany({ where: { id, link: null }, data: { link: newSecret(random) } })
      const row = await client.picture.findUnique({ where: { id }, select: { link: true } })
      if (!row?.link) throw new UserError('picture/missing')
      return row.link
    },

    fromLink: secret => find({ link: secret, state: 'finished' }),
  }
  return access
}

const hasBeenIn = (by: PersonId) => ({ members: { some: { personId: by } } }) satisfies Prisma.RoomWhereInput

function seenBy(by: PersonId) {
  return {
    OR: [{ job: { ownerId: by } }, { job: { room: hasBeenIn(by) } }, { openings: { some: hasBeenIn(by) } }],
  } satisfies Prisma.PictureWhereInput
}
