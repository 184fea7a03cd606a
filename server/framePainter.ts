import sharp from 'sharp'
import type { FrameResult, FrameShown, FrameState } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { Change, FrameStyle } from '../protocol/scene.ts'
import { Refusal } from '../studio/refusals.ts'
import type { JobId, LiveRequest, PersonId, Picture, PictureEvent, Studio } from '../studio/studio.ts'
import { type FrameInput, readFrameInput } from './frameInput.ts'
import { createGuard } from './guard.ts'
import type { Images } from './images.ts'
import { openingFrameId } from './opening.ts'
import { createFrameRaster } from './raster.ts'
import { Refused, serverRefusals, wordsOf } from './refusals.ts'
import type { Room } from './room.ts'
import type { FrameRecord } from './roomRecord.ts'
import { mayUse } from './stylePermission.ts'

type Painting = Awaited<ReturnType<Studio['live']['paint']>>
type PaintEnd = Awaited<Painting['ended']>
type Finished = Extract<PaintEnd, { type: 'finished' }>
type Rgb = Finished['picture']

/** A live picture and what it was painted from. */
interface Settled {
  readonly by: PersonId
  readonly ask: LiveRequest
  readonly end: Finished
  readonly input: string
}

/** What a frame needs of its room. */
export interface FrameDesk {
  readonly studio: Studio
  readonly images: Images
  readonly room: Room
  /** The picture that the room was made for; the opening frame shows it until somebody changes something. */
  readonly opening: Picture | null
  /** Whether anybody is looking; nobody pays for pictures that nobody sees. */
  isWatched(): boolean
  tell(state: FrameState): void
  show(shown: Omit<FrameShown, 'id'>, image: Uint8Array): void
  keep(result: FrameResult): void
  failed(words: string, cause: unknown): void
}

/** Keeps one frame's picture true to what is drawn in it, and its results at hand. */
export interface FramePainter {
  readonly state: FrameState
  /** The picture that the frame shows, for those who come later. */
  readonly shown: { readonly shown: Omit<FrameShown, 'id'>; readonly image: Uint8Array } | null
  readonly record: FrameRecord | null
  /** Something in the frame, or the frame, may look different; `isTyping`: more of it will come in a moment. */
  touch(by: PersonId, options?: { isTyping?: boolean }): void
  paint(by: PersonId): Promise<JobId>
  cancel(by: PersonId): Promise<void>
  history(): Promise<FrameResult[]>
  restore(picture: string, by: PersonId): Promise<void>
  close(): Promise<void>
}

/** Words are worth painting when the typing pauses. */
const typingPauseMs = 200
/** A frame that is not live only finds out whether it is stale. */
const lookAgainMs = 300
/** A live picture that nothing has replaced for so long is a result. */
const settledMs = 1_000

