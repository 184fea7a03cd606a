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
  /** Whether only the one who asked sees the answer; otherwise everybody does. */
  isPrivate?(interaction: ChatInputCommandInteraction): boolean
  /** Suggestions while an option is typed, best first; the first 25 are shown, if they come within 3 s. */
  autocomplete?(
    interaction: AutocompleteInteraction,
    caller: Caller,
    bot: Bot,
  ): AutocompleteChoices | Promise<AutocompleteChoices>
}
export type AutocompleteChoices = readonly { readonly name: string; readonly value: string }[]

/** Answers that come as a new message. */
export type RepliableInteraction = ChatInputCommandInteraction | ButtonInteraction | ModalSubmitInteraction
