import { recentRooms } from './preferences.ts'
import { remembered } from './remembered.ts'

/** What a newcomer does in their first room, in the order in which hints say it. */
export const firstSteps = ['frame', 'draw', 'words', 'paint', 'drawOver', 'erase', 'undo', 'invite'] as const
export type FirstStep = (typeof firstSteps)[number]

/** How far the first room has led its newcomer. */
export interface FirstRoom {
  /** Of the link to the room: hints stand in no other. */
  readonly secret: string
  /** Done, or skipped. */
  readonly done: readonly FirstStep[]
}

/** Of this browser; null: nobody has made a room here. A room whose steps are all done has no hints any more. */
export const firstRoom = remembered<FirstRoom | null>('firstRoom', null, readFirstRoom)

/** A room that somebody has made here shows hints if it is the first that this browser knows of. */
export function beginFirstRoom(secret: string): void {
  if (firstRoom.get() === null && recentRooms.get().length === 0) firstRoom.set({ secret, done: [] })
}

/** Whether the room of this link still leads its newcomer. */
export const hasHints = (room: FirstRoom | null, secret: string): room is FirstRoom =>
  room?.secret === secret && room.done.length < firstSteps.length

function readFirstRoom(stored: unknown): FirstRoom | null | undefined {
  if (typeof stored !== 'object' || stored === null) return stored === null ? null : undefined
  const { secret, done } = stored as Record<string, unknown>
  if (typeof secret !== 'string' || !Array.isArray(done)) return undefined
  return { secret, done: firstSteps.filter(step => done.includes(step)) }
}
