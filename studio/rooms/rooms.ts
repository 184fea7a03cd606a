import type { Prisma, PrismaClient, Room as RoomRow } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isVisibleName } from '../../protocol/names.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { asPersonId, asRoomId, type FileHash, type PersonId, type PictureId, type RoomId } from '../shared/ids.ts'
import { newId, newSecret, type Random } from '../shared/secrets.ts'
import { plain } from '../shared/text.ts'
import type { Usage } from '../shared/usage.ts'
import { createOperationLog, type OperationLog } from './operationLog.ts'
import { addColor, createPalettes } from './palettes.ts'
import { createReplays, type Replays } from './replays.ts'
import { checkMayDraw, linksFor, type Role, type Room, type RoomLinks, roomOf } from './room.ts'
import { createRoomOrigins, type RoomOrigin, type RoomOrigins } from './roomOrigins.ts'
import { createRoomOwners, type RoomOwners } from './roomOwners.ts'

/** A room as somebody finds it who has been there. */
export interface RoomOfPerson extends Room {
  readonly role: Role
  readonly links: RoomLinks
  /** The number of operations that are stored. */
  readonly clock: number
  /** When the last of them was, or when the room was made. */
  readonly changedAt: Date
}

/** A room to be made. */
export interface NewRoom {
  readonly name: string
  readonly opening?: PictureId
  /** The Discord server that it is opened from. */
  readonly guild?: string
  /** Where in chat it is opened. */
  readonly origin?: RoomOrigin
}

/** Rooms, who is in them and what is drawn there. */
export interface Rooms extends OperationLog, RoomOwners, RoomOrigins {
  /** How what lies in a room was drawn. */
  readonly replays: Replays
  create(by: PersonId, room: NewRoom): Promise<{ room: Room; links: RoomLinks }>
  /**
   * Whom a link lets in, and as what: the better of the link's role and the role the person already has, or the one that
   * an owner has given them. Refuses whoever was removed.
   */
  enter(secret: string, person: PersonId): Promise<{ room: Room; role: Role; links: RoomLinks } | null>
  /** The rooms that a person has been in, those first in which somebody has drawn last. */
  ofPerson(person: PersonId): Promise<RoomOfPerson[]>
  /** A room that a person has been in; null for every other. */
  findFor(person: PersonId, room: RoomId): Promise<RoomOfPerson | null>
  /** Of these people those who have been in the room, drawn in it, or both. */
  peopleOf(room: RoomId, ids: readonly string[]): Promise<{ id: PersonId; name: string; color: string }[]>
  rename(room: RoomId, name: string, by: PersonId): Promise<void>
  /** Puts a colour, as #rrggbb, into the palette, and answers with all of it. */
  addColor(room: RoomId, color: string, by: PersonId): Promise<readonly string[]>
  removeColor(room: RoomId, color: string, by: PersonId): Promise<readonly string[]>
  /**
   * Puts a file into a room, where whoever has been in it may see it. False, as if there were no such file, when this
   * person may not see it themselves.
   */
  addFile(room: RoomId, file: FileHash, by: PersonId): Promise<boolean>
}

/** What rooms are built on. */
export interface RoomsOptions {
  readonly client: PrismaClient
  readonly budgets: Budgets
  readonly usage: Usage
  /** Deletes files that no picture and no room names any more. */
  readonly files: { collect(hashes: Iterable<string>): Promise<void> }
  /** Refuses those whom an operator has stopped, and rooms that one has closed. */
  readonly checkAllowed: Moderation['checkAllowed']
  /** Whether a person may see a file that is there. */
  readonly mayRead: (by: PersonId, file: FileHash) => Promise<boolean>
  readonly now: () => Date
  readonly random: Random
}

