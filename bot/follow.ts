import type { REST } from 'discord.js'
import type { AskId, ChatReplyTarget, Picture, PictureFact, Studio } from '../studio/studio.ts'
import { channelDoor, deliver, type Message, webhookDoor } from './doors.ts'
import { withinBytes } from './grid.ts'
import { describe, type Log } from './log.ts'
import { openPacer, type Pace } from './pacer.ts'
import { apologyMessage, finalMessage, type Progress, progressMessage } from './replies.ts'

/** Discord takes files of 10 MiB everywhere; more only in some guilds. */
const maxFileBytes = 10 * 1024 * 1024

export interface Follow {
  readonly ask: AskId
  readonly target: ChatReplyTarget
  /** When the ask's interaction was made. */
  readonly askedAt: Date
  readonly studio: Studio
  /** Only for messages: it neither waits nor tries again by itself, so that a final never queues behind a preview. */
  readonly rest: REST
  readonly log: Log
  readonly pace: Pace
  readonly signal: AbortSignal
}

/**
 * The life of one message: the pictures' facts become paced previews, their end becomes the final message, and only
 * when that has landed is the reply delivered. Cut short by `signal`, it stays undelivered for the next start.
 */
export async function follow(pictures: readonly Picture[], options: Follow): Promise<void> {
  const { ask, target, askedAt, studio, rest, log, pace, signal } = options
  const webhook = webhookDoor(rest, target)
  const pacer = openPacer(webhook, error => log.error(`A preview could not be made: ${describe(error)}`), pace)
  const asked = new Map(pictures.map(picture => [picture.id, { picture, last: null, preview: null } as Progress]))
  const ended = allEnded(studio, ask, asked, () => pacer.offer(() => progressMessage([...asked.values()])), signal)
  await Promise.allSettled([ended])
  const { freeAt, last } = await pacer.stop()
  await ended

  const message = await whatCameOfIt(options)
  const smaller = async (): Promise<Message> =>
    message.file ? { ...message, file: await withinBytes(message.file, maxFileBytes) } : message
  const end =
    last?.type === 'gone'
      ? last.type
      : await deliver((message.file?.bytes.length ?? 0) > maxFileBytes ? await smaller() : message, {
          webhook,
          channel: channelDoor(rest, target),
          since: askedAt.getTime(),
          freeAt,
          smaller,
          signal,
        })
  if (end === 'gone') log.info(`The message of ask ${ask} was deleted; its pictures stay`)
  else if (end !== 'landed') log.warn(`The message of ask ${ask} cannot be finished: ${end.shut}`)
  await studio.chat.markDelivered(ask)
}

/** If even showing it fails, that is a bug, and the message says so instead of promising forever. */
async function whatCameOfIt({ ask, studio, log }: Follow): Promise<Message> {
  const pictures = await studio.pictures.ofAsk(ask)
  try {
    return await finalMessage(pictures, studio.pictures.files, studio.engine.model.canPaintOver)
  } catch (error) {
    log.error(`The pictures of ask ${ask} cannot be shown: ${describe(error)}`)
    return apologyMessage(pictures)
  }
}

/** Resolves when the last picture has ended; rejects when aborted. */
function allEnded(
  studio: Studio,
  ask: AskId,
  asked: Map<string, Progress>,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (fact: PictureFact) => {
      const progress = asked.get(fact.type === 'ended' ? fact.picture.id : fact.picture)
      if (!progress) return
      if (fact.type === 'ended') progress.picture = fact.picture
      else progress.last = fact
      if (fact.type === 'stepped' && fact.preview) progress.preview = fact.preview
      const isOver = [...asked.values()].every(({ picture }) => isEnd(picture.state))
      if (isOver) finish(resolve)
      else changed()
    }
    const finish = (settle: () => void) => {
      // The studio may tell what is already true before it has returned what stops it.
      queueMicrotask(() => unwatch())
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = () => finish(() => reject(signal.reason))
    if (signal.aborted) return reject(signal.reason)
    if (!asked.size) return resolve()
    signal.addEventListener('abort', abort)
    const unwatch = studio.pictures.watch(ask, hear, { previews: true })
  })
}

function isEnd(state: Picture['state']): boolean {
  return state === 'finished' || state === 'failed' || state === 'cancelled'
}
