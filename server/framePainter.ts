import { UserError } from '../protocol/errors.ts'
import type { FrameResult, FrameShown, FrameState } from '../protocol/events.ts'
import type { PaintOptions } from '../protocol/frameOptions.ts'
import { createGuard } from '../protocol/guard.ts'
import type { JobId, PersonId, Picture, Studio } from '../studio/studio.ts'
import type { Bitmaps } from './bitmaps.ts'
import { changeToRecipe, createFrameHistory, type FrameHistory, isPaintedFrom } from './frameHistory.ts'
import { createFrameJobs } from './frameJobs.ts'
import { createFrameReader } from './frameReader.ts'
import { recallFrame } from './frameRecall.ts'
import {
  createFramePainting,
  type FrameEffect,
  type FramePicture,
  type FrameTimer,
  isSlow,
  next,
} from './frameReducer.ts'
import { createFrameSaves } from './frameSaves.ts'
import type { Images } from './images.ts'
import { createLivePainter } from './livePainter.ts'
import type { Room } from './room.ts'
import type { FrameRecord } from './roomRecord.ts'
import { createStore } from './store.ts'
import { createTimers } from './timers.ts'

/** What a frame needs of its room. */
export interface FrameContext {
  readonly studio: Studio
  readonly images: Images
  readonly bitmaps: Bitmaps
  readonly room: Room
  /** The picture that the room was made for; the opening frame shows it until somebody changes something. */
  readonly opening: Picture | null
  /** Whether anybody is looking; nobody pays for pictures that nobody sees. */
  isWatched(): boolean
  emitState(state: FrameState): void
  emitPicture(shown: Omit<FrameShown, 'id'>, image: Uint8Array): void
  emitResult(result: FrameResult): void
  failed(message: string, cause: unknown): void
}

/** Keeps one frame's picture true to what is drawn in it, and its results at hand. */
export interface FramePainter {
  readonly state: FrameState
  /** The picture that the frame shows, for those who come later. */
  readonly picture: FramePicture | null
  readonly record: FrameRecord | null
  /** Something in the frame, or the frame, may look different (`touched` in frameReducer.ts). */
  touch(by: PersonId, options?: { isTyping?: boolean; isDrawing?: boolean }): void
  /** One durable picture at a time: whoever asks for one until it ends gets the same, or with options of their own is refused. */
  paint(by: PersonId, options?: PaintOptions): Promise<JobId>
  cancel(by: PersonId): Promise<void>
  readonly history: Pick<FrameHistory, 'results' | 'find'>
  restore(picture: string, by: PersonId): Promise<void>
  /** Makes what the frame shows durable now, and says which result it is. */
  save(): Promise<FrameResult>
  close(): Promise<void>
}

