import { Prisma, type PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { limits } from '../../protocol/limits.ts'
import { asPersonId, type PersonId, type RoomId } from '../shared/ids.ts'
import { json, jsonText, unwrapText } from '../shared/rowJson.ts'
import { type Packed, packDropped, storePacked } from './operationArchive.ts'

/** One operation in a room's log. */
export interface OperationEntry {
  /** The room's clock after this operation, from 1, without gaps. */
  readonly clock: number
  /** `client:seq`, so that an operation sent twice is applied once. */
  readonly key: string
  readonly author: PersonId
  /** The protocol's Operation; the studio does not look inside. */
  readonly operation: unknown
}

/** A room's newest snapshot and what came after it. */
export interface RoomRecord {
  readonly snapshot: { readonly clock: number; readonly scene: unknown } | null
  readonly operations: readonly OperationEntry[]
}

/** The scene of a room as a log of operations, with snapshots from which it may be read. */
export interface OperationLog extends RoomLog {
  /**
   * Makes the caller the only writer of a room, until the next one takes it over: what an earlier one still wants to
   * write is rejected with `RoomTakenError`.
   */
  takeOver(room: RoomId): Promise<TakenLog>
}

/** The log of one room, as one of several servers may write it. */
export interface TakenLog extends RoomLog {
  /** Whether nobody else has taken it over. */
  isHeld(): Promise<boolean>
}

/** Somebody else writes this room's log: what is in memory is not what is stored. */
export class RoomTakenError extends Error {
  override readonly name = 'RoomTakenError'
}

/** Reading and writing of rooms. */
export interface RoomLog {
  /** The newest snapshot, or the newest one before the clock `before`, and every operation after it, in clock order. */
  load(room: RoomId, options?: { readonly before?: number }): Promise<RoomRecord>
  /**
   * In one transaction, before anybody is told. Entries whose `key` is already there are left out, and the clocks of
   * those after them close the gap; resolves with the ones written. Rejects with `RoomTakenError` where others have
   * written the room.
   */
  append(room: RoomId, entries: readonly OperationEntry[]): Promise<OperationEntry[]>
  /**
   * Stores the two newest snapshots and moves operations that both contain into the archive, for a replay; their keys
   * stay, so that none is applied twice. `scene`: JSON, or its text where it is large.
   */
  snapshot(room: RoomId, clock: number, scene: string | object): Promise<void>
}

/** The log in the database. */
export function createOperationLog({
  client,
  now,
  maxArchivedBytes = limits.maxArchivedBytesPerRoom,
}: {
  readonly client: PrismaClient
  readonly now: () => Date
  /** Of one room: what a replay plays beyond it is dropped, the oldest first. */
  readonly maxArchivedBytes?: number
}): OperationLog {
  /** The newest clock of each room as this program has last seen it: it may be older than the truth, never newer. */
  const newestClocks = new Map<RoomId, number>()

  const rowsOf = (room: RoomId, entries: readonly OperationEntry[]) =>
    entries.map(({ clock, key, author, operation }) => ({
      ...{ roomId: room, clock, key, authorId: author, storedAt: now() },
      operation: json(operation as object), // the protocol's Operation, which came as JSON
    }))

  /** Without looking: the two unique indexes, on clock and on key, object when something is there already. */
  async function tryAppend(write: Write, room: RoomId, entries: readonly OperationEntry[]): Promise<boolean> {
    return write(within => within.operation.createMany({ data: rowsOf(room, entries) })).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code !== 'P2002') throw error
        return false
      },
    )
  }

  /** Looks first at what is there; resolves with what was not, and the room's clock. */
  async function appendFresh(within: Within, room: RoomId, entries: readonly OperationEntry[]) {
    const [{ _max }, known] = await Promise.all([
      within.operation.aggregate({ where: { roomId: room }, _max: { clock: true } }),
      within.operation.findMany({
        where: { roomId: room, key: { in: entries.map(({ key }) => key) } },
        select: { key: true },
      }),
    ])
    const newest = _max.clock ?? 0
    const fresh = freshEntries(room, entries, new Set(known.map(({ key }) => key)), newest)
    if (fresh.length > 0) await within.operation.createMany({ data: rowsOf(room, fresh) })
    return { fresh, newest: newest + fresh.length }
  }

  /** `one` runs a single statement, `several` some that belong together. */
  async function appendBy({ one, several }: Writes, room: RoomId, entries: readonly OperationEntry[]) {
    if (entries.length === 0) return []
    // Nearly always nothing is there yet and the clock goes on. Then one statement does it.
    const seen = newestClocks.get(room)
    const goesOn = seen !== undefined && entries.every(({ clock }, index) => clock === seen + index + 1)
    if (goesOn && (await tryAppend(one, room, entries))) {
      newestClocks.set(room, seen + entries.length)
      return [...entries]
    }
    const { fresh, newest } = await several(within => appendFresh(within, room, entries))
    newestClocks.set(room, newest)
    return fresh
  }

  async function storeSnapshot(write: Write, room: RoomId, clock: number, scene: string | object): Promise<void> {
    const dropped = await packDropped(client, room, { clock, maxBytes: maxArchivedBytes })
    await write(within => replaceSnapshots(within, { room, clock, scene, dropped }))
  }

  async function replaceSnapshots(
    within: Within,
    { room, clock, scene, dropped }: { room: RoomId; clock: number; scene: string | object; dropped: Packed | null },
  ): Promise<void> {
    const place = { roomId_clock: { roomId: room, clock } }
    const content = { scene: typeof scene === 'string' ? jsonText(scene) : json(scene), takenAt: now() }
    await within.snapshot.upsert({ where: place, create: { roomId: room, clock, ...content }, update: content })
    const [, older] = await within.snapshot.findMany({
      where: { roomId: room },
      orderBy: { clock: 'desc' },
      take: 2,
      select: { clock: true },
    })
    if (!older) return
    await within.snapshot.deleteMany({ where: { roomId: room, clock: { lt: older.clock } } })
    if (!dropped) return
    await storePacked(within, room, dropped, maxArchivedBytes)
    await within.operation.updateMany({
      where: { roomId: room, clock: { gt: dropped.after, lte: dropped.upTo } },
      data: { operation: Prisma.DbNull },
    })
  }

  const log: RoomLog = {
    async load(room, { before } = {}) {
      const snapshot = await client.snapshot.findFirst({
        where: { roomId: room, ...(before !== undefined && { clock: { lt: before } }) },
        orderBy: { clock: 'desc' },
      })
      const rows = await client.operation.findMany({
        where: { roomId: room, clock: { gt: snapshot?.clock ?? 0 } },
        orderBy: { clock: 'asc' },
      })
      return {
        snapshot: snapshot && { clock: snapshot.clock, scene: unwrapText(snapshot.scene) },
        operations: rows.map(({ clock, key, authorId, operation }) => {
          return { clock, key, author: asPersonId(authorId), operation }
        }),
      }
    },

    append: (room, entries) =>
      appendBy({ one: work => work(client), several: work => client.$transaction(work) }, room, entries),

    async snapshot(room, clock, scene) {
      await storeSnapshot(work => client.$transaction(work), room, clock, scene)
    },
  }

  return {
    ...log,
    async takeOver(room) {
      // Waits for what the last one is just writing; what it writes afterwards meets the new number.
      const { fence } = await client.room.update({
        where: { id: room },
        data: { fence: { increment: 1 } },
        select: { fence: true },
      })
      const whereHeld = { id: room, fence }
      /** Nobody takes the room over until the transaction has ended: its row is locked. */
      const held: Write = work =>
        client.$transaction(async within => {
          const { count } = await within.room.updateMany({ where: whereHeld, data: { fence } })
          if (count === 0) throw new RoomTakenError(`Another server has taken over room ${room}`)
          return work(within)
        })
      return {
        ...log,
        append: (_, entries) => appendBy({ one: held, several: held }, room, entries),
        snapshot: (_, clock, scene) => storeSnapshot(held, room, clock, scene),
        isHeld: async () => (await client.room.count({ where: whereHeld })) > 0,
      }
    },
  }
}

/** A transaction, or the database itself. */
type Within = Pick<PrismaClient, 'operation' | 'archivedOperations' | 'snapshot' | 'room'>
type Write = <T>(work: (within: Within) => Promise<T>) => Promise<T>

interface Writes {
  readonly one: Write
  readonly several: Write
}

/**
 * What is not stored yet, with clocks that go on without a gap from `newest`. An entry's own clock may only differ by
 * the entries before it that were left out; otherwise someone else writes this room's clock.
 */
export function freshEntries(
  room: RoomId,
  entries: readonly OperationEntry[],
  known: ReadonlySet<string>,
  newest: number,
): OperationEntry[] {
  const seen = new Set(known)
  const fresh: OperationEntry[] = []
  entries.forEach((entry, index) => {
    if (seen.has(entry.key)) return
    seen.add(entry.key)
    const leftOut = index - fresh.length
    const clock = newest + fresh.length + 1
    if (clock > entry.clock || clock < entry.clock - leftOut) {
      throw new RoomTakenError(`Expected clock ${clock} for operation ${entry.key} in room ${room}, got ${entry.clock}`)
    }
    fresh.push({ ...entry, clock })
  })
  return fresh
}
