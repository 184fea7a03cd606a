import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { FileStore } from '../images/fileStore.ts'
import { commandLineId } from '../people/person.ts'
import { openStates } from '../shared/jobStates.ts'

/** After how many days without use what belongs to nobody in particular goes; 0: never. */
export interface RetirementDays {
  readonly guests: number
  readonly rooms: number
  readonly pictures: number
}

/** What one round took away. */
export interface Retired {
  readonly guests: number
  readonly rooms: number
  readonly pictures: number
}

const dayMs = 24 * 60 * 60 * 1000
/** Rows of one kind in one round: the next one is an hour away. */
const atOnce = 1_000

/**
 * Takes away what nobody has used for so long, and its files: rooms first, then pictures of no room, then guests who have
 * nothing left that others use.
 */
export async function retire(options: {
  readonly client: PrismaClient
  readonly files: FileStore
  readonly days: RetirementDays
  readonly now: Date
}): Promise<Retired> {
  const { days, now } = options
  const before = (count: number) => new Date(now.getTime() - count * dayMs)
  const rooms = days.rooms > 0 ? await retireRooms(options, before(days.rooms)) : 0
  const pictures = days.pictures > 0 ? await retirePictures(options, before(days.pictures)) : 0
  const guests = days.guests > 0 ? await retireGuests(options, before(days.guests)) : 0
  return { guests, rooms, pictures }
}

type Tools = Pick<Parameters<typeof retire>[0], 'client' | 'files'>

/** Unused since: never noted counts from when it was made. */
const unused = (field: 'usedAt' | 'seenAt', before: Date) => ({
  OR: [{ [field]: { lt: before } }, { [field]: null, createdAt: { lt: before } }],
})

async function retireRooms({ client, files }: Tools, before: Date): Promise<number> {
  const rows = await client.room.findMany({
    // Somebody draws in it, though nobody has entered since: a page that stays open for weeks.
    where: { ...unused('usedAt', before), operations: { none: { storedAt: { gte: before } } } },
    select: { id: true },
    take: atOnce,
  })
  const ids = rows.map(({ id }) => id)
  const images = await client.roomFile.findMany({ where: { roomId: { in: ids } }, select: { hash: true } })
  await client.room.deleteMany({ where: { id: { in: ids } } })
  await files.collect(new Set(images.map(({ hash }) => hash)))
  return ids.length
}

async function retirePictures({ client, files }: Tools, before: Date): Promise<number> {
  const jobs = await client.job.findMany({
    where: {
      // Pictures of a room's frames stay as long as the room.
      ...{ roomId: null, requestedAt: { lt: before } },
      pictures: {
        none: { OR: [{ usedAt: { gte: before } }, { state: { in: openStates } }, { openings: { some: {} } }] },
      },
    },
    select: { id: true, pictures: { select: { file: true, image: true } } },
    take: atOnce,
  })
  const hashes = jobs.flatMap(({ pictures }) => pictures.flatMap(({ file, image }) => [file, image]))
  await client.job.deleteMany({ where: { id: { in: jobs.map(({ id }) => id) } } })
  await files.collect(new Set(hashes.filter(hash => hash !== null)))
  return jobs.reduce((sum, { pictures }) => sum + pictures.length, 0)
}

async function retireGuests({ client, files }: Tools, before: Date): Promise<number> {
  const rows = await client.person.findMany({
    where: {
      ...{ discordId: null, id: { not: commandLineId }, ...unused('seenAt', before) },
      // What they drew stands in rooms that others use, or others paint with a style of theirs.
      operations: { none: {} },
      styles: { none: { sharing: { not: 'private' } } },
      jobs: { none: { OR: [{ roomId: { not: null } }, { pictures: { some: { state: { in: openStates } } } }] } },
    },
    select: { id: true, files: { select: { hash: true } } },
    take: atOnce,
  })
  await client.person.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })
  await files.collect(new Set(rows.flatMap(({ files: stored }) => stored.map(({ hash }) => hash))))
  return rows.length
}
