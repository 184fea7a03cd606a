/** What somebody may do in a room. */
export type Role = 'owner' | 'editor' | 'viewer'

/** Somebody who has been in a room, as its owners see them; `role` is null for those whom they have removed. */
export interface RoomMember {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly role: Role | null
}

/** Somebody in a room, as everybody there sees them. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly role: Role
}