/** Rooms as rows of the database. */
export function createRooms({
  client,
  budgets,
  usage,
  files,
  checkAllowed,
  mayRead,
  now,
  random,
}: RoomsOptions): Rooms {
  async function checkEditor(room: RoomId, by: PersonId): Promise<void> {
    const member = await client.member.findUnique({
      where: { roomId_personId: { roomId: room, personId: by } },
      include: { room: { select: { isLocked: true } } },
    })
    if (!member) throw new UserError('room/missing')
    checkMayDraw(member.role, member.room)
  }

  const palettes = createPalettes(client)

  return {
    async create(by, { name, opening, guild, origin }) {
      await checkAllowed(by, { guild })
      if (opening !== undefined) {
        const picture = await client.picture.findUnique({ where: { id: opening }, select: { state: true } })
        if (!picture) throw new UserError('picture/missing')
        if (picture.state !== 'finished') throw new UserError('picture/unfinished')
      }
      const shown = checkName(name)
      const taken = await budgets.take(by, { newRooms: 1, rooms: 1 })
      const row = await client.room
        .create({
          data: {
            ...{ id: newId<RoomId>(random), name: shown, createdAt: now(), openingId: opening ?? null },
            ...{ editSecret: newSecret(random), viewSecret: newSecret(random) },
            members: { create: { personId: by, role: 'owner', joinedAt: now() } },
            ...(origin && { origin: { create: { ...origin } } }),
          },
        })
        .finally(taken.release)
      return { room: roomOf(row), links: linksOf(row, 'owner') }
    },

    async enter(secret, person) {
      const row = await client.room.findFirst({ where: { OR: [{ editSecret: secret }, { viewSecret: secret }] } })
      if (!row) return null
      await checkAllowed(person, { room: row.id })
      usage.room(asRoomId(row.id))
      const byLink: Role = secret === row.editSecret ? 'editor' : 'viewer'
      const place = { roomId: row.id, personId: person }
      const known = await client.member.findUnique({ where: { roomId_personId: place } })
      if (!known && (await client.removedMember.count({ where: place })) > 0) throw new UserError('room/removed')
      const role = !known ? byLink : known.isRoleSet ? known.role : better(known.role, byLink)
      if (role !== known?.role) {
        const create = { ...place, role, joinedAt: now() }
        await client.member.upsert({ where: { roomId_personId: place }, create, update: { role } })
      }
      return { room: roomOf(row), role, links: linksOf(row, role) }
    },

    async ofPerson(person) {
      const members = await client.member.findMany({ where: { personId: person }, include: withRoom })
      return members.map(ofMember).sort((one, other) => other.changedAt.getTime() - one.changedAt.getTime())
    },

    async findFor(person, room) {
      const place = { roomId: room, personId: person }
      const member = await client.member.findUnique({ where: { roomId_personId: place }, include: withRoom })
      return member && ofMember(member)
    },

    async peopleOf(room, ids) {
      const rows = await client.person.findMany({
        where: {
          id: { in: [...ids] },
          OR: [{ memberships: { some: { roomId: room } } }, { operations: { some: { roomId: room } } }],
        },
        select: { id: true, name: true, color: true },
      })
      return rows.map(({ id, ...look }) => ({ id: asPersonId(id), ...look }))
    },

    async rename(room, name, by) {
      await checkEditor(room, by)
      await client.room.update({ where: { id: room }, data: { name: checkName(name) } })
    },

    async addColor(room, color, by) {
      await checkEditor(room, by)
      return palettes.change(room, palette => addColor(palette, color))
    },

    async removeColor(room, color, by) {
      await checkEditor(room, by)
      return palettes.change(room, palette => palette.filter(one => one !== color))
    },

    async addFile(room, file, by) {
      if (!(await mayRead(by, file))) return false
      const place = { roomId: room, hash: file }
      await client.roomFile.upsert({ where: { roomId_hash: place }, create: place, update: place })
      return true
    },

    replays: createReplays(client),
    ...createRoomOwners({ client, files, now, random }),
    ...createRoomOrigins(client),
    ...createOperationLog({ client, now }),
  }
}

/** With each membership its room and the last operation there. */
const withRoom = {
  room: { include: { operations: { orderBy: { clock: 'desc' }, take: 1, select: { clock: true, storedAt: true } } } },
} as const satisfies Prisma.MemberInclude

function ofMember({ role, room }: Prisma.MemberGetPayload<{ include: typeof withRoom }>): RoomOfPerson {
  const [last] = room.operations
  const changed = { clock: last?.clock ?? 0, changedAt: last?.storedAt ?? room.createdAt }
  return { ...roomOf(room), role, links: linksOf(room, role), ...changed }
}

const ranks = { viewer: 0, editor: 1, owner: 2 } as const satisfies Record<Role, number>

function better(one: Role, other: Role): Role {
  return ranks[one] >= ranks[other] ? one : other
}

const linksOf = ({ editSecret, viewSecret }: RoomRow, role: Role): RoomLinks =>
  linksFor(role, { edit: editSecret, view: viewSecret })

function checkName(name: string): string {
  const shown = plain(name)
  if (shown === '' || [...shown].length > limits.maxRoomNameCharacters || !isVisibleName(shown))
    throw new UserError('room/name')
  return shown
}
