/** What somebody may do in a room. */
export type Role = 'owner' | 'editor' | 'viewer'

/** Somebody who has been in a room, as its owners see them; `role` is null for those whom they have removed. */
export interface RoomMember {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly role: Role | null
}

/** How somebody is shown who may be gone. */
export type PersonLook = Pick<Person, 'id' | 'name' | 'color'>

/** Where somebody's pointer is, in scene units; `isPointing`: they show the others something. */
export interface Pointer {
  readonly x: number
  readonly y: number
  readonly isPointing?: boolean
}

/** Somebody in a room, as everybody there sees them. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly role: Role
}
