import { UserError } from '../protocol/errors.ts'
import type { StyleProgress } from '../protocol/styles.ts'
import type { LearningEvent, LearningId, Person, Studio } from '../studio/studio.ts'
import { encodePreview } from './encoding.ts'
import { createSerialQueue } from './serialQueue.ts'
import { learningShown } from './styleViews.ts'

/** Learnings that one page watches. */
export interface LearningWatch {
  watch(learning: LearningId, by: Person): Promise<void>
  unwatch(learning: LearningId): void
  close(): void
}

/** More than one page has any use for. */
const maxWatched = 20

export function createLearningWatch(options: {
  readonly studio: Studio
  emit(progress: StyleProgress): void
  failed(message: string, cause: unknown): void
}): LearningWatch {
  const { studio, emit, failed } = options
  const watched = new Map<LearningId, () => void>()

  function unwatch(learning: LearningId): void {
    watched.get(learning)?.()
    watched.delete(learning)
  }

  return {
    unwatch,
    async watch(id, by) {
      const learning = await studio.styles.findLearning(id)
      if (!learning || learning.owner !== by.id) throw new UserError('style/missing')
      unwatch(id)
      if (watched.size >= maxWatched) unwatch(watched.keys().next().value!)
      // Events go out one after the other: encoding must not let a step overtake pictures.
      const queue = createSerialQueue(cause => failed('A learning could not be followed', cause))
      const onEvent = (event: LearningEvent) =>
        queue.push(async () => {
          if (!watched.has(id)) return
          emit(await progressOf(id, event))
          if (event.type === 'ended') unwatch(id)
        })
      watched.set(id, () => undefined)
      watched.set(id, studio.styles.watch(id, onEvent))
    },
    close() {
      for (const id of [...watched.keys()]) unwatch(id)
    },
  }
}

async function progressOf(learning: LearningId, event: LearningEvent): Promise<StyleProgress> {
  if (event.type === 'ended') {
    const { learning: ended } = event
    return { type: 'ended', learning, style: ended.style, state: learningShown(ended) }
  }
  if (event.type !== 'painted') return { ...event, learning }
  const pictures = await Promise.all(event.pictures.map(encodePreview))
  return { type: 'painted', learning, step: event.step, pictures }
}
