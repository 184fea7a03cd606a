import type { Person } from './person.ts'

/**
 * What goes over HTTP: everything that needs cookies or is too large for a message. What
 * a person can mend is an `ErrorPayload` with the status that the table of errors.ts gives it.
 *
 *   POST /guest          → Guest: sets the cookie when there is none yet. First thing a page does, before its socket.
 *   POST /rooms          { name? } → RoomMade
 *   POST /upload         the image's bytes as they are, its own content type; header `x-room-secret` → Uploaded
 *   GET  /files/<hash>   an image, forever
 *   GET  /pictures/<id>.png   a finished picture to keep, with its recipe inside
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
export interface Uploaded {
  readonly file: string
  readonly width: number
  readonly height: number
}
