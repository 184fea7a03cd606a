import type { ChatReplyTarget, JobId, Picture, PictureEvent, Studio } from '../../studio/studio.ts'
import { apologyMessage, type FinalOptions, finalMessage, type Progress, progressMessage } from '../messages/replies.ts'
import type { Translate } from '../text/translate.ts'
import type { MessageUpdater } from './follow.ts'
import { watchUntil } from './watchUntil.ts'

export interface PictureUpdaterOptions {
  readonly job: JobId
  readonly pictures: readonly Picture[]
  readonly target: ChatReplyTarget
  readonly createdAt: Date
  readonly studio: Studio
  readonly links: PictureLinks
  /** Whether its pictures are shown only to those who want to see them. */
  readonly isSpoiler: () => Promise<boolean>
  /** In the language of those who read it. */
  readonly translate: () => Promise<Translate>
}

/** What the updater of a job is called. */
export const pictureName = (job: JobId): string => `job ${job}`

/** The message of a job: the pictures as they are painted, then what came of them. */
export function pictureUpdater({
  job,
  pictures,
  target,
  createdAt,
  studio,
  links,
  isSpoiler,
  translate,
}: PictureUpdaterOptions): MessageUpdater {
  const progressOf = new Map<string, Progress>(
    pictures.map(picture => [picture.id, { picture, last: null, preview: null }] as const),
  )
  return {
    ...{ name: pictureName(job), target, createdAt },
    async final() {
      return finalMessage(
        await studio.pictures.ofJob(job),
        finalOptions(await translate(), studio, links, await isSpoiler()),
      )
    },
    apology: async () => apologyMessage(await translate(), await studio.pictures.ofJob(job)),
    isMine: () => studio.chat.isMine(job),
    markDelivered: () => studio.chat.markDelivered(job),

    subscribe: async (offer, signal) => {
      if (!progressOf.size) return
      const watch = (listener: (event: PictureEvent) => void) =>
        studio.pictures.watch(job, listener, { previews: true })
      const onEvent = (event: PictureEvent, end: () => void) => {
        const progress = progressOf.get(event.type === 'ended' ? event.picture.id : event.picture)
        if (!progress) return
        if (event.type === 'ended') progress.picture = event.picture
        else progress.last = event
        if (event.type === 'stepped' && event.preview) progress.preview = event.preview
        const isOver = [...progressOf.values()].every(({ picture }) => isEnd(picture.state))
        if (isOver) end()
        else {
          offer(async () => ({
            ...(await progressMessage(await translate(), [...progressOf.values()])),
            isSpoiler: await isSpoiler(),
          }))
        }
      }
      await watchUntil(watch, onEvent, signal)
    },
  }
}

/** How pictures lead out of chat. */
export interface PictureLinks {
  /** Whether there is a canvas that others can open. */
  readonly canOpen: boolean
  /** Where a picture can be seen, by its link's secret. */
  pictureUrl(secret: string): string | null
}

/** What the final message of this studio's pictures is made with. */
export function finalOptions(t: Translate, studio: Studio, links: PictureLinks, isSpoiler: boolean): FinalOptions {
  const { pictures, engine, readPrompt } = studio
  return {
    ...{ t, files: pictures.files, canVary: engine.model.canPaintOver, canOpen: links.canOpen, readPrompt, isSpoiler },
    async pictureUrl({ owner, id }) {
      // Whoever reads the channel sees the picture there, so its link may stand beside it.
      return links.canOpen ? links.pictureUrl(await pictures.link(owner, id)) : null
    },
  }
}

function isEnd(state: Picture['state']): boolean {
  return state === 'finished' || state === 'failed' || state === 'cancelled'
}
