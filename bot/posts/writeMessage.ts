import { createHash } from 'node:crypto'
import { type APIMessage, DiscordAPIError, type REST, Routes } from 'discord.js'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import type { Message } from '../messages/message.ts'
import { bodyOf, uploadsOf } from '../messages/messageBody.ts'
import { insist } from './insist.ts'

export interface NewMessage {
  readonly channelId: string
  /** The message that it answers, which may be gone; null: none. */
  readonly replyTo: string | null
  readonly message: Message
  /** The same in fewer bytes, if it turns out too large. */
  readonly smaller: () => Promise<Message>
  /** Names this act: sent again under the same key within some minutes, it is the same message. */
  readonly key: string
}

/** How long somebody waits before a page for a message that Discord does not answer. */
const defaultPatienceMs = 12_000

/**
 * Writes a message into a channel, once: whatever answers are lost, Discord takes what comes under one nonce for one message
 * (resources/message#create-message, `enforce_nonce`). @throws UserError in words of what is in the way; `post/lost` where
 * nobody knows whether it is there
 */
export async function writeMessage(
  rest: REST,
  { channelId, replyTo, message, smaller, key }: NewMessage,
  patienceMs = defaultPatienceMs,
): Promise<string> {
  const nonce = createHash('sha256').update(`${channelId} ${key}`).digest('base64url').slice(0, maxNonceCharacters)
  let shown = message
  let answers = replyTo
  let isSmaller = false
  for (;;) {
    const { allowed_mentions: mentions, ...body } = bodyOf(shown)
    const wanted = {
      ...{ ...body, nonce, enforce_nonce: true, allowed_mentions: { ...mentions, replied_user: false } },
      ...(answers !== null && { message_reference: { message_id: answers, fail_if_not_exists: false } }),
    }
    const files = uploadsOf(shown)
    const post = () => rest.post(Routes.channelMessages(channelId), { body: wanted, files })
    try {
      // What this route answers with.
      return ((await insist(post, { unanswered: 'post/lost', patienceMs })) as APIMessage).id
    } catch (error) {
      if (!(error instanceof DiscordAPIError)) throw error
      const isLarge = error.status === tooLargeStatus || error.code === tooLargeCode
      if (isLarge && !isSmaller) {
        isSmaller = true
        shown = await smaller()
      } else if (error.code === cannotAnswerCode && answers !== null) answers = null
      else throw new UserError(refusals[error.code] ?? 'post/refused', undefined, { cause: error })
    }
  }
}

const maxNonceCharacters = 25

// Codes of Discord (topics/opcodes-and-status-codes).
const tooLargeStatus = 413
const tooLargeCode = 40005
const cannotAnswerCode = 160002
const refusals: Readonly<Record<string | number, ErrorCode>> = {
  0: 'post/off',
  10003: 'post/gone',
  20016: 'post/slow-mode-now',
  50001: 'post/bot-not-allowed',
  50013: 'post/bot-not-allowed',
  50083: 'post/archived',
  200000: 'post/blocked',
  200001: 'post/blocked',
}
