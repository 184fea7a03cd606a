import type { Log } from '../../logging.ts'
import type { ChatReplyTarget, PersonId, Studio } from '../../studio/studio.ts'
import type { MessageUpdater } from '../delivery/follow.ts'
import type { Message } from '../messages/message.ts'
import type { Translate, Translations } from '../text/translate.ts'
import type { StyleChoices } from './styleChoices.ts'

/** What commands and buttons work with. */
export interface Bot {
  readonly studio: Studio
  readonly log: Log
  readonly styleChoices: StyleChoices
  readonly translations: Translations
  /** For what everybody there reads: in the language that the server has chosen, or has in Discord; else the person's. */
  translateFor(place: Pick<ChatReplyTarget, 'guildId' | 'locale'>): Promise<Translate>
  /** Whether others can open links to the canvas. */
  readonly hasCanvas: boolean
  /** Whether rooms open inside Discord. */
  readonly hasActivity: boolean
  /** Lets Discord open our Activity, as the first response; resolves with the instance, null where it did not say. */
  launch(interaction: { readonly id: string; readonly token: string }): Promise<string | null>
  /** The page of a room, by its link's secret. Refuses where only this machine could open it. */
  roomUrl(secret: string): string
  /** A picture as it was painted, by its link's secret; null where only this machine could open it. */
  pictureUrl(secret: string): string | null
  /** Everything that is stored of a person, by its link's secret; null where only this machine could open it. */
  exportUrl(secret: string): string | null
  /** Fetches an image that a person attached, from Discord's own servers only. */
  fetchImage(attachment: Attachment): Promise<Uint8Array>
  /** Fetches a style's file that a person attached, likewise. */
  fetchStyleFile(attachment: Attachment): Promise<Uint8Array>
  /** Whether a server wants pictures in a channel of it to be shown only to those who want to see them. */
  isSpoiler(where: { readonly guildId: string | null; readonly channelId: string }): Promise<boolean>
  /** Posts into a server's log channel; resolves with whether it could. */
  postToLog(guild: string, message: (t: Translate) => Message | Promise<Message>): Promise<boolean>
  /** Keeps a message up to date until its final form has been delivered. */
  follow(updater: MessageUpdater): void
  /** Whether it does, by the updater's name; also of what it has failed to finish so often that it tries no more. */
  follows(name: string): boolean
}

export interface Attachment {
  readonly url: string
  readonly size: number
}

/** Whoever sent an interaction. */
export interface Caller {
  readonly name: string
  /** The server that they speak from, as styles are looked up there; empty in direct messages. */
  readonly where: { readonly guild?: string }
  /** Who they are in the studio; made on first sight. */
  person(): Promise<PersonId>
}

/** Everything that comes with one interaction: what was sent, by whom, and what to answer with. */
export interface InteractionContext<I> {
  readonly interaction: I
  readonly caller: Caller
  readonly bot: Bot
  /** In the language of whoever sent it: for what they alone see. */
  readonly t: Translate
}

/** The same once it was acknowledged with a message to come: `target` is that message. */
export interface ReplyContext<I> extends InteractionContext<I> {
  readonly target: ChatReplyTarget
  /** For what everybody there sees. */
  readonly publicT: Translate
}
