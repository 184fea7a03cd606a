import type {
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  MessageContextMenuCommandInteraction,
  ModalSubmitInteraction,
  RESTPostAPIContextMenuApplicationCommandsJSONBody,
  UserContextMenuCommandInteraction,
} from 'discord.js'
import type { CommandData } from '../text/describe.ts'
import type { InteractionContext, ReplyContext } from './bot.ts'
import type { Press } from './button.ts'

/** A slash command. It is acknowledged before `run` is called, unless it opens a form. */
export interface Command {
  readonly data: CommandData
  /** Whether `open` answers this one: with a form, which must be the first response. */
  opensForm?(interaction: ChatInputCommandInteraction): boolean
  open?(context: InteractionContext<ChatInputCommandInteraction>): Promise<void>
  run(context: ReplyContext<ChatInputCommandInteraction>): Promise<void>
  /** Whether what was said is kept for a day, because something in the answer asks for it again. */
  isRepeatable?(interaction: ChatInputCommandInteraction): boolean
  /** Opens something inside Discord instead of an answer, where the bot can (`hasActivity`). */
  launch?(context: InteractionContext<ChatInputCommandInteraction>): Promise<void>
  /** Refuses what can be refused without the database: called before anything is acknowledged, and told in private. */
  check?(context: InteractionContext<ChatInputCommandInteraction>): void
  /** Whether only the one who asked sees the answer; otherwise everybody does. */
  isPrivate?(interaction: ChatInputCommandInteraction): boolean
  /** Suggestions while an option is typed, best first; the first 25 are shown, if they come within 3 s. */
  autocomplete?(
    context: InteractionContext<AutocompleteInteraction>,
  ): AutocompleteChoices | Promise<AutocompleteChoices>
}

/** An entry of the menu of a message: it opens a form, which must be the first response, or is answered in private. */
export type MessageCommand = { readonly data: RESTPostAPIContextMenuApplicationCommandsJSONBody } & (
  | { open(context: InteractionContext<MessageContextMenuCommandInteraction>): Promise<void> }
  | { run(context: ReplyContext<MessageContextMenuCommandInteraction>): Promise<void> }
)

/** What the menu of a message or a person sends. */
export type MenuInteraction = MessageContextMenuCommandInteraction | UserContextMenuCommandInteraction

/** An entry of the menu of a person: it opens a form. */
export interface PersonCommand {
  readonly data: RESTPostAPIContextMenuApplicationCommandsJSONBody
  open(context: InteractionContext<UserContextMenuCommandInteraction>): Promise<void>
}
export type AutocompleteChoices = readonly { readonly name: string; readonly value: string }[]

/** Interactions that are answered by a message of their own. */
export type RepliableInteraction = ChatInputCommandInteraction | MenuInteraction | Press | ModalSubmitInteraction
