import { visibleName } from '../protocol/names.ts'
import type { Person } from '../protocol/person.ts'
import type { Role, RoomLinks, Person as StudioPerson } from '../studio/studio.ts'
import type { PreviewWindow } from './previews.ts'
import type { RoomSocket } from './socketTypes.ts'

/** One page in one room. */
export interface Member {
  readonly socket: RoomSocket
  readonly person: StudioPerson
  readonly role: Role
  readonly client: string
  readonly links: RoomLinks
  readonly window: PreviewWindow
}

const rank: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 }

/** Everybody once, however many pages they have open, in the best of their roles. */
export function peopleIn(members: Iterable<Member>): Person[] {
  const people = new Map<string, Person>()
  for (const member of members) {
    const known = people.get(member.person.id)
    if (!known || rank[member.role] > rank[known.role]) people.set(member.person.id, personOf(member))
  }
  return [...people.values()]
}

/** A member as others see them. Names from before they were checked, and from Discord, lose what nobody sees; where nothing is left, pages say so in their own language. */
export function personOf({ person, role }: Pick<Member, 'person' | 'role'>): Person {
  return { id: person.id, name: visibleName(person.name), color: person.color, role }
}
