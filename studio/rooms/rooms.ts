import { Prisma, type PrismaClient, type Room as RoomRow } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { PersonId, PictureId, RoomId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { newId, newSecret, type Random } from '../shared/secrets.ts'
import { plain } from '../shared/text.ts'

export type Role = 'owner' | 'editor' | 'viewer'

export interface Room {
  readonly id: RoomId
  readonly name: string
  readonly createdAt: Date
  /** The picture that the room opens with (from chat: "Open on canvas"); the server places it as image and frame. */
  readonly opening: PictureId | null
}

/** 128-bit secrets, base64url, one link each. To those who may only look, `edit` is the view link once more. */
export interface RoomLinks {
  readonly edit: string
  readonly view: string
}

export interface Rooms {
  create(by: PersonId, wish: { name: string; opening?: PictureId }): Promise<{ room: Room; links: RoomLinks }>
  /** Whom a link lets in, and as what: the better of the link's role and the role the person already has. */
  enter(secret: string, person: PersonId): Promise<{ room: Room; role: Role; links: RoomLinks } | null>
  ofPerson(person: PersonId): Promise<Room[]>
  rename(room: RoomId, name: string, by: PersonId): Promise<void>
  /** The newest snapshot and every operation after it, in clock order. */
  load(room: RoomId): Promise<RoomRecord>
  /**
   * In one transaction, before anybody is told. Entries whose `key` is already there are left out, and the clocks of
   * those after them close the gap; resolves with the ones written.
   */
  append(room: RoomId, entries: readonly OperationEntry[]): Promise<OperationEntry[]>
  /** Keeps the two newest snapshots and drops operations that both contain; their keys stay, so that none is applied twice. */
  snapshot(room: RoomId, clock: number, scene: unknown): Promise<void>
}

export interface OperationEntry {
  /** The room's clock after this operation, from 1, without gaps. */
  readonly clock: number
  /** `client:seq`, so that an operation sent twice is applied once. */
  readonly key: string
  readonly author: PersonId
  /** The protocol's Operation; the studio does not look inside. */
  readonly operation: unknown
}

export interface RoomRecord {
  readonly snapshot: { readonly clock: number; readonly scene: unknown } | null
  readonly operations: readonly OperationEntry[]
}

export interface RoomsOptions {
  readonly client: PrismaClient
  readonly now: () => Date
  readonly random: Random
}

export function createRooms({ client, now, random }: RoomsOptions): Rooms {
  /** The newest clock of each room as this program has last seen it: it may be older than the truth, never newer. */
  const newestClocks = new Map<RoomId, number>()

  return {
    async create(by, { name, opening }) {
      if (opening !== undefined) {
        const picture = await client.picture.findUnique({ where: { id: opening }, select: { state: true } })
        if (!picture) throw new UserError('picture/missing')
        if (picture.state !== 'finished') throw new UserError('picture/unfinished')
      }
      const row = await client.room.create({
        data: {
          ...{ id: newId<RoomId>(random), name: checkName(name), createdAt: now(), openingId: opening ?? null },
          ...{ editSecret: newSecret(random), viewSecret: newSecret(random) },
          members: { create: { personId: by, role: 'owner', joinedAt: now() } },
        },
      })
      return { room: roomOf(row), links: linksOf(row, 'owner') }
    },

    async enter(secret, person) {
      const row = await client.room.findFirst({ where: { OR: [{ editSecret: secret }, { viewSecret: secret }] } })
      if (!row) return null
      const byLink: Role = secret === row.editSecret ? 'editor' : 'viewer'
      const place = { roomId: row.id, personId: person }
      const known = await client.member.findUnique({ where: { roomId_personId: place } })
      const role = known ? better(known.role, byLink) : byLink
      if (role !== known?.role) {
        const create = { ...place, role, joinedAt: now() }
        await client.member.upsert({ where: { roomId_personId: place }, create, update: { role } })
      }
      return { room: roomOf(row), role, links: linksOf(row, role) }
    },

    async ofPerson(person) {
      const members = await client.member.findMany({
        where: { personId: person },
        include: { room: true },
        orderBy: { joinedAt: 'desc' },
      })
      return members.map(({ room }) => roomOf(room))
    },

    async rename(room, name, by) {
      const member = await client.member.findUnique({ where: { roomId_personId: { roomId: room, personId: by } } })
      if (!member) throw new UserError('room/missing')
      if (member.role === 'viewer') throw new UserError('room/viewer')
      await client.room.update({ where: { id: room }, data: { name: checkName(name) } })
    },

    async load(room) {
      const snapshot = await client.snapshot.findFirst({ where: { roomId: room }, orderBy: { clock: 'desc' } })
      const rows = await client.operation.findMany({
        where: { roomId: room, clock: { gt: snapshot?.clock ?? 0 } },
        orderBy: { clock: 'asc' },
      })
      return {
        snapshot: snapshot && { clock: snapshot.clock, scene: snapshot.scene },
        operations: rows.map(({ clock, key, authorId, operation }) => {
          return { clock, key, author: authorId as PersonId, operation }
        }),
      }
    },

    async append(room, entries) {
      if (entries.length === 0) return []
      const rowsOf = (fresh: readonly OperationEntry[]) =>
        fresh.map(({ clock, key, author, operation }) => ({
          ...{ roomId: room, clock, key, authorId: author, storedAt: now() },
          operation: json(operation as object), // the protocol's Operation, which came as JSON
        }))

      // Nearly always: nothing is there yet and the clock goes on. Then one statement does it, and the two unique
      // indexes, on clock and on key, object when it is not so.
      const seen = newestClocks.get(room)
      if (seen !== undefined && entries.every(({ clock }, index) => clock === seen + index + 1)) {
        const isWritten = await client.operation.createMany({ data: rowsOf(entries) }).then(
          () => true,
          (error: { code?: string }) => {
            if (error.code !== 'P2002') throw error
            return false
          },
        )
        if (isWritten) {
          newestClocks.set(room, seen + entries.length)
          return [...entries]
        }
      }

      const { fresh, newest } = await client.$transaction(async within => {
        const [{ _max }, known] = await Promise.all([
          within.operation.aggregate({ where: { roomId: room }, _max: { clock: true } }),
          within.operation.findMany({
            where: { roomId: room, key: { in: entries.map(({ key }) => key) } },
            select: { key: true },
          }),
        ])
        const newest = _max.clock ?? 0
        const fresh = freshEntries(room, entries, new Set(known.map(({ key }) => key)), newest)
        if (fresh.length > 0) await within.operation.createMany({ data: rowsOf(fresh) })
        return { fresh, newest: newest + fresh.length }
      })
      newestClocks.set(room, newest)
      return fresh
    },

    async snapshot(room, clock, scene) {
      await client.$transaction(async within => {
        const place = { roomId_clock: { roomId: room, clock } }
        const content = { scene: json(scene as object), takenAt: now() } // the protocol's scene, plain JSON
        await within.snapshot.upsert({
          where: place,
          create: { roomId: room, clock, ...content },
          update: content,
        })
        const [, older] = await within.snapshot.findMany({
          where: { roomId: room },
          orderBy: { clock: 'desc' },
          take: 2,
          select: { clock: true },
        })
        if (!older) return
        await within.snapshot.deleteMany({ where: { roomId: room, clock: { lt: older.clock } } })
        await within.operation.updateMany({
          where: { roomId: room, clock: { lte: older.clock } },
          data: { operation: Prisma.DbNull },
        })
      })
    },
  }
}

/**
 * What is not stored yet, with clocks that go on without a gap from `newest`. An entry's own clock may only differ by
 * the entries before it that were left out; otherwise someone else writes this room's clock, and that is a bug.
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
      throw new Error(`Expected clock ${clock} for operation ${entry.key} in room ${room}, got ${entry.clock}`)
    }
    fresh.push({ ...entry, clock })
  })
  return fresh
}

const ranks = { viewer: 0, editor: 1, owner: 2 } as const satisfies Record<Role, number>

function better(one: Role, other: Role): Role {
  return ranks[one] >= ranks[other] ? one : other
}

/** Who may only look is not given the link that lets draw: the view link stands in its place. */
function linksOf({ editSecret, viewSecret }: RoomRow, role: Role): RoomLinks {
  return { edit: role === 'viewer' ? viewSecret : editSecret, view: viewSecret }
}

function roomOf({ id, name, createdAt, openingId }: RoomRow): Room {
  return { id: id as RoomId, name, createdAt, opening: openingId as PictureId | null }
}

function checkName(name: string): string {
  const shown = plain(name)
  if (shown === '' || [...shown].length > 80) throw new UserError('room/name')
  return shown
}
