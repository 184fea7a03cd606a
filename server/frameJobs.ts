import { errorText, UserError } from '../protocol/errors.ts'
import type { JobId, PersonId, Picture, PictureEvent, Studio } from '../studio/studio.ts'
import { encodeLossless, encodePreview } from './encoding.ts'
import { resultOf } from './frameHistory.ts'
import { type FrameInput, toPictureOptions } from './frameInput.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent } from './frameReducer.ts'
import { createSerialQueue } from './serialQueue.ts'

/** The durable requests of one frame, of which one at a time is followed. */
export interface FrameJobs {
  /** Requests a durable picture of the frame as it is now, and follows it. */
  request(by: PersonId): Promise<JobId>
  /** `input`: null for requests from before this program started. */
  follow(job: JobId, input: FrameInput | null, startedAt: number): void
  /** Follows no longer; the request itself goes on. */
  stop(): void
}

export function createFrameJobs(options: {
  readonly studio: Pick<Studio, 'pictures'>
  readonly reader: FrameReader
  dispatch(event: FrameEvent): void
  failed(message: string, cause: unknown): void
}): FrameJobs {
  const { studio, reader, dispatch, failed } = options
  let stop: () => void = () => undefined

  async function storeDrawing({ recipe, raster }: FrameInput, by: PersonId) {
    if (recipe.strength === null) return null
    return (await studio.pictures.files.take(by, await encodeLossless(raster), 'canvas')).file
  }

  function follow(job: JobId, input: FrameInput | null, startedAt: number): void {
    let isStopped = false
    // One after the other: encoding a step must not let it be overtaken by the picture.
    const queue = createSerialQueue(cause => failed('A frame could not follow its picture', cause))
    dispatch({ type: 'jobStarted', job })
    const stopWatching = studio.pictures.watch(
      job,
      event =>
        queue.push(async () => {
          if (!isStopped) await onEvent(event, input, startedAt)
        }),
      { previews: true },
    )
    stop = () => {
      isStopped = true
      stopWatching()
    }
  }

  async function onEvent(event: PictureEvent, input: FrameInput | null, startedAt: number): Promise<void> {
    const ms = Math.round(performance.now() - startedAt)
    if (event.type === 'queued') dispatch({ type: 'progressed', ahead: event.ahead })
    else if (event.type === 'started') dispatch({ type: 'progressed', ahead: null })
    else if (event.type === 'stepped') {
      const { step, steps, preview } = event
      if (!preview) return
      const picture = reader.pictureOf(await encodePreview(preview), 'image/webp', { input, ms, step: { step, steps } })
      dispatch({ type: 'jobStepped', preview: picture })
    } else dispatch(await endOf(event.picture, input, ms))
  }

  async function endOf(picture: Picture, input: FrameInput | null, ms: number): Promise<FrameEvent> {
    const { id, state, failure } = picture
    const ended = {
      type: 'jobEnded',
      id,
      input: input?.hash ?? null,
      result: resultOf(picture, reader.frameId),
    } as const
    const image = picture.file ? await studio.pictures.files.read(picture.file) : null
    if (state === 'finished' && image) {
      return { ...ended, outcome: { type: 'finished', picture: reader.pictureOf(image, 'image/png', { input, ms }) } }
    }
    if (failure) return { ...ended, outcome: { type: 'failed', message: errorText(failure) } }
    return { ...ended, outcome: { type: 'cancelled' } }
  }

  return {
    async request(by) {
      const startedAt = performance.now()
      const input = await reader.read()
      if (!input) throw new UserError('frame/missing')
      if (input.recipe.prompt === '') throw new UserError('frame/prompt')
      dispatch({ type: 'held' })
      try {
        const wanted = toPictureOptions(input, reader.room, await storeDrawing(input, by))
        const { job } = await studio.pictures.request(by, 'canvas', wanted)
        follow(job, input, startedAt)
        return job
      } finally {
        dispatch({ type: 'released' })
      }
    },
    follow,
    stop: () => stop(),
  }
}
