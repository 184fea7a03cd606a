import { UserError } from '../protocol/errors.ts'
import { masksIn, type PaintOptions, stylesOfFrame } from '../protocol/frameOptions.ts'
import { snapStrength } from '../protocol/strength.ts'
import {
  asFileHash,
  asPictureId,
  encodeMask,
  type FileHash,
  isPaintable,
  type JobId,
  type PersonId,
  type Picture,
  type PictureEvent,
  type PictureOptions,
  type Studio,
} from '../studio/studio.ts'
import { encodeLossless, encodePreview, sizeOf } from './encoding.ts'
import { resultOf } from './frameHistory.ts'
import { type FrameInput, settingsText, toPictureOptions } from './frameInput.ts'
import { finerPass, pictureSettings, selectLent } from './frameOptions.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent } from './frameReducer.ts'
import { createSerialQueue } from './serialQueue.ts'

/** The durable requests of one frame, of which one at a time is followed. */
export interface FrameJobs {
  /** Requests a durable picture of the frame as it is now, or of what `options` ask instead, and follows it. */
  request(by: PersonId, options?: PaintOptions): Promise<JobId>
  /**
   * `input`: null for requests from before this program started. Where `options` ask for another picture than that of
   * the input, it stands over it until something changes.
   */
  follow(job: JobId, input: FrameInput | null, startedAt: number, options?: PaintOptions): void
  /** Follows no longer; the request itself goes on. */
  stop(): void
}

