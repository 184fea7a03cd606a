import type { PersonId, Studio } from '../studio/studio.ts'
import type { Story } from './follow.ts'
import type { Log } from './log.ts'

/** What commands and buttons work with. */
export interface Bot {
  readonly studio: Studio
  readonly log: Log
  /** The page of a room, by its link's secret. */
  roomUrl(secret: string): string
  /** Fetches what a person attached, from Discord's own servers only. */
  fetchAttachment(attachment: { readonly url: string; readonly size: number }): Promise<Uint8Array>
  /** Keeps a message up to date until its final form has been delivered. */
  follow(story: Story): void
}

/** Whoever sent an interaction. */
export interface Caller {
  readonly name: string
  /** Who they are in the studio; made on first sight. */
  person(): Promise<PersonId>
}
