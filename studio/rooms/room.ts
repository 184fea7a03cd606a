import type { Room as RoomRow } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { asPictureId, asRoomId, type PictureId, type RoomId } from '../shared/ids.ts'
import { readPalette } from './palettes.ts'

/** What a person may do in a room. */
export type Role = 'owner' | 'editor' | 'viewer'

/** A canvas that people share. */
export interface Room {
  readonly id: RoomId
  readonly name: string
  readonly createdAt: Date
  /** The picture that the room opens with (from chat: "Open on canvas"); the server places it as image and frame. */
  readonly opening: PictureId | null
  /** Colours as #rrggbb that people have put aside for each other, oldest first. */
  readonly palette: readonly string[]
  /** Only its owners change it. */
  readonly isLocked: boolean
}

/** 128-bit secrets, base64url, one link each. To those who may only look, `edit` is the view link once more. */
export interface RoomLinks {
  readonly edit: string
  readonly view: string
}

/** Refuses whoever may only look, and everybody but its owners where a room is locked. */
export function checkMayDraw(role: Role, { isLocked }: Pick<Room, 'isLocked'>): void {
  if (role === 'viewer') throw new UserError('room/viewer')
  if (isLocked && role !== 'owner') throw new UserError('room/locked')
}

/** Who may only look is not given the link that lets draw: the view link stands in its place. */
export function linksFor(role: Role, { edit, view }: RoomLinks): RoomLinks {
  return { edit: role === 'viewer' ? view : edit, view }
}

/** A room as its row has it. */
export function roomOf({ id, name, createdAt, openingId, palette, isLocked }: RoomRow): Room {
  const opening = openingId === null ? null : asPictureId(openingId)
  return { id: asRoomId(id), name, createdAt, opening, palette: readPalette(palette), isLocked }
}