export function createFrameJobs(options: {
  readonly studio: Pick<Studio, 'pictures' | 'rooms' | 'engine'>
  readonly reader: FrameReader
  dispatch(event: FrameEvent): void
  failed(message: string, cause: unknown): void
}): FrameJobs {
  const { studio, reader, dispatch, failed } = options
  let stop: () => void = () => undefined

  /** What is drawn, as files; but for its ink mask where the picture grows around it. */
  async function storeDrawing({ recipe, raster }: FrameInput, by: PersonId, { isGrowing }: { isGrowing: boolean }) {
    if (recipe.strength === null) return { image: null }
    const store = async (bytes: Uint8Array) => (await studio.pictures.files.take(by, bytes, 'canvas')).file
    const image = await store(await encodeLossless(raster))
    return { image, inkMask: raster.inkMask && !isGrowing ? await store(await encodeMask(raster.inkMask)) : null }
  }

  const follow: FrameJobs['follow'] = (job, input, startedAt, options = {}) => {
    let isStopped = false
    // One after the other: encoding a step must not let it be overtaken by the picture.
    const queue = createSerialQueue(cause => failed('A frame could not follow its picture', cause))
    dispatch({ type: 'jobStarted', job })
    const stopWatching = studio.pictures.watch(
      job,
      event =>
        queue.push(async () => {
          if (!isStopped) await onEvent(event, { input, startedAt, options })
        }),
      { previews: true },
    )
    stop = () => {
      isStopped = true
      stopWatching()
    }
  }

  async function onEvent(event: PictureEvent, { input, startedAt, options }: Followed): Promise<void> {
    const ms = Math.round(performance.now() - startedAt)
    if (event.type === 'queued') dispatch({ type: 'progressed', ahead: event.ahead })
    else if (event.type === 'started') dispatch({ type: 'progressed', ahead: null })
    else if (event.type === 'stepped') {
      const { step, steps, preview } = event
      // It would be pressed into its frame, which is not as large yet.
      if (!preview || options.outpaint) return
      const picture = reader.pictureOf(await encodePreview(preview), 'image/webp', { input, ms, step: { step, steps } })
      dispatch({ type: 'jobStepped', preview: picture })
    } else {
      const ended = await endOf(event.picture, input, ms)
      const { outcome, id } = ended
      if (!isOther(options) || outcome.type !== 'finished') return dispatch(ended)
      // As the frame's paper it has nothing new to paint in what it was not asked to change.
      const settings = options.image === undefined ? null : settingsAfter(input, options)
      const size = options.outpaint ? null : outcome.picture.size
      const picture = { ...outcome.picture, inputHash: null, settings, size }
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
      const isFiner = picture.recipe.upscale !== undefined
      const shown = reader.pictureOf(image, 'image/png', { input, ms, isFiner })
      return { ...ended, outcome: { type: 'finished', picture: shown } }
    }
    if (failure) return { ...ended, outcome: { type: 'failed', error: failure } }
    return { ...ended, outcome: { type: 'cancelled' } }
  }

  /** Files that somebody names must be theirs to see; then they belong to the room. */
  async function checkFiles(options: PaintOptions, by: PersonId): Promise<void> {
    for (const file of [...masksIn(options), ...(options.image === undefined ? [] : [options.image])]) {
      const isHere = await studio.rooms.addFile(reader.room, asFileHash(file), by)
      if (!isHere) throw new UserError('file/missing')
    }
  }

  /** The input as a request that paints over another image than the drawing, in the image's own size if the model can. */
  async function overImage(input: FrameInput, file: FileHash): Promise<PictureOptions> {
    const requested = toPictureOptions(input, reader.room, { image: file })
    const image = await studio.pictures.files.read(file)
    const size = image && (await sizeOf(image))
    const over = { image: file, strength: requested.strength ?? snapStrength(input.frame.strength, input.frame.steps) }
    return { ...requested, ...over, ...(size && isPaintable(studio.engine.model.sizes, size) && size) }
  }

  /** What a frame asks the studio for, by itself or beginning with another picture's recipe. */
  async function start(by: PersonId, input: FrameInput, wanted: PaintOptions): Promise<JobId> {
    const { pictures } = studio
    const { frame } = input
    const { from, image, prompt, strength, ...options } = wanted
    const ofPrompt = {
      ...(prompt !== undefined && { prompt: prompt.trim() }),
      ...(strength !== undefined && { strength }),
    }
    const settings = { ...pictureSettings(options, selectLent(frame, stylesOfFrame(frame))), ...ofPrompt }
    if (from === undefined) {
      const requested =
        image === undefined
          ? toPictureOptions(
              input,
              reader.room,
              await storeDrawing(input, by, { isGrowing: options.outpaint !== undefined }),
            )
          : await overImage(input, asFileHash(image))
      const finer = input.isFiner && !isOther(wanted) ? finerPass : {}
      return (await pictures.request(by, 'canvas', { ...requested, ...finer, ...settings })).job
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
      if (options.from === undefined && (options.prompt ?? input.recipe.prompt) === '')
        throw new UserError('frame/prompt')
      await checkFiles(options, by)
      dispatch({ type: 'held' })
      try {
        const job = await start(by, input, options)
        follow(job, input, startedAt, options)
        return job
      } finally {
        dispatch({ type: 'released' })
      }
    },
    follow,
    stop: () => stop(),
  }
}

/**
 * What a frame says once its picture is the one that was asked for: what it said, but for the masks of its regions, which
 * grow with the picture. null: nobody remembers.
 */
function settingsAfter(input: FrameInput | null, { outpaint, regions }: PaintOptions): string | null {
  if (!input) return null
  const { frame } = input
  const grown = outpaint && regions && pictureSettings({ regions }, selectLent(frame, stylesOfFrame(frame)))
  return settingsText(input, grown)
}

interface Followed {
  readonly input: FrameInput | null
  readonly startedAt: number
  readonly options: PaintOptions
}

/** Whether what is asked for is another picture than what the frame says. */
const isOther = ({ from, image, prompt, strength, outpaint }: PaintOptions): boolean =>
  [from, image, prompt, strength, outpaint].some(each => each !== undefined)

type EventOf<T extends FrameEvent['type']> = Extract<FrameEvent, { type: T }>

/** What a frame says of single steps, in place of what a branch's parent says: what it does not say is said by nobody. */
function stepSettings({ recipe: { prompt, seed, guidance, styles, settings } }: FrameInput) {
  const { negativePrompt, guidanceByStep, variation, regions } = settings
  return { prompt, seed, guidance, styles, negativePrompt, guidanceByStep, variation, regions }
}
