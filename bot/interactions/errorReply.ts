import { type Interaction, type InteractionReplyOptions, MessageFlags } from 'discord.js'
import { errorText, UserError } from '../../protocol/errors.ts'
import { describe, type Log } from '../delivery/log.ts'
import { textMessage } from '../messages/replies.ts'
import { strings } from '../text/strings.ts'
import type { RepliableInteraction } from './command.ts'
import { failureMessage, payloadOf } from './interactionPayload.ts'

/** Tells a person why there is no answer; returns whether the button beneath it can try again. */
export async function showError(interaction: Interaction, error: unknown, log: Log): Promise<boolean> {
  const known = error instanceof UserError ? error : null
  if (!known) log.error(`An interaction failed: ${describe(error)}`)
  if (!interaction.isChatInputCommand() && !interaction.isButton() && !interaction.isModalSubmit()) return false
  const why = known ? errorText(known) : strings.apology
  const mayPass = known?.passes ?? true
  try {
    // `ephemeral` is null after `deferUpdate`: there is no message of ours to fill.
    if (interaction.deferred && interaction.ephemeral !== null) {
      const { content, rows } = mayPass ? failureMessage(why, payloadOf(interaction)) : textMessage(why)
      await interaction.editReply({ content, components: rows })
      return mayPass && payloadOf(interaction).imagine !== null
    }
    await replyEphemeral(interaction, why)
  } catch (failure) {
    log.warn(`An error could not be shown: ${describe(failure)}`)
  }
  return false
}

/** Text that only the one who asked can see. */
export async function replyEphemeral(interaction: RepliableInteraction, content: string): Promise<void> {
  const message: InteractionReplyOptions = { content, flags: MessageFlags.Ephemeral }
  if (interaction.deferred || interaction.replied) await interaction.followUp(message)
  else await interaction.reply(message)
}
