import type { ChatReplyTarget, JobId, Picture, PictureEvent, Studio } from '../../studio/studio.ts'
import { apologyMessage, finalMessage, type Progress, progressMessage } from '../messages/replies.ts'
import type { MessageUpdater } from './follow.ts'

export interface PictureUpdaterOptions {
  readonly job: JobId
  readonly pictures: readonly Picture[]
  readonly target: ChatReplyTarget
  readonly createdAt: Date
  readonly studio: Studio
}

/** The message of a job: the pictures as they are painted, then what came of them. */
export function pictureUpdater({ job, pictures, target, createdAt, studio }: PictureUpdaterOptions): MessageUpdater {
  const progressOf = new Map<string, Progress>(
    pictures.map(picture => [picture.id, { picture, last: null, preview: null }] as const),
  )
  return {
    ...{ name: `job ${job}`, target, createdAt },
    final: async () =>
      finalMessage(await studio.pictures.ofJob(job), studio.pictures.files, studio.engine.model.canPaintOver),
    apology: async () => apologyMessage(await studio.pictures.ofJob(job)),
    markDelivered: () => studio.chat.markDelivered(job),

    subscribe: (offer, signal) =>
      new Promise((resolve, reject) => {
        const onEvent = (event: PictureEvent) => {
          const progress = progressOf.get(event.type === 'ended' ? event.picture.id : event.picture)
          if (!progress) return
          if (event.type === 'ended') progress.picture = event.picture
          else progress.last = event
          if (event.type === 'stepped' && event.preview) progress.preview = event.preview
          const isOver = [...progressOf.values()].every(({ picture }) => isEnd(picture.state))
          if (isOver) finish(resolve)
          else offer(() => progressMessage([...progressOf.values()]))
        }
        const finish = (settle: () => void) => {
          // The studio may tell what is already true before it has returned what stops it.
          queueMicrotask(() => unwatch())
          signal.removeEventListener('abort', abort)
          settle()
        }
        const abort = () => finish(() => reject(signal.reason))
        if (signal.aborted) return reject(signal.reason)
        if (!progressOf.size) return resolve()
        signal.addEventListener('abort', abort)
        const unwatch = studio.pictures.watch(job, onEvent, { previews: true })
      }),
  }
}

function isEnd(state: Picture['state']): boolean {
  return state === 'finished' || state === 'failed' || state === 'cancelled'
}