export async function openFramePainter(frameId: string, by: PersonId, desk: FrameDesk): Promise<FramePainter> {
  const { studio, room } = desk
  const guard = createGuard(desk.failed)
  const raster = createFrameRaster()
  let state: FrameState = { frameId, state: 'empty', words: null, ms: null, ahead: null }
  let shown: FramePainter['shown'] = null
  /** The hash of the input that `shown` was painted from. */
  let shownInput: string | null = null
  /** The input that failed or was cancelled; it is not tried again before it changes. */
  let givenUp: string | null = null
  let record: FrameRecord | null = null
  let newest: string | null = null

  let isDirty = false
  let isClosed = false
  let holds = 0
  let isWorking = false
  let working = Promise.resolve()
  let live: Painting | null = null
  let asked: { readonly ask: JobId; readonly stop: () => void } | null = null
  /** A durable ask that has no row yet. */
  let asking: Promise<JobId> | null = null
  /** A live picture that is not durable yet. */
  let unkept: Settled | null = null
  let keeping = Promise.resolve()
  let pause: NodeJS.Timeout | null = null
  let settling: NodeJS.Timeout | null = null

  function setState(next: Partial<FrameState> & Pick<FrameState, 'state'>) {
    const before = state
    state = { frameId, words: null, ms: before.ms, ahead: null, ...next }
    const isNews = Object.entries(state).some(([key, value]) => before[key as keyof FrameState] !== value)
    if (isNews && !isClosed) desk.tell(state)
  }

  const read = () => readFrameInput(frameId, room, raster, desk.images, studio)
  const isLive = () => {
    const frame = room.scene.elements.get(frameId)
    return frame?.kind === 'frame' && frame.live
  }

  /** Looks at the frame until nothing in it is newer than what was looked at: one in flight, newest next. */
  function work() {
    isDirty = true
    if (!isWorking) working = workUntilClean()
  }

  async function workUntilClean() {
    isWorking = true
    try {
      while (isDirty && !isClosed && holds === 0 && !asked && desk.isWatched()) {
        isDirty = false
        await look()
      }
    } catch (error) {
      desk.failed('A frame could not be painted', error)
      setState({ state: 'failed', words: serverRefusals['server/bug'] })
    } finally {
      isWorking = false
    }
  }

  async function look() {
    const startedAt = performance.now()
    const input = await read()
    if (!input || input.hash === givenUp) return
    const { prompt } = input.recipe
    if (input.hash === shownInput) setState({ state: 'fresh' })
    else if (input.frame.live && prompt !== '') await paintLive(input, startedAt)
    else setState({ state: shown ? 'stale' : 'empty', words: prompt ? null : serverRefusals['frame/prompt'] })
  }

  async function paintLive(input: FrameInput, startedAt: number) {
    setState({ state: 'rendering' })
    const { strength, ...recipe } = input.recipe
    const { width, height, data } = input.raster
    const ask: LiveRequest = {
      room: room.id,
      frameId,
      ...recipe,
      width,
      height,
      ...(strength === null ? {} : { strength, image: { width, height, data } }),
    }
    const end = await endOf(() =>
      studio.live.paint(by, ask, progress => {
        if (progress.type === 'queued') setState({ state: 'rendering', ahead: progress.ahead })
      }),
    )
    // A durable ask or an older picture has taken over.
    if (isClosed || asked || holds > 0) return
    if (end.type === 'finished') {
      const ms = Math.round(performance.now() - startedAt)
      await present(await encode(end.picture), 'image/webp', { input, ms })
      if (!isDirty) setState({ state: 'fresh', ms })
      unkept = { by, ask, end, input: input.hash }
      settle()
    } else if (end.type !== 'replaced') {
      givenUp = input.hash
      if (end.type === 'failed') setState({ state: 'failed', words: end.words })
      else setState({ state: shown ? 'stale' : 'empty' })
    }
  }

  /** An ask that can never be painted is a failure like any other here. */
  async function endOf(paint: () => Promise<Painting>): Promise<PaintEnd | { type: 'failed'; words: string }> {
    try {
      live = await paint()
      // A durable ask has come while it was being prepared.
      if (isClosed || holds > 0) live.cancel()
      return await live.ended
    } catch (error) {
      const words = wordsOf(error)
      if (!words) throw error
      return { type: 'failed', words: words.words }
    } finally {
      live = null
    }
  }

  function present(
    image: Uint8Array,
    type: FrameShown['type'],
    of: { input: FrameInput | null; ms: number; step?: FrameShown['step'] },
  ) {
    const frame = of.input?.frame ?? room.scene.elements.get(frameId)
    if (frame?.kind !== 'frame') return
    const { x, y, width, height } = frame
    const step = of.step ?? null
    const clock = of.input?.clock ?? room.clock
    const fact = { frameId, clock, step, ms: of.ms, box: { x, y, width, height }, type }
    desk.show(fact, image)
    if (step) return
    shown = { shown: fact, image }
    shownInput = of.input?.hash ?? null
    givenUp = null
  }

  function settle() {
    if (settling) clearTimeout(settling)
    settling = setTimeout(guard('A live picture could not be kept', keepNow), settledMs)
    settling.unref()
  }

  /** Makes the live picture durable that people have settled on; resolves when nothing is left to keep. */
  function keepNow(): Promise<void> {
    if (settling) clearTimeout(settling)
    settling = null
    const result = unkept
    unkept = null
    if (result) keeping = keeping.then(() => makeDurable(result))
    return keeping
  }

  async function makeDurable({ by, ask, end, input }: Settled) {
    try {
      keep(await studio.live.save(by, ask, end, { newest: limits.maxResultsPerFrame }), input)
    } catch (error) {
      desk.failed('A live picture could not be kept', error)
    }
  }

  function keep(picture: Picture, input: string | null) {
    newest = picture.id
    record = input === null ? null : { picture: picture.id, input, newest }
    const result = resultOf(picture, frameId)
    if (result) desk.keep(result)
  }

  async function ask(asker: PersonId): Promise<JobId> {
    const startedAt = performance.now()
    const input = await read()
    if (!input) throw new Refused('frame/missing')
    if (input.recipe.prompt === '') throw new Refused('frame/prompt')
    return onHold(async () => {
      const { strength, ...recipe } = input.recipe
      const { width, height, data } = input.raster
      const over = strength === null ? {} : { strength, image: await storeRaster({ width, height, data }) }
      const frame = { room: room.id, frameId }
      const { job } = await studio.pictures.request(asker, 'canvas', { ...recipe, width, height, ...over, frame })
      follow(job, input, startedAt)
      return job
    })
  }

  /** Ends live painting and keeps it from starting again meanwhile. */
  async function onHold<T>(action: () => Promise<T>): Promise<T> {
    holds++
    try {
      live?.cancel()
      return await action()
    } finally {
      holds--
      work()
    }
  }

  /** Shows each step of a durable ask, and its picture. `input` is unknown for asks from before a restart. */
  function follow(ask: JobId, input: FrameInput | null, startedAt: number) {
    // Facts are handled one after the other: encoding must not let a step overtake the picture.
    let line = Promise.resolve()
    const handle = (fact: PictureEvent) => {
      line = line
        .then(() => onFact(fact, input, startedAt))
        .catch(error => desk.failed('A frame could not follow its picture', error))
    }
    asked = { ask, stop: () => undefined }
    setState({ state: 'rendering' })
    asked = { ask, stop: studio.pictures.watch(ask, handle, { previews: true }) }
  }

  async function onFact(fact: PictureEvent, input: FrameInput | null, startedAt: number) {
    if (isClosed) return
    const ms = Math.round(performance.now() - startedAt)
    if (fact.type === 'queued') setState({ state: 'rendering', ahead: fact.ahead })
    else if (fact.type === 'started') setState({ state: 'rendering' })
    else if (fact.type === 'stepped') {
      const { step, steps, preview } = fact
      if (preview) present(await encode(preview), 'image/webp', { input, ms, step: { step, steps } })
    } else await onEnd(fact.picture, input, ms)
  }

  async function onEnd(picture: Picture, input: FrameInput | null, ms: number) {
    asked?.stop()
    asked = null
    const image = picture.file ? await studio.pictures.files.read(picture.file) : null
    if (picture.state === 'finished' && image) {
      present(image, 'image/png', { input, ms })
      setState({ state: 'fresh', ms })
      keep(picture, shownInput)
    } else {
      // The last step's preview is still on screens: put back what the frame shows.
      if (shown) desk.show(shown.shown, shown.image)
      givenUp = input?.hash ?? null
      if (picture.failure) setState({ state: 'failed', words: picture.failure.words })
      else setState({ state: shown ? 'stale' : 'empty' })
    }
    work()
  }

  /** What was there before this program started: the picture to show, and asks that are still on their way. */
  async function recall() {
    const pictures = await allPictures()
    const finished = pictures.filter(picture => picture.state === 'finished')
    newest = finished[0]?.id ?? null
    const known = room.frameRecords[frameId]
    const isCurrent = known !== undefined && known.newest === newest
    const picture = finished.find(one => isCurrent && one.id === known.picture) ?? finished[0]
    const image = picture?.file ? await studio.pictures.files.read(picture.file) : null
    if (picture && image) {
      present(image, 'image/png', { input: null, ms: Math.round(picture.output?.totalMs ?? 0) })
      if (isCurrent && picture.id === known.picture) shownInput = known.input
      else if (picture === desk.opening) shownInput = (await read())?.hash ?? null
      if (shownInput !== null) record = { picture: picture.id, input: shownInput, newest: finished[0]!.id }
      setState({ state: 'stale' })
    }
    const waiting = pictures.find(one => one.state === 'queued' || one.state === 'running')
    if (waiting) follow(waiting.job, null, performance.now())
  }

  /** Newest first; the picture that the room opened with is the oldest. */
  async function allPictures(limit: number = limits.maxResultsPerFrame) {
    const pictures = await studio.pictures.ofFrame(room.id, frameId, limit)
    const isRoomForOpening = frameId === openingFrameId && desk.opening && pictures.length < limit
    return isRoomForOpening ? [...pictures, desk.opening] : pictures
  }

  await recall()
  return {
    get state() {
      return state
    },
    get shown() {
      return shown
    },
    get record() {
      return record
    },
    touch(toucher, { isTyping = false } = {}) {
      by = toucher
      if (pause) clearTimeout(pause)
      pause = null
      const waitMs = !isLive() ? lookAgainMs : isTyping ? typingPauseMs : 0
      if (waitMs === 0) work()
      else pause = setTimeout(guard('A frame could not be looked at', work), waitMs)
      // Until it is looked at, a picture that may be out of date is not called fresh.
      if (waitMs > 0 && state.state === 'fresh') setState({ state: 'stale' })
    },
    async paint(asker) {
      if (asked) return asked.ask
      asking ??= ask(asker).finally(() => {
        asking = null
      })
      return asking
    },
    async cancel(asker) {
      if (asked) await studio.pictures.cancel(asked.ask, asker)
      else live?.cancel()
    },
    async history() {
      const pictures = await allPictures()
      return pictures.map(picture => resultOf(picture, frameId)).filter(result => result !== null)
    },
    async restore(pictureId, restorer) {
      const pictures = await allPictures(limits.maxResultsPerFrame * 5)
      const picture = pictures.find(one => one.id === pictureId)
      const image = picture?.file ? await studio.pictures.files.read(picture.file) : null
      if (!picture || !image) throw new Refusal('picture/missing')
      await keepNow()
      await onHold(async () => {
        const { prompt, seed, steps, guidance, strength } = picture.recipe
        const styles = await stylesFor(picture, restorer)
        const change: Change = {
          ...{ prompt, seed, steps, guidance, styles },
          ...(strength === undefined ? {} : { strength }),
        }
        await room.operateFor(restorer, [{ type: 'change', id: frameId, change }])
        present(image, 'image/png', { input: await read(), ms: Math.round(picture.output?.totalMs ?? 0) })
        if (shownInput !== null) record = { picture: picture.id, input: shownInput, newest: newest ?? picture.id }
        setState({ state: 'fresh' })
      })
    },
    async close() {
      isClosed = true
      if (pause) clearTimeout(pause)
      asked?.stop()
      live?.cancel()
      // A live picture that was just finishing is kept too, and nothing is left to a timer.
      await working
      await keepNow()
    },
  }

  /** Of the styles of a picture those that this person may put into the frame, or that are in it. */
  async function stylesFor({ recipe }: Picture, by: PersonId): Promise<FrameStyle[]> {
    const frame = room.scene.elements.get(frameId)
    const present = frame?.kind === 'frame' ? (frame.styles ?? []) : []
    const usable: FrameStyle[] = []
    for (const { style, weight } of recipe.styles ?? []) {
      const isPresent = present.some(one => one.style === style)
      if (isPresent || (await mayUse(studio, by, style))) usable.push({ style, weight })
    }
    return usable
  }

  async function storeRaster({ width, height, data }: Rgb) {
    const png = await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 3 })
      .toBuffer()
    return (await studio.pictures.files.take(png)).file
  }
}

/** Small and quick: 128² in 1.6 ms, 512² in 11 ms on two cores; once per picture, however many look. */
function encode({ width, height, data }: Rgb): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 88, effort: 0 })
    .toBuffer()
}

function resultOf({ id, file, state, recipe, finishedAt, requestedAt }: Picture, frameId: string): FrameResult | null {
  if (state !== 'finished' || file === null) return null
  const { prompt, seed, steps, guidance, width, height, styles = [] } = recipe
  const strength = recipe.strength ?? null
  const madeAt = (finishedAt ?? requestedAt).getTime()
  return {
    picture: id,
    frameId,
    file,
    width,
    height,
    madeAt,
    recipe: { prompt, seed, steps, guidance, strength, styles },
  }
}
