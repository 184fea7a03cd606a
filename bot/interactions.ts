import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  DiscordAPIError,
  type Interaction,
  type InteractionReplyOptions,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js'
import { Refusal } from '../studio/refusals.ts'
import type { ChatReplyTarget } from '../studio/studio.ts'
import { createAckGate } from './ackGate.ts'
import type { Bot, Caller } from './bot.ts'
import { readButtonId } from './buttonId.ts'
import { buttons } from './buttons.ts'
import { createLatenessEstimate, tooLateMs } from './clockSkew.ts'
import type { Command, RepliableInteraction } from './command.ts'
import { failureMessage, payloadOf } from './interactionPayload.ts'
import { describe } from './log.ts'
import { truncate } from './markdown.ts'
import { textMessage } from './replies.ts'
import { strings } from './strings.ts'

/** Of a suggestion's name and value (interactions/application-commands). */
const maxChoiceCharacters = 100

/** How long an acknowledgement waits for its promise to be written; then it goes out all the same. */
const maxPersistMs = 500

/**
 * Everything that people do to us arrives here. What needs an acknowledgement gets it before anything else is awaited,
 * but for a note that an answer was promised: killed right after it, the next start says so (said.ts). Refusals are shown
 * in words, and bugs are logged whole and answered with an apology.
 */
