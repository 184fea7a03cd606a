import type { ButtonInteraction, ModalSubmitInteraction } from 'discord.js'
import type { ChatReplyTarget } from '../studio/studio.ts'
import type { Bot, Caller } from './bot.ts'

/** What pressing, or sending a modal, comes with. */
export interface Press<I> {
  readonly interaction: I
  /** The picture or ask in the button's id, not yet trusted. */
  readonly of: string
  readonly caller: Caller
  readonly bot: Bot
}

/**
 * What pressing does. `message`: a new message was promised before `press` is called. `whisper`: likewise, but only the
 * presser will see it. `quiet`: the press was acknowledged and the message stays. `modal`: nothing was, because a modal
 * must come first.
 */
export type Button =
  | {
      response: 'reply' | 'ephemeral'
      press(press: Press<ButtonInteraction> & { target: ChatReplyTarget }): Promise<void>
    }
  | { response: 'update'; press(press: Press<ButtonInteraction>): Promise<void> }
  | {
      response: 'modal'
      press(press: Press<ButtonInteraction>): Promise<void>
      submit(press: Press<ModalSubmitInteraction> & { target: ChatReplyTarget }): Promise<void>
    }
