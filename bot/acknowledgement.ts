import { MessageFlags } from 'discord.js'
import type { ChatReplyTarget, Studio } from '../studio/studio.ts'
import { createAckGate } from './ackGate.ts'
import type { RepliableInteraction } from './command.ts'
import { payloadOf } from './interactionPayload.ts'
import { describe, type Log } from './log.ts'

/** How long an acknowledgement waits until the pending reply is written; then it goes out all the same. */
const maxPersistMs = 500

/** The first response to an interaction, which Discord wants within 3 s. */
export interface Acknowledger {
  /** With a message to come, for everybody or only for the one who asked; says where it will stand. */
  reply(interaction: RepliableInteraction, options?: { isPrivate?: boolean | undefined }): Promise<ChatReplyTarget>
  /** Without a message: what stands there stays. */
  update(interaction: { deferUpdate(): Promise<unknown> }): Promise<void>
  /** The interaction has its answer, or can be retried for a day. */
  settle(interactionId: string, options: { retry: boolean }): Promise<void>
}

/**
 * Before a reply is acknowledged, a row says that it is pending: killed right after the acknowledgement, the next start
 * finds the row and says what happened (`interruptedUpdater`).
 */
export function createAcknowledger({ studio, log }: { studio: Studio; log: Log }): Acknowledger {
  const gate = createAckGate()
  /** Interactions whose pending reply was written and is not settled yet. */
  const pending = new Set<string>()

  async function persistPending(interaction: RepliableInteraction, target: ChatReplyTarget): Promise<void> {
    pending.add(interaction.id)
    const written = studio.chat.addPendingReply(target, payloadOf(interaction)).catch(error => {
      log.warn(`A pending reply could not be written: ${describe(error)}`)
    })
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>(resolve => {
      timer = setTimeout(resolve, maxPersistMs)
    })
    await Promise.race([written, timeout])
    clearTimeout(timer)
  }

  return {
    async reply(interaction, { isPrivate = false } = {}) {
      const flags = isPrivate ? ({ flags: MessageFlags.Ephemeral } as const) : {}
      const target = {
        applicationId: interaction.applicationId,
        interactionId: interaction.id,
        interactionToken: interaction.token,
        channelId: interaction.channelId ?? '',
        guildId: interaction.guildId,
        messageId: null,
      }
      const { resource } = await gate.acknowledge(async () => {
        await persistPending(interaction, target)
        return interaction.deferReply({ withResponse: true, ...flags })
      })
      await gate.turn()
      const message = resource?.message
      return { ...target, channelId: target.channelId || (message?.channelId ?? ''), messageId: message?.id ?? null }
    },
    async update(interaction) {
      await gate.acknowledge(() => interaction.deferUpdate())
      await gate.turn()
    },
    async settle(interactionId, options) {
      if (!pending.delete(interactionId)) return
      await studio.chat.resolvePendingReply(interactionId, options).catch(error => {
        log.warn(`A pending reply could not be settled: ${describe(error)}`)
      })
    },
  }
}
