import type {
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  ModalSubmitInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js'
import type { ChatReplyTarget } from '../studio/studio.ts'
import type { Bot, Caller } from './bot.ts'

/** A slash command. It is acknowledged before `run` is called, with a message to come: `target` is that message. */
export interface Command {
  readonly data: RESTPostAPIChatInputApplicationCommandsJSONBody
  run(interaction: ChatInputCommandInteraction, caller: Caller, target: ChatReplyTarget, bot: Bot): Promise<void>
  /** Suggestions while an option is typed: 25 at most, from memory, at once. */
  suggest?(interaction: AutocompleteInteraction, bot: Bot): readonly { name: string; value: string }[]
}

/** Answers that come as a new message. */
export type Replying = ChatInputCommandInteraction | ButtonInteraction | ModalSubmitInteraction