/** Does what the reducer of frameReducer.ts decides, and tells it what came of that. */
export async function openFramePainter(
  frameId: string,
  by: PersonId,
  /** `record`: what is remembered of it. */
  context: FrameContext & { readonly record: FrameRecord | undefined },
): Promise<FramePainter> {
  const { studio, room, images, bitmaps, opening, failed } = context
  const reader = createFrameReader({ frameId, room, images, bitmaps, studio })
  const history = createFrameHistory({ studio, room: room.id, frameId, opening })
  const live = createLivePainter(studio, reader, cause => failed('A step of a frame could not be shown', cause))
  const store = createStore(createFramePainting(frameId, by), next, run)
  const { dispatch } = store
  const jobs = createFrameJobs({ studio, reader, dispatch, failed })
  const timers = createTimers<FrameTimer>(createGuard(failed), name => {
    if (name === 'rest') dispatch({ type: 'rested', at: performance.now() })
    else dispatch({ type: name === 'look' ? 'lookDue' : 'settled' })
  })
  const saves = createFrameSaves({ studio, frameId, dispatch, failed })
  /** The look or the live picture that is on its way. Never rejects. */
  let working = Promise.resolve()
  let requesting: Promise<JobId> | null = null

  function run(effect: FrameEffect): void {
    if (effect.type === 'emitState') context.emitState(effect.state)
    else if (effect.type === 'emitResult') context.emitResult(effect.result)
    else if (effect.type === 'show') context.emitPicture(effect.picture.shown, effect.picture.image)
    else if (effect.type === 'setTimer') timers.set(effect.timer, effect.ms)
    else if (effect.type === 'look') working = orFail(look)
    else if (effect.type === 'paintLive') working = orFail(() => paintLive(effect))
    else if (effect.type === 'paintFiner') working = orFail(() => paintFiner(effect))
    else if (effect.type === 'cancelLive') live.cancel()
    else if (effect.type === 'stopFollowing') jobs.stop()
    else saves.save(effect.pending)
  }

  async function orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      failed('A frame could not be painted', error)
      dispatch({ type: 'lookFailed' })
    }
  }

  async function look() {
    if (!context.isWatched()) return dispatch({ type: 'nobodyWatches' })
    const startedAt = performance.now()
    const input = await reader.read()
    const expectedMs = input && input.recipe.prompt !== '' ? live.estimateMs(input) : null
    dispatch({ type: 'looked', input, startedAt, expectedMs })
  }

  async function paintLive({ by, input, startedAt }: Extract<FrameEffect, { type: 'paintLive' }>) {
    const onQueued = (ahead: number) => dispatch({ type: 'progressed', ahead })
    // Where a picture is there at once, its steps are only in the way.
    const onStep = isSlow(store.state)
      ? (preview: FramePicture) => dispatch({ type: 'liveStepped', preview })
      : undefined
    dispatch(await live.paint({ by, input, startedAt, onQueued, onStep }))
  }

  async function paintFiner({ by, input, startedAt }: Extract<FrameEffect, { type: 'paintFiner' }>) {
    const onQueued = (ahead: number) => dispatch({ type: 'progressed', ahead })
    dispatch(await live.paint({ by, input, startedAt, onQueued, isFiner: true }))
  }

  /** Saves what people have settled on; resolves when nothing is left to save. */
  async function saveNow(): Promise<void> {
    dispatch({ type: 'settled' })
    await saves.done()
  }

  async function restore(pictureId: string, restorer: PersonId) {
    const found = await history.find(pictureId)
    if (!found) throw new UserError('picture/missing')
    const { picture, image } = found
    await saveNow()
    dispatch({ type: 'held' })
    try {
      const change = await changeToRecipe(studio, picture, { by: restorer, frame: reader.element() })
      await room.operateFor(restorer, [{ type: 'change', id: frameId, change, shows: picture.file! }])
      const ms = Math.round(picture.output?.totalMs ?? 0)
      const input = await reader.read()
      const isCurrent = input !== null && (await isPaintedFrom(studio, picture, input))
      const isFiner = picture.recipe.upscale !== undefined
      const shown = reader.pictureOf(image, 'image/png', { input, ms, isFiner })
      const restored = isCurrent ? shown : { ...shown, inputHash: null }
      dispatch({
        type: 'restored',
        id: picture.id,
        picture: restored,
        file: picture.file!,
        over: isCurrent ? null : input,
      })
    } finally {
      dispatch({ type: 'released' })
    }
  }

  const { recalled, waiting } = await recallFrame({
    studio,
    history,
    reader,
    opening,
    record: context.record,
  })
  if (recalled) dispatch(recalled)
  if (waiting) jobs.follow(waiting, null, performance.now())
  return {
    get state() {
      return store.state.status
    },
    get picture() {
      return store.state.picture
    },
    get record() {
      return store.state.record
    },
    touch(toucher, { isTyping = false, isDrawing = false } = {}) {
      dispatch({ type: 'touched', by: toucher, isLive: reader.element()?.live ?? false, isTyping, isDrawing })
    },
    async paint(asker, options) {
      if (options && (store.state.job ?? requesting) !== null) throw new UserError('frame/busy')
      if (store.state.job !== null) return store.state.job
      requesting ??= jobs.request(asker, options).finally(() => {
        requesting = null
      })
      return requesting
    },
    async cancel(asker) {
      if (store.state.job !== null) await studio.pictures.cancel(store.state.job, asker)
      else live.cancel()
    },
    history,
    restore,
    async save() {
      const { picture } = store.state.status
      if (picture === null) await saveNow()
      const wanted = picture ?? store.state.newest
      const result = (await history.results()).find(one => one.picture === wanted)
      if (!result) throw new UserError('picture/missing')
      return result
    },
    async close() {
      dispatch({ type: 'closed' })
      // A live picture that was just finishing is saved too, and nothing is left to a timer.
      await working
      await saveNow()
    },
  }
}
