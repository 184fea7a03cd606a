import {
  type APIMessage,
  DiscordAPIError,
  MessageFlags,
  RateLimitError,
  type REST,
  RequestMethod,
  Routes,
} from 'discord.js'
import { messages } from '../../language/chat/index.ts'
import { createGuard } from '../../protocol/guard.ts'
import type { ChatReplyTarget } from '../../studio/studio.ts'
import type { Message } from '../messages/message.ts'
import { bodyOf, uploadsOf } from '../messages/messageBody.ts'
import { isAnswerOfDiscord } from './callback.ts'

/** How an attempt to write a message ended. */
export type EditResult =
  /** `remaining` writes until `resetMs` from now, as Discord says. */
  | { readonly type: 'edited'; readonly remaining: number; readonly resetMs: number }
  | { readonly type: 'rateLimited'; readonly retryMs: number }
  /** The file is more than this place takes. */
  | { readonly type: 'tooLarge' }
  /** Somebody deleted the message. */
  | { readonly type: 'deleted' }
  /** This target is closed for good: the token ran out, or we may not write here. */
  | { readonly type: 'closed'; readonly reason: string }
  /** Discord or the network failed; later may go better. */
  | { readonly type: 'failed'; readonly reason: string }

/** A way to edit a message that is already there. Aborted, it has failed, though the edit may still take effect. */
export type MessageTarget = (message: Message, signal?: AbortSignal) => Promise<EditResult>

/** A token is good for 15 minutes; a little less, so that an upload still arrives in time. */
export const tokenLifeMs = 15 * 60_000 - 20_000

/** By the interaction's own token: needs no permission, works everywhere, but not for long. */
export function webhookTarget(rest: REST, { applicationId, interactionToken }: ChatReplyTarget): MessageTarget {
  const route = Routes.webhookMessage(applicationId, interactionToken, '@original')
  return (message, signal) => write(rest, route, message, { auth: false, signal })
}

/** As the bot itself: only where it is a member and may see the channel. */
export function channelTarget(rest: REST, { channelId, messageId }: ChatReplyTarget): MessageTarget {
  if (messageId === null) return async () => ({ type: 'closed', reason: 'the message is not known' })
  const route = Routes.channelMessage(channelId, messageId)
  return (message, signal) => write(rest, route, message, { auth: true, signal })
}

/** Whether Discord, or what we wrote ourselves, still says that an answer is to come. */
export async function isStillLoading(
  rest: REST,
  { applicationId, interactionToken }: ChatReplyTarget,
): Promise<boolean> {
  try {
    const route = Routes.webhookMessage(applicationId, interactionToken, '@original')
    const message = (await rest.get(route, { auth: false })) as APIMessage // what this route answers with
    return Boolean(Number(message.flags) & MessageFlags.Loading) || isPromise(message)
  } catch (error) {
    // Refused, there is no message, or no way to it. Any other failure may pass, and whoever writes it finds out.
    return !(error instanceof DiscordAPIError && isAnswerOfDiscord(error))
  }
}

/** Whether a message says that the model is still being loaded, in whatever language. */
function isPromise(message: APIMessage): boolean {
  const text = JSON.stringify(message)
  return Object.values(messages).some(one => text.includes(one['loading.promise']))
}

// Codes of Discord (topics/opcodes-and-status-codes) that say why a message cannot be written.

/** Old messages take few edits; it comes as a 429 or as a 400. */
const rateLimitCodes: readonly unknown[] = [30046]
const slowEditRetryMs = 60_000
const deletedCodes: readonly unknown[] = [10008]
const tooLargeCodes: readonly unknown[] = [40005]

