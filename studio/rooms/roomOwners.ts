import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { asPersonId, type PersonId, type RoomId } from '../shared/ids.ts'
import { newSecret, type Random } from '../shared/secrets.ts'
import { type Role, type Room, type RoomLinks, roomOf } from './room.ts'

/** Somebody who has been in a room, as its owners see them. */
export interface RoomMember {
  readonly id: PersonId
  readonly name: string
  readonly color: string
  /** null: an owner has removed them, and no link lets them in. */
  readonly role: Role | null
}

/** Lets go of a room that is in memory, then has `erase` called. */
export type LetGoOfRoom = (room: RoomId, erase: () => Promise<void>) => Promise<void>

/** What the owners of a room decide; everybody else is refused with `room/owner`. */
export interface RoomOwners {
  /** Everybody who has been in the room, in the order in which they came; then those who were removed. */
  members(room: RoomId, by: PersonId): Promise<RoomMember[]>
  /**
   * Says what somebody may do from now on, whatever link they come by; lets somebody in again who was removed. The last
   * owner stays one.
   */
  setRole(room: RoomId, person: PersonId, role: Role, by: PersonId): Promise<void>
  /** Nobody of this id comes in any more, by whatever link. */
  removeMember(room: RoomId, person: PersonId, by: PersonId): Promise<void>
  /** Somebody leaves a room for good; the last owner stays. */
  leave(room: RoomId, person: PersonId): Promise<void>
  /** New secrets for both links; the old ones lead nowhere. */
  renewLinks(room: RoomId, by: PersonId): Promise<RoomLinks>
  /** The key of a link to one frame alone, for those who may draw; good until the room's links are renewed. */
  frameKey(room: RoomId, frameId: string, by: PersonId): Promise<string>
  /** The room of such a link; null: it leads nowhere. */
  fromFrameKey(room: RoomId, frameId: string, key: string): Promise<Room | null>
  /** While a room is locked, only its owners change it. */
  setLocked(room: RoomId, isLocked: boolean, by: PersonId): Promise<void>
  exists(room: RoomId): Promise<boolean>
  /** Deletes a room with everything that is drawn in it; pictures of its frames stay with those who asked for them. */
  delete(room: RoomId, by: PersonId): Promise<void>
  /** Whoever has a room in memory is told before it is deleted. */
  onDelete(letGo: LetGoOfRoom): void
}

/** The owners' decisions as rows of the database. */
export function createRoomOwners({
  client,
  files,
  now,
  random,
}: {
  readonly client: PrismaClient
  /** Deletes files that no picture and no room names any more. */
  readonly files: { collect(hashes: Iterable<string>): Promise<void> }
  readonly now: () => Date
  readonly random: Random
}): RoomOwners {
  let letGo: LetGoOfRoom = (_room, erase) => erase()

  async function checkOwner(room: RoomId, by: PersonId): Promise<void> {
    const member = await client.member.findUnique({ where: placeOf(room, by) })
    if (!member) throw new UserError('room/missing')
    if (member.role !== 'owner') throw new UserError('room/owner')
  }

  return {
    async members(room, by) {
      await checkOwner(room, by)
      const person = { select: { id: true, name: true, color: true } }
      const [here, removed] = await Promise.all([
        client.member.findMany({ where: { roomId: room }, include: { person }, orderBy: { joinedAt: 'asc' } }),
        client.removedMember.findMany({ where: { roomId: room }, include: { person }, orderBy: { removedAt: 'asc' } }),
      ])
      const rows = [...here, ...removed.map(({ person }) => ({ person, role: null }))]
      return rows.map(({ person: { id, ...shown }, role }) => ({ id: asPersonId(id), ...shown, role }))
    },

    async setRole(room, person, role, by) {
      await checkOwner(room, by)
      await client.$transaction(async within => {
        const { count } = await within.removedMember.deleteMany({ where: { roomId: room, personId: person } })
        const member = await within.member.findUnique({ where: placeOf(room, person) })
        if (!member && count === 0) throw new UserError('room/member')
        if (member?.role === 'owner' && role !== 'owner') await checkOtherOwner(within, room, person)
        const create = { roomId: room, personId: person, role, isRoleSet: true, joinedAt: now() }
        await within.member.upsert({ where: placeOf(room, person), create, update: { role, isRoleSet: true } })
      })
    },

    async removeMember(room, person, by) {
      await checkOwner(room, by)
      await client.$transaction(async within => {
        const member = await within.member.findUnique({ where: placeOf(room, person) })
        if (!member) throw new UserError('room/member')
        if (member.role === 'owner') await checkOtherOwner(within, room, person)
        await within.member.delete({ where: placeOf(room, person) })
        await within.removedMember.create({ data: { roomId: room, personId: person, removedAt: now() } })
      })
    },

    async leave(room, person) {
      await client.$transaction(async within => {
        const member = await within.member.findUnique({ where: placeOf(room, person) })
        if (member?.role === 'owner') await checkOtherOwner(within, room, person)
        if (member) await within.member.delete({ where: placeOf(room, person) })
      })
    },

    async renewLinks(room, by) {
      await checkOwner(room, by)
      const [editSecret, viewSecret] = [newSecret(random), newSecret(random)]
      await client.room.update({ where: { id: room }, data: { editSecret, viewSecret } })
      return { edit: editSecret, view: viewSecret }
    },

    async frameKey(room, frameId, by) {
      const member = await client.member.findUnique({ where: placeOf(room, by), include: { room: true } })
      if (!member) throw new UserError('room/missing')
      if (member.role === 'viewer') throw new UserError('room/viewer')
      return keyOf(member.room.viewSecret, frameId)
    },

    async fromFrameKey(room, frameId, key) {
      const row = await client.room.findUnique({ where: { id: room } })
      const isKnown = row !== null && isSameSecret(key, keyOf(row.viewSecret, frameId))
      return isKnown ? roomOf(row) : null
    },

    async setLocked(room, isLocked, by) {
      await checkOwner(room, by)
      await client.room.update({ where: { id: room }, data: { isLocked } })
    },

    exists: async room => (await client.room.count({ where: { id: room } })) > 0,

    async delete(room, by) {
      await checkOwner(room, by)
      await letGo(room, async () => {
        const images = await client.roomFile.findMany({ where: { roomId: room }, select: { hash: true } })
        await client.room.deleteMany({ where: { id: room } })
        await files.collect(images.map(({ hash }) => hash))
      })
    },

    onDelete(listener) {
      letGo = listener
    },
  }
}

/** Says nothing of the secret, and is another one for each frame: 128 bits, base64url. */
const keyOf = (secret: string, frameId: string): string =>
  createHmac('sha256', secret).update(`frame ${frameId}`).digest().subarray(0, 16).toString('base64url')

function isSameSecret(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const placeOf = (roomId: RoomId, personId: PersonId) => ({ roomId_personId: { roomId, personId } })

async function checkOtherOwner(within: Prisma.TransactionClient, room: RoomId, person: PersonId): Promise<void> {
  const others = await within.member.count({ where: { roomId: room, role: 'owner', personId: { not: person } } })
  if (others === 0) throw new UserError('room/last-owner')
}
