import { remembered } from './remembered.ts'

export interface RecentRoom {
  readonly secret: string
  readonly name: string
  readonly visitedAt: number
}
const maxRecentRooms = 8
export const recentRooms = remembered<readonly RecentRoom[]>('rooms', [], stored =>
  Array.isArray(stored) ? stored.filter(isRecentRoom) : undefined,
)
export function rememberRoom(secret: string, name: string): void {
  recentRooms.update(rooms =>
    [{ secret, name, visitedAt: Date.now() }, ...rooms.filter(room => room.secret !== secret)].slice(0, maxRecentRooms),
  )
}
export function forgetRoom(secret: string): void {
  recentRooms.update(rooms => rooms.filter(room => room.secret !== secret))
}
function isRecentRoom(value: unknown): value is RecentRoom {
  if (typeof value !== 'object' || value === null) return false
  const room = value as Record<string, unknown>
  return typeof room['secret'] === 'string' && typeof room['name'] === 'string' && typeof room['visitedAt'] === 'number'
}

/** The name that a person gave last, used again in the next room. */
export const myName = remembered('name', '', stored => (typeof stored === 'string' ? stored : undefined))

/** Whether the server has given this browser a cookie, which no script can see. */
export const isKnownHere = remembered('known', false, stored => (typeof stored === 'boolean' ? stored : undefined))
