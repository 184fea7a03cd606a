import type { APIActionRowComponent, APIComponentInMessageActionRow } from 'discord.js'

/** The whole of a message; what is not in it is taken away. */
export interface Message {
  readonly content: string
  readonly rows: readonly APIActionRowComponent<APIComponentInMessageActionRow>[]
  readonly file: Attached | null
}
export interface Attached {
  readonly name: string
  readonly bytes: Uint8Array
  readonly contentType: string
  /** For those who cannot see it. */
  readonly description: string
}
