import { errorText, UserError } from '../protocol/errors.ts'
import type { Painting, PaintResult, PersonId, Studio } from '../studio/studio.ts'
import { encodePreview } from './encoding.ts'
import { type FrameInput, toLiveRequest } from './frameInput.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent } from './frameReducer.ts'

/** Paints the live pictures of one frame, one at a time. */
export interface LivePainter {
  /** `startedAt`: when the frame was looked at. `onQueued`: how many pictures are painted before it. */
  paint(options: {
    readonly by: PersonId
    readonly input: FrameInput
    readonly startedAt: number
    onQueued(ahead: number): void
  }): Promise<Extract<FrameEvent, { type: 'livePainted' }>>
  /** Ends the picture that is being painted, if there is one; also one that is still being prepared. */
  cancel(): void
}

export function createLivePainter({ live }: Pick<Studio, 'live'>, reader: FrameReader): LivePainter {
  let cancelCurrent: () => void = () => undefined

  /** A request that can never be painted is a failure like any other here. */
  async function resultOf(start: () => Promise<Painting>): Promise<PaintResult | { type: 'failed'; message: string }> {
    let painting: Painting | null = null
    let isCancelled = false
    cancelCurrent = () => {
      isCancelled = true
      painting?.cancel()
    }
    try {
      painting = await start()
      if (isCancelled) painting.cancel()
      return await painting.ended
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { type: 'failed', message: errorText(error) }
    } finally {
      cancelCurrent = () => undefined
    }
  }

  return {
    async paint({ by, input, startedAt, onQueued }) {
      const request = toLiveRequest(input, reader.room)
      const result = await resultOf(() =>
        live.paint(by, request, progress => {
          if (progress.type === 'queued') onQueued(progress.ahead)
        }),
      )
      const ended = { type: 'livePainted', input: input.hash } as const
      if (result.type === 'failed')
        return { ...ended, outcome: { type: 'failed', message: result.message }, save: null }
      if (result.type !== 'finished') return { ...ended, outcome: { type: result.type }, save: null }
      const image = await encodePreview(result.picture)
      const picture = reader.pictureOf(image, 'image/webp', { input, ms: Math.round(performance.now() - startedAt) })
      const save = { by, request, result, inputHash: input.hash, clock: input.clock }
      return { ...ended, outcome: { type: 'finished', picture }, save }
    },
    cancel: () => cancelCurrent(),
  }
}
