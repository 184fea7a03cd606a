/** What somebody may do in a room. */
export type Role = 'owner' | 'editor' | 'viewer'

/** Somebody in a room, as everybody there sees them. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly role: Role
}
