import { errorText, UserError } from '../protocol/errors.ts'
import { masksIn, type PaintOptions, stylesOfFrame } from '../protocol/frameOptions.ts'
import {
  asFileHash,
  asPictureId,
  type JobId,
  type PersonId,
  type Picture,
  type PictureEvent,
  type Studio,
} from '../studio/studio.ts'
import { encodeLossless, encodePreview } from './encoding.ts'
import { resultOf } from './frameHistory.ts'
import { type FrameInput, toPictureOptions } from './frameInput.ts'
import { pictureSettings, selectLent } from './frameOptions.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent } from './frameReducer.ts'
import { createSerialQueue } from './serialQueue.ts'

/** The durable requests of one frame, of which one at a time is followed. */
export interface FrameJobs {
  /** Requests a durable picture of the frame as it is now, or of what `options` ask instead, and follows it. */
  request(by: PersonId, options?: PaintOptions): Promise<JobId>
  /**
   * `input`: null for requests from before this program started. `isOther`: the picture is not that of the input, it
   * stands over it until something changes.
   */
  follow(job: JobId, input: FrameInput | null, startedAt: number, options?: { readonly isOther?: boolean }): void
  /** Follows no longer; the request itself goes on. */
  stop(): void
}

export function createFrameJobs(options: {
  readonly studio: Pick<Studio, 'pictures' | 'rooms'>
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

  const follow: FrameJobs['follow'] = (job, input, startedAt, { isOther = false } = {}) => {
    let isStopped = false
    // One after the other: encoding a step must not let it be overtaken by the picture.
    const queue = createSerialQueue(cause => failed('A frame could not follow its picture', cause))
    dispatch({ type: 'jobStarted', job })
    const stopWatching = studio.pictures.watch(
      job,
      event =>
        queue.push(async () => {
          if (!isStopped) await onEvent(event, { input, startedAt, isOther })
        }),
      { previews: true },
    )
    stop = () => {
      isStopped = true
      stopWatching()
    }
  }

  async function onEvent(event: PictureEvent, { input, startedAt, isOther }: Followed): Promise<void> {
    const ms = Math.round(performance.now() - startedAt)
    if (event.type === 'queued') dispatch({ type: 'progressed', ahead: event.ahead })
    else if (event.type === 'started') dispatch({ type: 'progressed', ahead: null })
    else if (event.type === 'stepped') {
      const { step, steps, preview } = event
      if (!preview) return
      const picture = reader.pictureOf(await encodePreview(preview), 'image/webp', { input, ms, step: { step, steps } })
      dispatch({ type: 'jobStepped', preview: picture })
    } else {
      const ended = await endOf(event.picture, input, ms)
      const { outcome, id } = ended
      if (!isOther || outcome.type !== 'finished') return dispatch(ended)
      const picture = { ...outcome.picture, inputHash: null, settings: null }
      dispatch({ ...ended, input: null, outcome: { ...outcome, picture } })
      // It is not what the frame says, so it is shown as an older result would be.
      dispatch({ type: 'restored', id, picture, file: event.picture.file!, over: input })
    }
  }

  async function endOf(picture: Picture, input: FrameInput | null, ms: number): Promise<EventOf<'jobEnded'>> {
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

  /** Masks that somebody names must be theirs to see; then they belong to the room. */
  async function checkFiles(options: PaintOptions, by: PersonId): Promise<void> {
    for (const file of masksIn(options)) {
      const isHere = await studio.rooms.addFile(reader.room, asFileHash(file), by)
      if (!isHere) throw new UserError('file/missing')
    }
  }

  /** What a frame asks the studio for, by itself or beginning with another picture's recipe. */
  async function start(by: PersonId, input: FrameInput, options: PaintOptions): Promise<JobId> {
    const { pictures } = studio
    const { frame } = input
    const settings = pictureSettings(options, selectLent(frame, stylesOfFrame(frame)))
    const { from } = options
    if (from === undefined) {
      const drawing = await storeDrawing(input, by)
      const requested = toPictureOptions(input, reader.room, drawing)
      return (await pictures.request(by, 'canvas', { ...requested, ...settings })).job
    }
    const parent = await pictures.see(by, asPictureId(from.picture))
    if (!parent) throw new UserError('picture/missing')
    const common = { ...settings, count: 1, frame: { room: reader.room, frameId: frame.id } }
    if (from.step === undefined) {
      return (await pictures.again(by, parent.id, { ...common, sameSeed: true })).job
    }
    const change = { ...stepSettings(input), ...common }
    return (await pictures.branch(by, parent.id, from.step, change)).job
  }

  return {
    async request(by, options = {}) {
      const startedAt = performance.now()
      const input = await reader.read()
      if (!input) throw new UserError('frame/missing')
      // Words of another picture need none of the frame's.
      const isOther = options.from !== undefined
      if (input.recipe.prompt === '' && !isOther) throw new UserError('frame/prompt')
      await checkFiles(options, by)
      dispatch({ type: 'held' })
      try {
        const job = await start(by, input, options)
        follow(job, input, startedAt, { isOther })
        return job
      } finally {
        dispatch({ type: 'released' })
      }
    },
    follow,
    stop: () => stop(),
  }
}

interface Followed {
  readonly input: FrameInput | null
  readonly startedAt: number
  readonly isOther: boolean
}
type EventOf<T extends FrameEvent['type']> = Extract<FrameEvent, { type: T }>

/** What a frame says of single steps, in place of what a branch's parent says: what it does not say is said by nobody. */
function stepSettings({ recipe: { prompt, seed, guidance, styles, settings } }: FrameInput) {
  const { negativePrompt, guidanceByStep, variation, regions } = settings
  return { prompt, seed, guidance, styles, negativePrompt, guidanceByStep, variation, regions }
}