async function write(
  rest: REST,
  route: `/${string}`,
  message: Message,
  { auth, signal }: { auth: boolean; signal: AbortSignal | undefined },
): Promise<EditResult> {
  try {
    // A message of before Components V2 gives up what it said.
    const body = { content: null, ...bodyOf(message) }
    const request = { method: RequestMethod.Patch, fullRoute: route, body, files: uploadsOf(message), auth }
    const response = await rest.queueRequest(signal ? { ...request, signal } : request)
    await response.arrayBuffer()
    const header = (name: string, otherwise: number) => Number(response.headers.get(name) ?? otherwise)
    return {
      type: 'edited',
      remaining: header('X-RateLimit-Remaining', 1),
      resetMs: 1000 * header('X-RateLimit-Reset-After', 0),
    }
  } catch (error) {
    if (error instanceof RateLimitError) return { type: 'rateLimited', retryMs: Math.max(error.retryAfter, 0) }
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    // A proxy on the way says no more than that something is too large; Discord's own answers have a code.
    if (error instanceof DiscordAPIError && !isAnswerOfDiscord(error)) {
      return error.status === 413 ? { type: 'tooLarge' } : { type: 'failed', reason }
    }
    if (error instanceof DiscordAPIError) {
      if (rateLimitCodes.includes(error.code)) return { type: 'rateLimited', retryMs: slowEditRetryMs }
      if (deletedCodes.includes(error.code)) return { type: 'deleted' }
      if (tooLargeCodes.includes(error.code)) return { type: 'tooLarge' }
      return { type: 'closed', reason }
    }
    return { type: 'failed', reason }
  }
}

/** How long a person should wait for one target before the other is tried. */
const maxWaitMs = 5_000
const firstPauseMs = 500
const maxPauseMs = 30_000
const maxFailures = 12

export interface Delivery {
  readonly webhook: MessageTarget
  readonly channel: MessageTarget
  /** When the interaction was made, by our clock. */
  readonly createdAt: number
  /** When the webhook may be written again, as known from previews. */
  readonly freeAt: number
  /** The same message in fewer bytes, if it turns out too large. */
  readonly smaller: () => Promise<Message>
  readonly signal: AbortSignal
}

/**
 * Writes the final message: by the webhook while its token lives, else through the channel. A target that is
 * limited for long is left for the other. Resolves with how it ended; rejects only when aborted.
 */
export async function deliver(
  message: Message,
  delivery: Delivery,
): Promise<'edited' | 'deleted' | { closed: string }> {
  const { webhook, channel, createdAt: since, smaller, signal } = delivery
  let { freeAt } = delivery
  let isSmaller = false
  let channelClosed: string | null = null
  let webhookClosed: string | null = null
  for (let failures = 0; ; ) {
    signal.throwIfAborted()
    if (Date.now() - since > tokenLifeMs) webhookClosed ??= 'the token has run out'
    if (webhookClosed && channelClosed) return { closed: `${webhookClosed}; ${channelClosed}` }
    const waitMs = Math.max(0, freeAt - Date.now())
    const byChannel: boolean = channelClosed === null && (webhookClosed !== null || waitMs > maxWaitMs)
    if (!byChannel && waitMs > 0) await pause(Math.min(waitMs, maxPauseMs), signal)
    if (!byChannel && freeAt > Date.now()) continue

    const result: EditResult = await (byChannel ? channel : webhook)(message)
    switch (result.type) {
      case 'edited':
      case 'deleted':
        return result.type
      case 'tooLarge':
        if (isSmaller) return { closed: 'the message is too large' }
        isSmaller = true
        message = await smaller()
        break
      case 'closed':
        if (byChannel) channelClosed = result.reason
        else webhookClosed = result.reason
        break
      case 'rateLimited':
        if (byChannel) await pause(result.retryMs, signal)
        else freeAt = Date.now() + result.retryMs
        break
      case 'failed': {
        failures += 1
        if (failures > maxFailures) throw new Error(`Discord could not be written to: ${result.reason}`)
        await pause(Math.min(firstPauseMs * 2 ** failures, maxPauseMs), signal)
        break
      }
      default:
        result satisfies never
    }
  }
}

/** Rejects at once when aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const guard = createGuard((_, cause) => reject(cause))
    const abort = guard('A pause could not be cut short', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
    const end = guard('A pause could not end', () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
