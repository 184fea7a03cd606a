import type { ButtonInteraction, ChatInputCommandInteraction, ModalSubmitInteraction } from 'discord.js'
import type { ChatPromise, Studio } from '../studio/studio.ts'
import { writeButtonId } from './buttonId.ts'
import { type ImagineSaid, imagine, readSaid } from './commands/imagine.ts'
import type { Story } from './follow.ts'
import type { Message } from './messageTarget.ts'
import { heading, wordsMessage } from './replies.ts'
import { words } from './strings.ts'

/** What was said in an interaction: noted before its answer is promised, in case that nothing else comes of it. */
export interface Said {
  readonly prompt: string | null
  /** The id of a button that does the same once more; null if it has to be typed again. */
  readonly retry: string | null
  /** What the button `again` does. */
  readonly imagine: ImagineSaid | null
}

export function saidOf(interaction: ChatInputCommandInteraction | ButtonInteraction | ModalSubmitInteraction): Said {
  // A form is sent with the id of the button that opened it, and that opens it again.
  if (!interaction.isChatInputCommand()) return { prompt: null, retry: interaction.customId, imagine: null }
  if (interaction.commandName !== imagine.data.name) return { prompt: null, retry: null, imagine: null }
  const said = readSaid(interaction)
  return { prompt: said.prompt, retry: writeButtonId({ action: 'again', of: interaction.id }), imagine: said }
}

/** The command in an earlier interaction, by the id in a button; null if it is kept no more. */
export async function findSaid(interactionId: string, { chat }: Studio): Promise<ImagineSaid | null> {
  // Nobody but `saidOf` writes it.
  const said = (await chat.said(interactionId)) as Said | null
  return said?.imagine ?? null
}

/** Instead of an answer: why there is none, and, where trying again can help, what was asked and a button for it. */
export function explanation(why: string, { prompt, retry }: Said): Message {
  return wordsMessage(prompt?.trim() ? `${heading(prompt)}\n${why}` : why, retry ?? undefined)
}

/** The message of a promise that a killed program left behind. */
export function lostStory({ said: note, createdAt, ...target }: ChatPromise, { chat }: Studio): Story {
  const said = note as Said // as in findSaid
  const message = async () => explanation(said.retry === null ? words.lost : words.lostRetry, said)
  return {
    ...{ name: `interaction ${target.interactionId}`, target, askedAt: createdAt },
    unfold: async () => undefined,
    final: message,
    apology: message,
    delivered: () => chat.settle(target.interactionId, { retry: said.imagine !== null }),
  }
}
