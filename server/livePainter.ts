import { type ErrorPayload, UserError } from '../protocol/errors.ts'
import type { Painting, PaintProgress, PaintResult, PersonId, Studio } from '../studio/studio.ts'
import { encodePreview } from './encoding.ts'
import { type FrameInput, toLiveRequest } from './frameInput.ts'
import { finerPass } from './frameOptions.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent, FramePicture } from './frameReducer.ts'
import { createSerialQueue } from './serialQueue.ts'

interface Failed {
  readonly type: 'failed'
  readonly error: ErrorPayload
}

/** Paints the live pictures of one frame, one at a time. */
export interface LivePainter {
  /** `startedAt`: when the frame was looked at. `onQueued`: how many pictures are painted before it. */
  paint(options: {
    readonly by: PersonId
    readonly input: FrameInput
    readonly startedAt: number
    onQueued(ahead: number): void
    /** What can be seen of it after a step; without, no step is shown. */
    readonly onStep?: ((preview: FramePicture) => void) | undefined
    /** At twice the side. */
    readonly isFiner?: boolean
  }): Promise<Extract<FrameEvent, { type: 'livePainted' }>>
  /** Milliseconds that this input takes by itself; null as long as nobody knows. */
  estimateMs(input: FrameInput): number | null
  /** Ends the picture that is being painted, if there is one; also one that is still being prepared. */
  cancel(): void
}

export function createLivePainter(
  { live }: Pick<Studio, 'live'>,
  reader: FrameReader,
  failed: (cause: unknown) => void,
): LivePainter {
  let cancelCurrent: () => void = () => undefined

  /** A request that can never be painted is a failure like any other here. */
  async function resultOf(start: () => Promise<Painting>): Promise<Exclude<PaintResult, { type: 'failed' }> | Failed> {
    let painting: Painting | null = null
    let isCancelled = false
    cancelCurrent = () => {
      isCancelled = true
      painting?.cancel()
    }
    try {
      painting = await start()
      if (isCancelled) painting.cancel()
      const result = await painting.ended
      if (result.type !== 'failed') return result
      const { code, message } = result
      return { type: 'failed', error: new UserError(code, message).payload }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { type: 'failed', error: error.payload }
    } finally {
      cancelCurrent = () => undefined
    }
  }

  return {
    async paint({ by, input, startedAt, onQueued, onStep, isFiner = false }) {
      const request = {
        ...toLiveRequest(input, reader.room),
        ...(isFiner && finerPass),
        ...(onStep && { showsSteps: true }),
      }
      let isOver = false
      // One after the other: encoding a step must not let it be overtaken by the next.
      const steps = createSerialQueue(failed)
      async function show({ step, steps: of, preview }: Extract<PaintProgress, { type: 'stepped' }>): Promise<void> {
        if (!preview || isOver) return
        const ms = Math.round(performance.now() - startedAt)
        const image = await encodePreview(preview)
        const picture = reader.pictureOf(image, 'image/webp', { input, ms, step: { step, steps: of } })
        if (!isOver) onStep?.(picture)
      }
      const result = await resultOf(() =>
        live.paint(by, request, progress => {
          if (progress.type === 'queued') onQueued(progress.ahead)
          else if (progress.type === 'stepped') steps.push(() => show(progress))
        }),
      )
      isOver = true
      const ended = { type: 'livePainted', input: input.hash } as const
      if (result.type === 'failed') return { ...ended, outcome: result, save: null }
      if (result.type !== 'finished') return { ...ended, outcome: { type: result.type }, save: null }
      const image = await encodePreview(result.picture)
      const ms = Math.round(performance.now() - startedAt)
      const picture = reader.pictureOf(image, 'image/webp', { input, ms, isFiner })
      const save = { by, request, result, inputHash: input.hash, clock: input.clock }
      return { ...ended, outcome: { type: 'finished', picture }, save }
    },
    estimateMs: input => live.estimateMs(toLiveRequest(input, reader.room)),
    cancel: () => cancelCurrent(),
  }
}
