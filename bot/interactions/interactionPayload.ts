import type { AnySelectMenuInteraction, Interaction } from 'discord.js'
import { languageFor } from '../../language/languages.ts'
import { objectIn, type PendingReply, type Studio } from '../../studio/studio.ts'
import type { MessageUpdater } from '../delivery/follow.ts'
import { isFormAction, readButtonId, writeButtonId } from '../messages/buttonId.ts'
import type { Message } from '../messages/message.ts'
import { heading, textMessage } from '../messages/replies.ts'
import type { Translate } from '../text/translate.ts'
import type { Bot } from './bot.ts'
import type { RepliableInteraction } from './command.ts'
import { type ImagineOptions, imagineName, readOptions } from './imagineOptions.ts'

/** What an interaction requested: written before it is acknowledged, in case that nothing else comes of it. */
export interface InteractionPayload {
  readonly prompt: string | null
  /** The id of a button that does the same once more; null if it has to be typed again. */
  readonly retry: string | null
  /** Of whoever sees the answer alone; null or absent where everybody does. */
  readonly privateLocale?: string | null
  /** What the button `again` does. */
  readonly imagine: ImagineOptions | null
}

/** Whether an interaction is one that can be sent once more. */
export function isRetriable(interaction: Interaction): interaction is RepliableInteraction {
  return (
    interaction.isChatInputCommand() ||
    interaction.isButton() ||
    interaction.isModalSubmit() ||
    interaction.isStringSelectMenu()
  )
}

export function payloadOf(interaction: RepliableInteraction | AnySelectMenuInteraction): InteractionPayload {
  if (interaction.isAnySelectMenu()) return { prompt: null, retry: buttonChosenIn(interaction), imagine: null }
  // A form is sent with the id of the button that opened it, and that opens it again; a report is typed once more.
  const id = interaction.isModalSubmit() ? readButtonId(interaction.customId) : null
  if (id && isFormAction(id.action)) return { prompt: null, retry: null, imagine: null }
  if (interaction.isContextMenuCommand()) return { prompt: null, retry: null, imagine: null }
  if (!interaction.isChatInputCommand()) return { prompt: null, retry: interaction.customId, imagine: null }
  if (interaction.commandName !== imagineName) return { prompt: null, retry: null, imagine: null }
  const options = readOptions(interaction)
  return { prompt: options.prompt, retry: writeButtonId({ action: 'again', of: interaction.id }), imagine: options }
}

/** The button that was chosen in a menu of buttons; of another menu, whoever chose can choose again. */
function buttonChosenIn({ customId, values: [chosen = ''] }: AnySelectMenuInteraction): string | null {
  return readButtonId(customId)?.action === 'more' && readButtonId(chosen) ? chosen : null
}

/** The command in an earlier interaction, by the id in a button; null if it is kept no more. */
export async function findPayload(interactionId: string, { chat }: Studio): Promise<ImagineOptions | null> {
  return payloadIn(await chat.payloadOf(interactionId)).imagine
}

/** What stands in a row: `payloadOf` writes it, and what cannot be read counts as absent. */
function payloadIn(stored: unknown): InteractionPayload {
  const { prompt, retry, imagine, privateLocale } = objectIn(stored)
  return {
    prompt: typeof prompt === 'string' ? prompt : null,
    retry: typeof retry === 'string' ? retry : null,
    privateLocale: typeof privateLocale === 'string' ? privateLocale : null,
    imagine: typeof objectIn(imagine)['prompt'] === 'string' ? (imagine as ImagineOptions) : null,
  }
}

/** Instead of an answer: why there is none, and, where trying again can help, what was asked and a button for it. */
export function failureMessage(t: Translate, why: string, { prompt, retry }: InteractionPayload): Message {
  return textMessage(t, prompt?.trim() ? `${heading(prompt)}\n${why}` : why, { retry: retry ?? undefined })
}

/** The message of a pending reply that a killed program left behind. */
export function interruptedUpdater(
  { payload: stored, createdAt, ...target }: PendingReply,
  { studio: { chat }, translations, translateFor }: Pick<Bot, 'studio' | 'translations' | 'translateFor'>,
): MessageUpdater {
  const payload = payloadIn(stored)
  const language = languageFor(payload.privateLocale)
  const message = async () => {
    const t = language === null ? await translateFor(target) : translations.in(language)
    const why = payload.retry === null ? t('failure.lost') : t('failure.lostRetry', { retry: t('button.retry') })
    return failureMessage(t, why, payload)
  }
  return {
    ...{ name: `interaction ${target.interactionId}`, target, createdAt },
    subscribe: async () => undefined,
    final: message,
    apology: message,
    isMine: () => chat.isMyPendingReply(target.interactionId),
    markDelivered: () => chat.resolvePendingReply(target.interactionId, { retry: payload.imagine !== null }),
  }
}
