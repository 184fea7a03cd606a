import type {
  AnySelectMenuInteraction,
  ButtonInteraction,
  ModalSubmitInteraction,
  StringSelectMenuInteraction,
} from 'discord.js'
import type { InteractionContext, ReplyContext } from './bot.ts'

/** The id that stands in a button's or modal's custom id: of a picture, a job or a style; not yet trusted. */
interface Subject {
  readonly of: string
}
/** A button, or the entry of a menu that stands for one. */
export type Press = ButtonInteraction | StringSelectMenuInteraction
export type PressContext = InteractionContext<Press> & Subject
export type PressReplyContext = ReplyContext<Press> & Subject
export type MenuContext = InteractionContext<AnySelectMenuInteraction> & Subject
export type SubmitContext = ReplyContext<ModalSubmitInteraction> & Subject
export type SubmitUpdateContext = InteractionContext<ModalSubmitInteraction> & Subject

export type ReplyButton = {
  response: 'reply' | 'ephemeral'
  /** Refuses what can be refused without the database: called before anything is acknowledged, and told in private. */
  check?(context: InteractionContext<Press>): void
  /** Opens something inside Discord instead of an answer, where the bot can (`hasActivity`). */
  launch?(context: PressContext): Promise<void>
  press(context: PressReplyContext): Promise<void>
}
type ModalButton = {
  response: 'modal'
  press(context: PressContext): Promise<void>
  /** As `check` above, for what was typed. */
  checkSubmit?(context: InteractionContext<ModalSubmitInteraction>): void
  submit(context: SubmitContext): Promise<void>
}
type ModalUpdateButton = {
  response: 'modalUpdate'
  press(context: PressContext): Promise<void>
  submit(context: SubmitUpdateContext): Promise<void>
}

/**
 * What pressing does. `reply`: a new message was acknowledged before `press` is called. `ephemeral`: likewise, but only
 * the presser will see it. `update`: the press was acknowledged (deferUpdate) and the message stays. `modal`: nothing was
 * acknowledged, because a modal must be the first response; what is typed is answered by a new message. `modalUpdate`:
 * likewise, but what is typed changes the message that stands.
 */
export type Button =
  | ReplyButton
  | { response: 'update'; press(context: PressContext): Promise<void> }
  | ModalButton
  | ModalUpdateButton

export type ChooseReplyContext = ReplyContext<StringSelectMenuInteraction> & Subject

/**
 * What choosing from a menu does; the responses are those of buttons. `press`: each entry is the id of a button, and
 * choosing it is pressing that.
 */
export type Menu =
  | { response: 'press' }
  | {
      response: 'reply'
      check?(context: InteractionContext<StringSelectMenuInteraction>): void
      choose(context: ChooseReplyContext): Promise<void>
    }
  | { response: 'ephemeral' | 'update'; choose(context: MenuContext): Promise<void> }
  | {
      response: 'modalUpdate'
      choose(context: MenuContext): Promise<void>
      submit(context: SubmitUpdateContext): Promise<void>
    }

/** A form that a command opened, answered in private unless it says otherwise. */
export interface Form {
  readonly isPublic?: true
  /** Refuses what can be refused without the database, as for buttons. */
  check?(context: InteractionContext<ModalSubmitInteraction>): void
  submit(context: SubmitContext): Promise<void>
}
