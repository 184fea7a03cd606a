import { DiscordAPIError, type Interaction, type RepliableInteraction } from 'discord.js'
import type { Log } from '../../logging.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Message } from '../messages/message.ts'
import { textMessage } from '../messages/replies.ts'
import { chatText } from '../text/errorText.ts'
import type { Acknowledger } from './acknowledgement.ts'
import type { InteractionContext } from './bot.ts'
import { failureMessage, isRetriable, payloadOf } from './interactionPayload.ts'
import { followPrivately, respond } from './respond.ts'

export interface ErrorReplyOptions {
  readonly context: InteractionContext<Interaction>
  readonly log: Log
  readonly acknowledger: Acknowledger
}

/**
 * Says why there is no answer, to everybody or in private as the error's `visibility` says; bugs are apologised for in
 * private. Returns whether the button beneath it can try again.
 */
export async function showError(error: unknown, { context, log, acknowledger }: ErrorReplyOptions): Promise<boolean> {
  const { interaction, bot } = context
  const known = error instanceof UserError ? error : null
  if (!known) log.error({ err: error }, 'An interaction failed')
  if (!interaction.isRepliable()) return false
  const isPublic = known?.visibility === 'public' && interaction.deferred && !interaction.ephemeral
  const { guildId, guildLocale, locale } = interaction
  const t = isPublic ? await bot.translateFor({ guildId, locale: guildLocale ?? locale }) : context.t
  const why = known ? chatText(t, known) : t('failure.apology')
  // What only passes by itself, or was our fault, is worth the same request once more.
  const payload = (known?.passes ?? true) && isRetriable(interaction) ? payloadOf(interaction) : null
  const message = payload ? failureMessage(t, why, payload) : textMessage(t, why)
  try {
    if (!interaction.deferred && !interaction.replied) await acknowledger.refuse(interaction, message)
    else if (isUpdate(interaction)) await followPrivately(interaction, textMessage(t, why))
    else if (interaction.ephemeral || known?.visibility === 'public') await respond(interaction, message)
    else await replacePublicReply(interaction, message)
  } catch (err) {
    log.warn({ err }, 'An error could not be shown')
  }
  return payload !== null && payload.imagine !== null
}

/** `ephemeral` is null after `deferUpdate`: there is no message of ours to fill. */
const isUpdate = ({ ephemeral }: RepliableInteraction) => ephemeral === null

/**
 * Who may see a message is decided when it is acknowledged, so a public one that has become a refusal is deleted. Only
 * then: until its loading message is gone, Discord takes the first follow-up for that message (interactions/receiving).
 */
async function replacePublicReply(interaction: RepliableInteraction, message: Message): Promise<void> {
  try {
    await interaction.deleteReply()
  } catch (error) {
    const isGone = error instanceof DiscordAPIError && error.code === unknownMessage
    if (!isGone) return respond(interaction, message)
  }
  await followPrivately(interaction, message)
}
const unknownMessage = 10008
