import type { Person, Role } from './person.ts'
import type { Box } from './scene.ts'

/**
 * What goes over HTTP: everything that needs cookies or is too large for a message. What
 * a person can mend is an `ErrorPayload` with the status that the table of errors.ts gives it.
 *
 *   POST /guest          → Guest: sets the cookie when there is none yet. First thing a page does, before its socket.
 *   POST /rooms          { name? } → RoomMade
 *   GET  /api/rooms      → RoomShown[]: where somebody has been, those first in which somebody has drawn last
 *   DELETE /api/rooms/<id>   deletes it, for its owners → null; DELETE /api/rooms/<id>/me leaves it for good → null
 *   GET  /rooms/<id>.webp    a room as it is now, small, to those who have been there
 *   GET  /api/rooms/<id>/replay   how it was drawn, to those who have been there → ReplayFacts (replay.ts)
 *   GET  /api/rooms/<id>/replay/<after>   the operations that follow a clock, deflated → ReplayPart; 204: there are none
 *   GET  /api/rooms/<id>/replay/<after>/scene   what lay there at that clock, packed (packScene.ts) and deflated
 *   POST /upload         the image's bytes as they are, its own content type; header `x-room-secret` → Uploaded
 *   GET  /rooms/<secret>/scene   what is drawn, packed (packScene.ts) and deflated, with `firstSceneHeader`; 204 without it
 *   GET  /api/words      → OtherWords | null: what other words mean to the model (vocabulary.ts)
 *   GET  /files/<hash>   an image, to those who may see it
 *   GET  /pictures/<id>.png   a finished picture to keep, with its recipe inside, to those who may see it
 *   GET  /pictures/<link>.png   the same by the secret of its link, to whoever has it
 *   POST /api/reports    { kind: picture or style, subject: its id, reason } → null
 *   GET  /api/reports    → ReportShown[]: those that are open; DELETE /api/reports/<id> closes one. Operators only, as what follows
 *   GET  /api/stops      → StopShown[]: what stands, newest first
 *   POST /api/stops      { kind: person, room, guild or studio, subject: its id, reason? } → null; DELETE takes it back
 *   GET  /api/audit      who did or tried what, newest first
 *   GET  /r/<secret>     the page of a room; with `#code=<code>` for its owner from chat (styles.ts, `/auth/code`)
 */
export interface Guest {
  readonly person: Omit<Person, 'role'>
}
export interface RoomMade {
  readonly room: { readonly id: string; readonly name: string }
  /** Paths on this origin: `/r/<secret>`. */
  readonly links: { readonly edit: string; readonly view: string }
}
/** A room as somebody finds it who has been there. */
export interface RoomShown {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly isLocked: boolean
  /** `/r/<secret>` */
  readonly link: string
  /** When somebody has drawn there last, as ISO 8601. */
  readonly changedAt: string
  /** The path of its picture; another one whenever the room has changed. */
  readonly picture: string
}
export interface Uploaded {
  readonly file: string
  readonly width: number
  readonly height: number
}

/** Where a page finds what other words mean to the model. */
export const otherWordsPath = '/api/words'

/** Where a page finds what is drawn before it has entered. */
export const firstScenePath = (secret: string): string => `/rooms/${secret}/scene`
/** The header that says `FirstSceneFacts` as JSON. */
export const firstSceneHeader = 'x-first-scene'
export interface FirstSceneFacts {
  /** The room's clock that the scene is true of. */
  readonly clock: number
  /** Whether whoever asks may draw. */
  readonly canEdit: boolean
  /** Around everything, in scene units; null: nothing is drawn. */
  readonly box: Box | null
  readonly hasFrames: boolean
}

/** A report as operators read it. */
export interface ReportShown {
  readonly id: string
  readonly kind: 'picture' | 'style'
  /** The id of the picture or style. */
  readonly subject: string
  readonly reason: string
  readonly reportedAt: string
  /** Whose it is; null: it is gone. */
  readonly owner: { readonly id: string; readonly name: string } | null
  /** The room of the picture's frame. */
  readonly room: string | null
  readonly messageUrl: string | null
}
/** Something that an operator has stopped. */
export interface StopShown {
  readonly kind: 'person' | 'room' | 'guild' | 'studio'
  readonly subject: string
  readonly reason: string
  readonly stoppedAt: string
}

/** Answers `GET /auth/activity`: the application that pages inside Discord belong to. */
export interface ActivityKnown {
  readonly clientId: string
}

/** Answers `POST /auth/activity` with the room of an instance, to whoever Discord says is in it. */
export interface ActivityEntered {
  /** Of the room's link. */
  readonly secret: string
  /** For Discord's own client, and for nothing else. */
  readonly accessToken: string
}
