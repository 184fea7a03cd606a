import {
  type AnySelectMenuInteraction,
  type APIMessage,
  type ButtonInteraction,
  type Interaction,
  InteractionResponseType,
  MessageFlags,
  type ModalSubmitInteraction,
  type REST,
  Routes,
} from 'discord.js'
import type { Log } from '../../logging.ts'
import type { Chat, ChatReplyTarget } from '../../studio/studio.ts'
import { sendCallback } from '../delivery/callback.ts'
import type { Message } from '../messages/message.ts'
import { bodyOf } from '../messages/messageBody.ts'
import type { AckGate } from './ackGate.ts'
import type { RepliableInteraction } from './command.ts'
import { placeOf } from './guildPlace.ts'
import { payloadOf } from './interactionPayload.ts'

/** How long an acknowledgement waits until the pending reply is written; then it goes out all the same. */
const maxPersistMs = 500

/** The first response to an interaction, which Discord wants within 3 s. */
export interface Acknowledger {
  /** With a message to come, for everybody or only for the one who asked, once; says where it will stand. */
  reply(
    interaction: RepliableInteraction | AnySelectMenuInteraction,
    options?: { isPrivate?: boolean | undefined },
  ): Promise<ChatReplyTarget>
  /** Without a message: what stands there stays. */
  update(interaction: ButtonInteraction | AnySelectMenuInteraction | ModalSubmitInteraction): Promise<void>
  /** With a message for the one who asked alone, instead of an answer. */
  refuse(interaction: Interaction, message: Message): Promise<void>
  /** The interaction has its answer, or can be retried for a day. */
  settle(interactionId: string, options: { retry: boolean }): Promise<void>
}

export interface AcknowledgerOptions {
  readonly chat: Chat | Promise<Chat>
  readonly log: Log
  /** That does not retry by itself. */
  readonly rest: REST
  readonly gate: AckGate
}

/**
 * Before a reply is acknowledged, a row says that it is pending: killed right after the acknowledgement, the next start
 * finds the row and says what happened (`interruptedUpdater`).
 */
export function createAcknowledger({ chat, log, rest, gate }: AcknowledgerOptions): Acknowledger {
  /** Interactions whose pending reply was written and is not settled yet. */
  const pending = new Set<string>()
  /** Where those were promised an answer that came while the studio was still opening. */
  const promised = new Map<string, ChatReplyTarget>()

  async function persistPending(
    interaction: RepliableInteraction | AnySelectMenuInteraction,
    target: ChatReplyTarget,
    isPrivate: boolean,
  ): Promise<void> {
    pending.add(interaction.id)
    const payload = { ...payloadOf(interaction), privateLocale: isPrivate ? interaction.locale : null }
    const write = async () => (await chat).addPendingReply(target, payload)
    const written = write().catch(err => {
      log.warn({ err, interaction: interaction.id }, 'A pending reply could not be written')
    })
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>(resolve => {
      timer = setTimeout(resolve, maxPersistMs)
    })
    await Promise.race([written, timeout])
    clearTimeout(timer)
  }

  /** The reply, where the answer that named it was lost; without it only the webhook can write there. */
  async function findOriginal({ applicationId, interactionToken }: ChatReplyTarget): Promise<APIMessage | null> {
    const route = Routes.webhookMessage(applicationId, interactionToken, '@original')
    // What this route answers with.
    return (rest.get(route, { auth: false }) as Promise<APIMessage>).catch(() => null)
  }

  return {
    async reply(interaction, { isPrivate = false } = {}) {
      const before = promised.get(interaction.id)
      if (before) return before
      const flags = isPrivate ? MessageFlags.Ephemeral : 0
      const target = {
        applicationId: interaction.applicationId,
        interactionId: interaction.id,
        interactionToken: interaction.token,
        channelId: interaction.channelId ?? '',
        guildId: interaction.guildId,
        messageId: null,
        locale: interaction.guildLocale ?? interaction.locale,
        ...placeOf(interaction),
      }
      const message = await gate.acknowledge(async () => {
        await persistPending(interaction, target, isPrivate)
        const type = InteractionResponseType.DeferredChannelMessageWithSource
        return (await sendCallback(rest, interaction, { type, data: { flags } })) ?? (await findOriginal(target))
      })
      // What `deferReply` would remember.
      interaction.deferred = true
      interaction.ephemeral = isPrivate
      await gate.turn()
      const channelId = target.channelId || (message?.channel_id ?? '')
      const known = { ...target, channelId, messageId: message?.id ?? null }
      promised.set(interaction.id, known)
      return known
    },
    async update(interaction) {
      await gate.acknowledge(() =>
        sendCallback(rest, interaction, { type: InteractionResponseType.DeferredMessageUpdate }),
      )
      interaction.deferred = true // as `deferUpdate` would remember
      await gate.turn()
    },
    async refuse({ id, token }, message) {
      const body = bodyOf(message)
      const data = { ...body, flags: body.flags | MessageFlags.Ephemeral }
      const type = InteractionResponseType.ChannelMessageWithSource
      await gate.acknowledge(() => sendCallback(rest, { id, token }, { type, data }))
    },
    async settle(interactionId, options) {
      promised.delete(interactionId)
      if (!pending.delete(interactionId)) return
      const resolve = async () => (await chat).resolvePendingReply(interactionId, options)
      await resolve().catch(err => {
        log.warn({ err, interaction: interactionId }, 'A pending reply could not be settled')
      })
    },
  }
}
