import type { ChatReplyTarget, JobId, Picture, PictureEvent, Studio } from '../studio/studio.ts'
import type { Story } from './follow.ts'
import { apologyMessage, finalMessage, type Progress, progressMessage } from './replies.ts'

export interface PictureStory {
  readonly job: JobId
  readonly pictures: readonly Picture[]
  readonly target: ChatReplyTarget
  readonly askedAt: Date
  readonly studio: Studio
}

/** The message of an ask: the pictures as they are painted, then what came of them. */
export function pictureStory({ job, pictures, target, askedAt, studio }: PictureStory): Story {
  const asked = new Map<string, Progress>(
    pictures.map(picture => [picture.id, { picture, last: null, preview: null }] as const),
  )
  return {
    ...{ name: `ask ${job}`, target, askedAt },
    final: async () =>
      finalMessage(await studio.pictures.ofJob(job), studio.pictures.files, studio.engine.model.canPaintOver),
    apology: async () => apologyMessage(await studio.pictures.ofJob(job)),
    delivered: () => studio.chat.markDelivered(job),

    unfold: (offer, signal) =>
      new Promise((resolve, reject) => {
        const hear = (fact: PictureEvent) => {
          const progress = asked.get(fact.type === 'ended' ? fact.picture.id : fact.picture)
          if (!progress) return
          if (fact.type === 'ended') progress.picture = fact.picture
          else progress.last = fact
          if (fact.type === 'stepped' && fact.preview) progress.preview = fact.preview
          const isOver = [...asked.values()].every(({ picture }) => isEnd(picture.state))
          if (isOver) finish(resolve)
          else offer(() => progressMessage([...asked.values()]))
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
        const unwatch = studio.pictures.watch(job, hear, { previews: true })
      }),
  }
}

function isEnd(state: Picture['state']): boolean {
  return state === 'finished' || state === 'failed' || state === 'cancelled'
}
