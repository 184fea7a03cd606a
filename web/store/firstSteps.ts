import { recentRooms } from './preferences.ts'
import { remembered } from './remembered.ts'

/** How far the first room has led its newcomer (panels/firstSteps/steps.ts). */
export interface FirstRoom {
  /** Of the link to the room: hints stand in no other. */
  readonly secret: string
  /** Steps that are done or skipped. */
  readonly done: readonly string[]
  /** All of them: there are no hints any more. */
  readonly isOver: boolean
}

/** Of this browser; null: nobody has made a room here. */
export const firstRoom = remembered<FirstRoom | null>('firstRoom', null, readFirstRoom)

/** A room that somebody has made here shows hints if it is the first that this browser knows of. */
export function beginFirstRoom(secret: string): void {
  if (!firstRoom.get() && recentRooms.get().length === 0) firstRoom.set({ secret, done: [], isOver: false })
}

/** Whether the room of this link still leads its newcomer. */
export const hasHints = (room: FirstRoom | null, secret: string): room is FirstRoom =>
  room?.secret === secret && !room.isOver

function readFirstRoom(stored: unknown): FirstRoom | undefined {
  const { secret, done, isOver } = Object(stored) as Partial<FirstRoom>
  return typeof secret === 'string' && Array.isArray(done) ? { secret, done, isOver: isOver === true } : undefined
}
