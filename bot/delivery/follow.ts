import { setTimeout as pause } from 'node:timers/promises'
import type { REST } from 'discord.js'
import { type Log, logError } from '../../logging.ts'
import type { ChatReplyTarget } from '../../studio/studio.ts'
import { withinBytes } from '../messages/grid.ts'
import { filesOf, type Message, withPictures } from '../messages/message.ts'
import { createEditThrottle, type ThrottleOptions } from './editThrottle.ts'
import { channelTarget, deliver, type MessageTarget, webhookTarget } from './messageTarget.ts'

/** Discord takes files of 10 MiB everywhere; more only in some guilds. */
export const maxFileBytes = 10 * 1024 * 1024
/** A preview that was given up may take effect for so long; then the final is written once more. */
const overtakingMs = 5_000

/** What one message shows, from its acknowledgement until its final form. */
export interface MessageUpdater {
  /** Whose it is, for the log: `job <id>`. Two updaters of one name never run at once. */
  readonly name: string
  readonly target: ChatReplyTarget
  /** When its interaction was made. */
  readonly createdAt: Date
  /** It takes minutes, so previews may be rarer. */
  readonly isSlow?: true
  /** Offers each change as a message to be made, and resolves when nothing will change any more; rejects when aborted. */
  subscribe(offer: (make: () => Promise<Message>) => void, signal: AbortSignal): Promise<void>
  final(): Promise<Message>
  /** Says that the final form could not be made. */
  apology(): Promise<Message>
  /** Whether it is still this program's to write: of several that are the bot, another one may have taken it over. */
  isMine(): Promise<boolean>
  /** The final form was written, or never will be. */
  markDelivered(): Promise<void>
}

/** Another program writes this message now. */
export class TakenOver extends Error {}

export interface FollowOptions {
  /** Only for messages: it neither waits nor tries again by itself, so that a final never queues behind a preview. */
  readonly rest: REST
  readonly log: Log
  readonly throttle: ThrottleOptions
  readonly signal: AbortSignal
}

/**
 * The life of one message: events become throttled previews, the end becomes the final message, and only when that was
 * written is the reply delivered. Cut short by `signal`, it stays undelivered for the next start. Each time before it writes
 * it asks whether the message is still this program's, and rejects with `TakenOver` where it is not.
 */
export async function follow(
  updater: MessageUpdater,
  { rest, log: parent, throttle: pace, signal: closing }: FollowOptions,
): Promise<void> {
  const { name, target, createdAt } = updater
  const log = parent.child({ reply: name })
  const takenOver = new AbortController()
  const signal = AbortSignal.any([closing, takenOver.signal])
  const fenced = (to: MessageTarget) => ifMine(to, updater, takenOver)
  const webhook = fenced(webhookTarget(rest, target))
  const channel = fenced(channelTarget(rest, target))
  const edits = createEditThrottle(
    firstOpenTarget(webhook, channel),
    logError(log, 'A preview could not be made'),
    updater.isSlow ? { ...pace, gapMs: pace.slowGapMs } : pace,
  )
  const ended = updater.subscribe(edits.offer, signal)
  await Promise.allSettled([ended])
  const { freeAt, last, mayBeOvertaken } = await edits.stop()
  await ended

  const message = await updater.final().catch(err => {
    // If even showing it fails, that is a bug, and the message says so instead of promising forever.
    log.error({ err }, 'The final message cannot be made')
    return updater.apology()
  })
  const smaller = () => withPictures(message, picture => withinBytes(picture, maxFileBytes))
  const isLarge = filesOf(message).some(({ bytes }) => bytes.length > maxFileBytes)
  const final = isLarge ? await smaller() : message
  const delivery = { webhook, channel, createdAt: createdAt.getTime(), freeAt, smaller, signal }
  let end = last?.type === 'deleted' ? last.type : await deliver(final, delivery)
  if (end === 'edited' && mayBeOvertaken) {
    await pause(overtakingMs, undefined, { signal })
    end = await deliver(final, delivery)
  }
  if (end === 'deleted') log.info('The message was deleted; the pictures stay')
  else if (end !== 'edited') log.warn({ reason: end.closed }, 'The message cannot be finished')
  await updater.markDelivered()
}

/** A target that writes while the message is this program's. */
function ifMine(target: MessageTarget, { isMine }: MessageUpdater, takenOver: AbortController): MessageTarget {
  return async (message, signal) => {
    const mine = await isMine().catch((error: Error) => error)
    // The database is away for a moment: whether another one writes cannot be known.
    if (mine instanceof Error) return { type: 'failed', reason: mine.message }
    if (!mine) takenOver.abort(new TakenOver())
    return mine ? target(message, signal) : { type: 'failed', reason: 'another program writes it' }
  }
}

/** The first target until it is closed for good, then the second. */
function firstOpenTarget(first: MessageTarget, second: MessageTarget): MessageTarget {
  let isClosed = false
  return async (message, signal) => {
    if (!isClosed) {
      const result = await first(message, signal)
      if (result.type !== 'closed') return result
      isClosed = true
    }
    return second(message, signal)
  }
}
