import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Role } from '../rooms/room.ts'
import type { PersonId } from '../shared/ids.ts'
import type { Person } from './person.ts'
import { personOf } from './person.ts'

/** Gives everything of a guest to an account and ends the guest. Call it in a transaction. */
export async function join(within: Prisma.TransactionClient, guest: PersonId, account: PersonId): Promise<Person> {
  const [from, to] = await Promise.all([
    within.person.findUnique({ where: { id: guest } }),
    within.person.findUnique({ where: { id: account } }),
  ])
  if (!from || !to || from.id === to.id || from.discordId !== null || to.discordId === null) {
    throw new UserError('person/join')
  }
  const toAccount = { data: { personId: account }, where: { personId: guest } }
  await within.job.updateMany({ data: { ownerId: account }, where: { ownerId: guest } })
  await within.operation.updateMany({ data: { authorId: account }, where: { authorId: guest } })
  await within.session.updateMany(toAccount)
  await within.signInCode.deleteMany({ where: { personId: guest } })
  await joinRooms(within, guest, account)
  await joinFiles(within, guest, account)
  await joinStyles(within, guest, account)
  if (to.defaultStyleId === null && from.defaultStyleId !== null) {
    await within.person.update({ where: { id: account }, data: { defaultStyleId: from.defaultStyleId } })
  }
  await within.formerGuest.create({ data: { id: guest, personId: account } })
  await within.person.delete({ where: { id: guest } })
  return personOf(to)
}

const rank = { viewer: 0, editor: 1, owner: 2 } as const satisfies Record<Role, number>

/** In a room where both have been, the better role stays. */
async function joinRooms(within: Prisma.TransactionClient, guest: PersonId, account: PersonId): Promise<void> {
  const places = await within.member.findMany({ where: { personId: { in: [guest, account] } } })
  const known = new Map(places.filter(({ personId }) => personId === account).map(place => [place.roomId, place]))
  for (const { roomId, role, isRoleSet, joinedAt, personId } of places) {
    if (personId !== guest) continue
    const mine = known.get(roomId)
    const place = { roomId, personId: account }
    if (!mine) await within.member.create({ data: { ...place, role, isRoleSet, joinedAt } })
    else if (!mine.isRoleSet && rank[role] > rank[mine.role]) {
      await within.member.update({ where: { roomId_personId: place }, data: { role } })
    }
  }
  // Whoever was removed as a guest does not come back as an account.
  for (const { roomId, removedAt } of await within.removedMember.findMany({ where: { personId: guest } })) {
    const place = { roomId, personId: account }
    if (known.has(roomId)) continue
    await within.removedMember.upsert({
      where: { roomId_personId: place },
      create: { ...place, removedAt },
      update: {},
    })
  }
}

/** What both have stored is counted once. */
async function joinFiles(within: Prisma.TransactionClient, guest: PersonId, account: PersonId): Promise<void> {
  const mine = await within.storedFile.findMany({ where: { ownerId: account }, select: { hash: true } })
  const known = new Set(mine.map(({ hash }) => hash))
  for (const { hash } of await within.storedFile.findMany({ where: { ownerId: guest }, select: { hash: true } })) {
    const place = { hash_ownerId: { hash, ownerId: guest } }
    if (known.has(hash)) await within.storedFile.delete({ where: place })
    else await within.storedFile.update({ where: place, data: { ownerId: account } })
  }
}

/** A person has each name once: where both have used one, the guest's style gets a number. */
async function joinStyles(within: Prisma.TransactionClient, guest: PersonId, account: PersonId): Promise<void> {
  const taken = await within.style.findMany({ where: { ownerId: account }, select: { nameKey: true } })
  const names = new Set(taken.map(({ nameKey }) => nameKey))
  const styles = await within.style.findMany({ where: { ownerId: guest }, select: { id: true, name: true } })
  for (const { id, name } of styles) {
    let free = name
    for (let number = 2; names.has(styleKey(free)); number++) free = `${[...name].slice(0, 36).join('')} ${number}`
    names.add(styleKey(free))
    await within.style.update({ where: { id }, data: { ownerId: account, name: free, nameKey: styleKey(free) } })
  }
}

/** Names that differ in nothing but the case of their letters are the same name. */
export function styleKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
