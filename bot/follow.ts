import type { REST } from 'discord.js'
import type { ChatReplyTarget } from '../studio/studio.ts'
import { openPacer, type Pace } from './editThrottle.ts'
import { withinBytes } from './grid.ts'
import { describe, type Log } from './log.ts'
import { channelDoor, type Door, deliver, type Message, webhookDoor } from './messageTarget.ts'

/** Discord takes files of 10 MiB everywhere; more only in some guilds. */
const maxFileBytes = 10 * 1024 * 1024

/** What one message tells, from its promise until its final form. */
export interface Story {
  /** Whose it is, for the log: `ask <id>`. The same story is never told twice at once. */
  readonly name: string
  readonly target: ChatReplyTarget
  /** When its interaction was made. */
  readonly askedAt: Date
  /** It takes minutes, so previews may be rarer. */
  readonly isSlow?: true
  /** Offers each change as a message to be made, and resolves when nothing will change any more; rejects when aborted. */
  unfold(offer: (make: () => Promise<Message>) => void, signal: AbortSignal): Promise<void>
  final(): Promise<Message>
  /** Says that the final form could not be made. */
  apology(): Promise<Message>
  /** The final form has landed, or never will. */
  delivered(): Promise<void>
}

export interface Follow {
  /** Only for messages: it neither waits nor tries again by itself, so that a final never queues behind a preview. */
  readonly rest: REST
  readonly log: Log
  readonly pace: Pace
  readonly signal: AbortSignal
}

/**
 * The life of one message: what happens becomes paced previews, the end becomes the final message, and only when that
 * has landed is the reply delivered. Cut short by `signal`, it stays undelivered for the next start.
 */
export async function follow(story: Story, { rest, log, pace, signal }: Follow): Promise<void> {
  const { name, target, askedAt } = story
  const webhook = webhookDoor(rest, target)
  const channel = channelDoor(rest, target)
  const pacer = openPacer(
    eitherDoor(webhook, channel),
    error => log.error(`A preview could not be made: ${describe(error)}`),
    story.isSlow ? { ...pace, gapMs: pace.slowGapMs } : pace,
  )
  const ended = story.unfold(pacer.offer, signal)
  await Promise.allSettled([ended])
  const { freeAt, last } = await pacer.stop()
  await ended

  const message = await story.final().catch(error => {
    // If even showing it fails, that is a bug, and the message says so instead of promising forever.
    log.error(`The end of ${name} cannot be shown: ${describe(error)}`)
    return story.apology()
  })
  const smaller = async (): Promise<Message> =>
    message.file ? { ...message, file: await withinBytes(message.file, maxFileBytes) } : message
  const end =
    last?.type === 'gone'
      ? last.type
      : await deliver((message.file?.bytes.length ?? 0) > maxFileBytes ? await smaller() : message, {
          ...{ webhook, channel, since: askedAt.getTime(), freeAt, smaller, signal },
        })
  if (end === 'gone') log.info(`The message of ${name} was deleted; what it told of stays`)
  else if (end !== 'landed') log.warn(`The message of ${name} cannot be finished: ${end.shut}`)
  await story.delivered()
}

/** The first door until it is shut for good, then the second. */
function eitherDoor(first: Door, second: Door): Door {
  let isShut = false
  return async message => {
    if (!isShut) {
      const landing = await first(message)
      if (landing.type !== 'shut') return landing
      isShut = true
    }
    return second(message)
  }
}
