import type { Box } from '../protocol/scene.ts'
import type { Member } from './members.ts'
import type { RoomSocket } from './socketTypes.ts'

/** Who follows whose view in one room. */
export interface Following {
  /** From now on this page follows what somebody looks at; null, oneself and whoever is not here: nobody. */
  follow(member: Member, person: string | null): void
  /** Somebody looks at this. */
  show(member: Member, view: Box): void
  /** A page has gone. */
  left(member: Member): void
}

/** `members`: who is here, by their page. */
export function createFollowing(members: ReadonlyMap<RoomSocket, Member>): Following {
  /** By the page that follows. */
  const followed = new Map<RoomSocket, string>()

  const pagesOf = (person: string) => [...members.values()].filter(member => member.person.id === person)

  function* followersOf(person: string): Iterable<Member> {
    for (const [socket, whom] of followed) {
      const member = members.get(socket)
      if (whom === person && member) yield member
    }
  }

  function tell(person: string): void {
    const followers = new Set([...followersOf(person)].map(member => member.person.id))
    for (const { socket } of pagesOf(person)) socket.emit('followers:changed', [...followers])
  }

  function set(socket: RoomSocket, person: string | null): void {
    const before = followed.get(socket)
    if (person === null) followed.delete(socket)
    else followed.set(socket, person)
    if (before !== undefined && before !== person) tell(before)
    // Also when it was so already: a page that has come back does not know yet.
    if (person !== null) tell(person)
  }

  return {
    follow({ socket, person: me }, person) {
      const isHere = person !== null && person !== me.id && pagesOf(person).length > 0
      set(socket, isHere ? person : null)
    },
    show({ person }, view) {
      for (const { socket } of followersOf(person.id)) socket.emit('view:moved', { person: person.id, view })
    },
    left({ socket, person }) {
      set(socket, null)
      // Followers learn from `people:changed` that nobody of that name is here.
      if (pagesOf(person.id).length > 0) return
      for (const [follower, whom] of followed) if (whom === person.id) followed.delete(follower)
    },
  }
}
