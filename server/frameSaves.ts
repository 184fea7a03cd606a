import { limits } from '../protocol/limits.ts'
import type { Studio } from '../studio/studio.ts'
import { resultOf } from './frameHistory.ts'
import type { FrameEvent, PendingSave } from './frameReducer.ts'
import { createSerialQueue } from './serialQueue.ts'

/** Pictures that wait while one is saved. Where they come faster than that, the oldest of them is left out. */
export const maxWaitingSaves = 3

/** Makes live pictures of one frame durable, one after the other. */
export interface FrameSaves {
  save(pending: PendingSave): void
  /** Resolves when nothing is left to save. */
  done(): Promise<void>
}

export function createFrameSaves(options: {
  readonly studio: Pick<Studio, 'live'>
  readonly frameId: string
  dispatch(event: FrameEvent): void
  failed(message: string, cause: unknown): void
}): FrameSaves {
  const { studio, frameId, dispatch, failed } = options
  const queue = createSerialQueue(cause => failed('A live picture could not be saved', cause))

  async function saveNow({ by, request, result, inputHash, clock }: PendingSave): Promise<void> {
    const picture = await studio.live.save(by, request, result, { newest: limits.maxResultsPerFrame })
    dispatch({ type: 'saved', id: picture.id, input: inputHash, clock, result: resultOf(picture, frameId) })
  }

  /** Each holds a picture and the drawing beneath it, half a megabyte. */
  const waiting: PendingSave[] = []

  return {
    save(pending) {
      waiting.push(pending)
      if (waiting.length > maxWaitingSaves) waiting.shift()
      queue.push(async () => {
        const oldest = waiting.shift()
        if (oldest) await saveNow(oldest)
      })
    },
    done: queue.done,
  }
}
