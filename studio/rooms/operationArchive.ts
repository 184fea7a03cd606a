import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import { Prisma, type PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { RoomId } from '../shared/ids.ts'
import { unwrapText } from '../shared/rowJson.ts'

/** What a part of a room's history holds, as JSON in zlib's format. */
export interface OperationsPart {
  readonly people: readonly string[]
  /** In clock order. `at`: when it was stored, in milliseconds since 1970; `author`: its place in `people`. */
  readonly operations: readonly (readonly [clock: number, at: number, author: number, operation: unknown])[]
}

/** Operations that a snapshot is about to drop, packed for the archive. */
export interface Packed {
  /** The clock before the first of them, and that of the last. */
  readonly after: number
  readonly upTo: number
  readonly rows: readonly PackedRow[]
}

interface PackedRow extends PackedPart {
  readonly scene: Uint8Array<ArrayBuffer> | null
  readonly bytes: number
  readonly people: string
}

/** Some operations of a log, one after the other. */
export interface PackedPart {
  readonly after: number
  readonly upTo: number
  readonly startedAt: Date
  readonly endedAt: Date
  /** `OperationsPart` */
  readonly operations: Uint8Array<ArrayBuffer>
}

/** Of one part; a replay asks for one after the other. */
export const maxPartOperations = 2_000

/** Read at once: what has come over a socket meanwhile is answered in between. */
const pageOperations = 500

const compress = promisify<string, Buffer<ArrayBuffer>>(deflate)
const decompress = promisify<Uint8Array, Buffer>(inflate)

type Within = Pick<PrismaClient, 'archivedOperations' | 'operation' | 'snapshot'>

/**
 * Packs what the log drops once it has a snapshot at `clock`, before any transaction, so that nobody waits for it; null:
 * it will drop nothing.
 */
export async function packDropped(
  client: PrismaClient,
  room: RoomId,
  { clock, maxBytes }: { readonly clock: number; readonly maxBytes: number },
): Promise<Packed | null> {
  const older = await client.snapshot.findFirst({
    where: { roomId: room, clock: { lt: clock } },
    orderBy: { clock: 'desc' },
    select: { clock: true },
  })
  if (!older) return null
  const after = await endOfArchive(client, room)
  if (after >= older.clock) return null
  const people = await peopleOf(client, room)
  const rows: PackedRow[] = []
  for (let from = after; from < older.clock; ) {
    const { text, ...part } = await takePart(client, room, from, Math.min(from + maxPartOperations, older.clock))
    const operations = await compress(text)
    const scene =
      from === after ? await sceneToStore(client, room, { after, bytes: operations.length, maxBytes }) : null
    rows.push({
      ...{ ...part, operations, scene: scene?.packed ?? null },
      bytes: operations.length + (scene?.packed.length ?? 0),
      people: people.filter(person => text.includes(person) || scene?.text.includes(person)).join(' '),
    })
    from = part.upTo
  }
  return { after, upTo: older.clock, rows }
}

/** The clock up to which operations are archived, or, before the first are, up to which the log has dropped them. */
export async function endOfArchive(
  client: Pick<PrismaClient, 'archivedOperations' | 'operation' | 'snapshot'>,
  room: RoomId,
): Promise<number> {
  const last = await client.archivedOperations.findFirst({
    where: { roomId: room },
    orderBy: { after: 'desc' },
    select: { upTo: true },
  })
  if (last) return last.upTo
  const first = await client.operation.findFirst({
    where: { roomId: room, NOT: { operation: { equals: Prisma.DbNull } } },
    orderBy: { clock: 'asc' },
    select: { clock: true },
  })
  if (first) return first.clock - 1
  const snapshot = await client.snapshot.findFirst({ where: { roomId: room }, orderBy: { clock: 'desc' } })
  return snapshot?.clock ?? 0
}

/** Stores what was packed, within the transaction that drops it from the log; removes the oldest beyond so many bytes. */
export async function storePacked(within: Within, room: RoomId, { rows }: Packed, maxBytes: number): Promise<void> {
  await within.archivedOperations.createMany({ data: rows.map(row => ({ roomId: room, ...row })) })
  await removeOldest(within, room, maxBytes)
}

/** Operations of the log in (`after`, `upTo`], as they would be archived. */
export async function packPart(
  client: Pick<PrismaClient, 'operation'>,
  room: RoomId,
  after: number,
  upTo: number,
): Promise<PackedPart> {
  const { text, ...part } = await takePart(client, room, after, upTo)
  return { ...part, operations: await compress(text) }
}

async function takePart(client: Pick<PrismaClient, 'operation'>, room: RoomId, after: number, upTo: number) {
  const people: string[] = []
  const places = new Map<string, number>()
  const placeOf = (person: string) => {
    const place = places.get(person) ?? people.push(person) - 1
    places.set(person, place)
    return place
  }
  const texts: string[] = []
  const times: Date[] = []
  for (let from = after; from < upTo; from += pageOperations) {
    const rows = await client.operation.findMany({
      where: { roomId: room, clock: { gt: from, lte: Math.min(from + pageOperations, upTo) } },
      orderBy: { clock: 'asc' },
      select: { clock: true, authorId: true, operation: true, storedAt: true },
    })
    for (const { clock, authorId, operation, storedAt } of rows) {
      times.push(storedAt)
      // One that a disk has broken is read as nothing.
      if (operation === null) continue
      texts.push(JSON.stringify([clock, storedAt.getTime(), placeOf(authorId), operation]))
    }
  }
  const [startedAt = new Date(0), endedAt = startedAt] = [times[0], times.at(-1)]
  const text = `{"people":${JSON.stringify(people)},"operations":[${texts.join()}]}`
  return { after, upTo, startedAt, endedAt, text }
}

/** A text as it lies in the archive, and back. */
export const packText = (text: string): Promise<Uint8Array<ArrayBuffer>> => compress(text)
export const unpackText = async (packed: Uint8Array): Promise<string> => (await decompress(packed)).toString()

/** What a part of the archive holds. We alone have written it. */
export const readPart = async (packed: Uint8Array): Promise<OperationsPart> =>
  JSON.parse(await unpackText(packed)) as OperationsPart

/** The text of the snapshot at a clock; null: there is none. */
export async function sceneAt(
  client: Pick<PrismaClient, 'snapshot'>,
  room: RoomId,
  clock: number,
): Promise<string | null> {
  const row = await client.snapshot.findUnique({ where: { roomId_clock: { roomId: room, clock } } })
  const scene = row && unwrapText(row.scene)
  if (scene === null || scene === undefined) return null
  return typeof scene === 'string' ? scene : JSON.stringify(scene)
}

/**
 * The scene that operations begin with, where the archive may be cut: with the first of them, and then as soon as as many
 * bytes have come since the last one, so that scenes at most double what is stored.
 */
async function sceneToStore(
  client: PrismaClient,
  room: RoomId,
  { after, bytes, maxBytes }: { readonly after: number; readonly bytes: number; readonly maxBytes: number },
): Promise<{ readonly text: string; readonly packed: Uint8Array<ArrayBuffer> } | null> {
  const text = await sceneAt(client, room, after)
  if (text === null) return null
  const packed = await compress(text)
  const ofRoom = { roomId: room }
  if ((await client.archivedOperations.count({ where: ofRoom })) === 0) return { text, packed }
  const last = await client.archivedOperations.findFirst({
    where: { ...ofRoom, scene: { not: null } },
    orderBy: { after: 'desc' },
    select: { after: true },
  })
  const { _sum } = await client.archivedOperations.aggregate({
    where: { ...ofRoom, ...(last && { after: { gt: last.after } }) },
    _sum: { bytes: true },
  })
  return (_sum.bytes ?? 0) + bytes >= Math.min(packed.length, maxBytes / 4) ? { text, packed } : null
}

/** Everybody whom what is drawn in a room may name. */
async function peopleOf(client: PrismaClient, room: RoomId): Promise<string[]> {
  const authors = await client.operation.groupBy({ by: ['authorId'], where: { roomId: room } })
  const members = await client.member.findMany({ where: { roomId: room }, select: { personId: true } })
  return [...new Set([...authors.map(({ authorId }) => authorId), ...members.map(({ personId }) => personId)])]
}

/** Puts another id in the place of a person's, wherever the archive of a room has it. May be repeated. */
export async function replaceInArchive(
  client: Pick<PrismaClient, 'archivedOperations'>,
  room: RoomId,
  person: string,
  other: string,
): Promise<void> {
  const parts = await client.archivedOperations.findMany({
    where: { roomId: room, people: { contains: person } },
    select: { after: true },
  })
  const replace = async (packed: Uint8Array) => packText((await unpackText(packed)).replaceAll(person, other))
  for (const { after } of parts) {
    const place = { roomId_after: { roomId: room, after } }
    const part = await client.archivedOperations.findUnique({ where: place })
    if (!part) continue
    const operations = await replace(part.operations)
    const scene = part.scene && (await replace(part.scene))
    await client.archivedOperations.updateMany({
      where: { roomId: room, after },
      data: {
        ...{ operations, scene, people: part.people.replaceAll(person, other) },
        bytes: operations.length + (scene?.length ?? 0),
      },
    })
  }
}

/** Removes the oldest parts up to a scene to begin with, until at most `max` bytes are left or nothing can be removed. */
async function removeOldest(within: Within, room: RoomId, max: number): Promise<void> {
  const parts = await within.archivedOperations.findMany({
    where: { roomId: room },
    orderBy: { after: 'asc' },
    select: { after: true, bytes: true },
  })
  let bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (bytes <= max) return
  const scenes = await within.archivedOperations.findMany({
    where: { roomId: room, scene: { not: null } },
    select: { after: true },
  })
  const beginnings = new Set(scenes.map(({ after }) => after))
  let first = parts[0]!.after
  for (const part of parts) {
    if (beginnings.has(part.after)) {
      first = part.after
      if (bytes <= max) break
    }
    bytes -= part.bytes
  }
  await within.archivedOperations.deleteMany({ where: { roomId: room, after: { lt: first } } })
}