export function interactionHandler(commands: readonly Command[], bot: Bot) {
  const lateness = createLatenessEstimate()
  const ackGate = createAckGate()
  /** Interactions whose promise was noted and is not settled yet. */
  const pending = new Set<string>()
  return async (interaction: Interaction): Promise<void> => {
    const lateMs = lateness(interaction.createdTimestamp, Date.now())
    if (lateMs > tooLateMs) {
      bot.log.warn(`An interaction came ${Math.round(lateMs)} ms late and was left alone`)
      return
    }
    let retry = false
    try {
      await dispatch(interaction)
    } catch (error) {
      if (!isTooLate(error)) retry = await showError(interaction, error)
      else bot.log.warn(`An interaction, ${Math.round(lateMs)} ms late, could not be acknowledged: ${describe(error)}`)
    }
    if (!pending.delete(interaction.id)) return
    await bot.studio.chat.resolvePendingReply(interaction.id, { retry }).catch(error => {
      bot.log.warn(`A promise could not be settled: ${describe(error)}`)
    })
  }

  async function dispatch(interaction: Interaction): Promise<void> {
    if (interaction.isChatInputCommand()) {
      const command = commands.find(one => one.data.name === interaction.commandName)
      if (!command) return replyEphemeral(interaction, strings.oldButton)
      const target = await acknowledge(interaction, command.isPrivate?.(interaction))
      await command.run(interaction, callerOf(interaction), target, bot)
    } else if (interaction.isAutocomplete()) await onAutocomplete(interaction)
    else if (interaction.isButton()) await onButton(interaction)
    else if (interaction.isModalSubmit()) await onModal(interaction)
  }

  async function onAutocomplete(interaction: AutocompleteInteraction): Promise<void> {
    const command = commands.find(one => one.data.name === interaction.commandName)
    const suggestions = (await command?.autocomplete?.(interaction, callerOf(interaction), bot)) ?? []
    await interaction.respond(
      suggestions
        .filter(({ value }) => value.length <= maxChoiceCharacters)
        .map(({ name, value }) => ({ name: truncate(name, maxChoiceCharacters), value }))
        .slice(0, 25),
    )
  }

  async function onButton(interaction: ButtonInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    if (!id) return replyEphemeral(interaction, strings.oldButton)
    const button = buttons[id.action]
    const base = { interaction, of: id.of, caller: callerOf(interaction), bot }
    switch (button.response) {
      case 'reply':
        return button.press({ ...base, target: await acknowledge(interaction) })
      case 'ephemeral':
        return button.press({ ...base, target: await acknowledge(interaction, true) })
      case 'update':
        await ackGate.acknowledge(() => interaction.deferUpdate())
        await ackGate.turn()
        return button.press(base)
      case 'modal':
        return button.press(base)
      default:
        button satisfies never
    }
  }

  async function onModal(interaction: ModalSubmitInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    const button = id && buttons[id.action]
    if (button?.response !== 'modal') return replyEphemeral(interaction, strings.oldButton)
    const target = await acknowledge(interaction)
    await button.submit({ interaction, of: id!.of, caller: callerOf(interaction), bot, target })
  }

  /** Acknowledges with a message to come, for everybody or only for the one who asked, and says where it will stand. */
  async function acknowledge(interaction: RepliableInteraction, isPrivate = false): Promise<ChatReplyTarget> {
    const flags = isPrivate ? ({ flags: MessageFlags.Ephemeral } as const) : {}
    const target = {
      applicationId: interaction.applicationId,
      interactionId: interaction.id,
      interactionToken: interaction.token,
      channelId: interaction.channelId ?? '',
      guildId: interaction.guildId,
      messageId: null,
    }
    const { resource } = await ackGate.acknowledge(async () => {
      await persistPending(interaction, target)
      return interaction.deferReply({ withResponse: true, ...flags })
    })
    await ackGate.turn()
    const message = resource?.message
    return { ...target, channelId: target.channelId || (message?.channelId ?? ''), messageId: message?.id ?? null }
  }

  /** Writes the promise down, if the database is not too slow for it. */
  async function persistPending(interaction: RepliableInteraction, target: ChatReplyTarget): Promise<void> {
    pending.add(interaction.id)
    const written = bot.studio.chat.addPendingReply(target, payloadOf(interaction)).catch(error => {
      bot.log.warn(`A promise could not be noted: ${describe(error)}`)
    })
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, maxPersistMs)
    })
    await Promise.race([written, patience])
    clearTimeout(timer)
  }

  function callerOf({ user, guildId, guild }: Interaction): Caller {
    const account = { discordId: user.id, name: user.displayName, guildId, guildName: guild?.name ?? null }
    return {
      name: user.displayName,
      where: guildId === null ? {} : { guild: guildId },
      person: async () => (await bot.studio.people.fromDiscord(account)).id,
    }
  }

  /** Says why there is no answer; whether it can be had by trying again. */
  async function showError(interaction: Interaction, error: unknown): Promise<boolean> {
    const refused = error instanceof Refusal
    if (!refused) bot.log.error(`An interaction failed: ${describe(error)}`)
    if (!interaction.isChatInputCommand() && !interaction.isButton() && !interaction.isModalSubmit()) return false
    const why = refused ? error.words : strings.apology
    const mayPass = !refused || /^(queue\/|style\/busy)/.test(error.code)
    try {
      // `ephemeral` is null after a quiet acknowledgement: there is no message of ours to fill.
      if (interaction.deferred && interaction.ephemeral !== null) {
        const { content, rows } = mayPass ? failureMessage(why, payloadOf(interaction)) : textMessage(why)
        await interaction.editReply({ content, components: rows })
        return mayPass && payloadOf(interaction).imagine !== null
      }
      await replyEphemeral(interaction, why)
    } catch (failure) {
      bot.log.warn(`A refusal could not be shown: ${describe(failure)}`)
    }
    return false
  }
}

/** Words that only the one who asked can see. */
async function replyEphemeral(interaction: RepliableInteraction, content: string): Promise<void> {
  const message: InteractionReplyOptions = { content, flags: MessageFlags.Ephemeral }
  if (interaction.deferred || interaction.replied) await interaction.followUp(message)
  else await interaction.reply(message)
}

/** Unknown interaction, or already acknowledged by another process with our token. */
function isTooLate(error: unknown): boolean {
  return error instanceof DiscordAPIError && (error.code === 10062 || error.code === 40060)
}
