import { type ErrorPayload, errorPayload } from '../protocol/errors.ts'
import type { FrameResult, FrameShown, FrameState } from '../protocol/events.ts'
import type { JobId, LiveRequest, PaintResult, PersonId, PictureId } from '../studio/studio.ts'
import type { FrameInput } from './frameInput.ts'
import type { FrameRecord } from './roomRecord.ts'

/** A picture as browsers get it. `inputHash`: what it was painted from; null if that is not known any more. */
export interface FramePicture {
  readonly shown: Omit<FrameShown, 'id'>
  readonly image: Uint8Array
  readonly inputHash: string | null
  /** `FrameInput.settings` that it was painted with; null if that is not known any more. */
  readonly settings: string | null
  /** `FrameInput.size` that it was painted in; null: it fits its frame in any. */
  readonly size: string | null
  /** Of twice the side, by the second pass. */
  readonly isFiner: boolean
}

/** A live picture that is not durable yet, and what it was painted from. */
export interface PendingSave {
  readonly by: PersonId
  readonly request: LiveRequest
  readonly result: Extract<PaintResult, { type: 'finished' }>
  readonly inputHash: string
  /** The room's clock that was painted. */
  readonly clock: number
}

/** All that is true of one frame's painting. A plain value: it can be printed, and set up in a test. */
export interface FramePainting {
  /** What browsers show of it. */
  readonly status: FrameState
  /** In whose name the next live picture is painted: whoever changed something last. */
  readonly by: PersonId
  /** One look at the frame, or one live picture, at a time. `refining`: the picture that is shown, at twice the side. */
  readonly phase: 'idle' | 'looking' | 'painting' | 'refining'
  /** What is painted finer when the pen rests. */
  readonly toRefine: FrameInput | null
  /** Something may look different from what was looked at last. */
  readonly isDirty: boolean
  /** What is being painted live is not what is drawn any more; it has been told to end. */
  readonly isOutdated: boolean
  /** How many durable requests or restored results hold the live loop back. */
  readonly holds: number
  /** The durable request that is being painted. */
  readonly job: JobId | null
  /** What the frame shows, for those who come later. */
  readonly picture: FramePicture | null
  /** The input that failed or was cancelled; it is not tried again before it changes. */
  readonly failedInput: string | null
  /** The file of the result that is shown; null while it is not saved. */
  readonly shownFile: string | null
  /** The input over which an older picture was restored: it stands as it is before something changes. */
  readonly restoredOver: string | null
  /** It was opened live, and nobody has looked at it yet. */
  readonly isNew: boolean
  /**
   * The input of a frame that came without a picture of its own, live, and with one as its bare paper, as an imported or a
   * copied one does: it stays as it came before something changes.
   */
  readonly cameAs: string | null
  readonly pendingSave: PendingSave | null
  /** The frame's newest durable picture. */
  readonly newest: PictureId | null
  /** What the next snapshot should know. */
  readonly record: FrameRecord | null
  readonly isClosed: boolean
}

/** How the painting of an input has ended. */
export type PaintOutcome =
  | { readonly type: 'finished'; readonly picture: FramePicture }
  | { readonly type: 'failed'; readonly error: ErrorPayload }
  | { readonly type: 'cancelled' }

export type FrameEvent =
  /**
   * The frame, or something in it, may look different. `isTyping`: more of it will come in a moment; `isDrawing`: somebody
   * has changed it just now, as a pen does.
   */
  | {
      readonly type: 'touched'
      readonly by: PersonId
      readonly isLive: boolean
      readonly isTyping: boolean
      readonly isDrawing?: boolean
    }
  | { readonly type: 'lookDue' }
  /**
   * null: there is no such frame any more. `startedAt`: when the look began, on the clock of `performance.now()`.
   * `expectedMs`: what its picture would take; null as long as nobody knows.
   */
  | {
      readonly type: 'looked'
      readonly input: FrameInput | null
      readonly startedAt: number
      readonly expectedMs?: number | null
    }
  /** Nobody pays for pictures that nobody sees. */
  | { readonly type: 'nobodyWatches' }
  /** `ahead`: pictures before this one in the queue; null: it is being painted. */
  | { readonly type: 'progressed'; readonly ahead: number | null }
  /** `replaced`: an even newer picture of the same frame has taken its place. */
  | {
      readonly type: 'livePainted'
      readonly outcome: PaintOutcome | { readonly type: 'replaced' }
      readonly input: string
      readonly save: PendingSave | null
    }
  /** The pen has rested for long enough to paint finer what it has left. `at`: now, on the clock of `performance.now()`. */
  | { readonly type: 'rested'; readonly at: number }
  /** What can be seen of a live picture on its way. */
  | { readonly type: 'liveStepped'; readonly preview: FramePicture }
  /** A bug. It has been logged. */
  | { readonly type: 'lookFailed' }
  /** A durable request or a restored result is on its way, and has arrived. */
  | { readonly type: 'held' }
  | { readonly type: 'released' }
  | { readonly type: 'jobStarted'; readonly job: JobId }
  | { readonly type: 'jobStepped'; readonly preview: FramePicture }
  | {
      readonly type: 'jobEnded'
      readonly id: PictureId
      readonly outcome: PaintOutcome
      readonly input: string | null
      readonly result: FrameResult | null
    }
  | { readonly type: 'settled' }
  | {
      readonly type: 'saved'
      readonly id: PictureId
      readonly input: string
      readonly clock: number
      readonly result: FrameResult | null
    }
  /** What was there before this program started. */
  | {
      readonly type: 'recalled'
      readonly id: PictureId
      readonly newest: PictureId | null
      readonly picture: FramePicture
      readonly file: string
      readonly restoredOver: string | null
    }
  /** `over`: what is drawn now, if the picture was painted from something else. */
  | {
      readonly type: 'restored'
      readonly id: PictureId
      readonly picture: FramePicture
      readonly file: string
      readonly over: { readonly hash: string; readonly clock: number } | null
    }
  | { readonly type: 'closed' }

/** What the reducer wants done; framePainter.ts does it. */
export type FrameEffect =
  | { readonly type: 'emitState'; readonly state: FrameState }
  | { readonly type: 'emitResult'; readonly result: FrameResult }
  | { readonly type: 'show'; readonly picture: FramePicture }
  | { readonly type: 'look' }
  | { readonly type: 'paintLive'; readonly by: PersonId; readonly input: FrameInput; readonly startedAt: number }
  /** As `paintLive`, at twice the side. */
  | { readonly type: 'paintFiner'; readonly by: PersonId; readonly input: FrameInput; readonly startedAt: number }
  | { readonly type: 'cancelLive' }
  | { readonly type: 'stopFollowing' }
  | { readonly type: 'save'; readonly pending: PendingSave }
  /** Sets the timer anew if it is running; `ms` null stops it. */
  | { readonly type: 'setTimer'; readonly timer: FrameTimer; readonly ms: number | null }

export type FrameTimer = 'look' | 'settle' | 'rest'

/** A prompt is worth painting when the typing pauses. */
export const typingPauseMs = 200
/** A frame that is not live only finds out whether it is stale. */
export const lookAgainMs = 300
/** On a slow device a live frame is painted when the pen has rested for so long. */
export const penRestMs = 1_500
/** Above this a picture is out of date before it is there, if the pen goes on. */
export const slowLiveMs = 3_000
/** Nobody needs to be told of less. */
const worthSayingMs = 3_000
/** A live picture that nothing has replaced for so long is a result. */
export const settledMs = 1_000
/** Sooner than that, so that what is saved is the finer one. */
export const restedMs = 700

export function createFramePainting(frameId: string, by: PersonId): FramePainting {
  return {
    status: {
      ...{ frameId, state: 'empty', error: null, waitsForPen: false, ms: null, expectedMs: null, ahead: null },
      ...{ picture: null, painted: null },
    },
    by,
    phase: 'idle',
    toRefine: null,
    isDirty: false,
    isOutdated: false,
    holds: 0,
    job: null,
    picture: null,
    failedInput: null,
    shownFile: null,
    restoredOver: null,
    isNew: true,
    cameAs: null,
    pendingSave: null,
    newest: null,
    record: null,
    isClosed: false,
  }
}

interface Step {
  readonly state: FramePainting
  readonly effects: readonly FrameEffect[]
}

/** The whole behaviour of one frame: what an event makes true, and what is to be done about it. Pure. */
export function next(before: FramePainting, event: FrameEvent): Step {
  const { state: reacted, effects: reactions } = react(before, event)
  const { state, effects } = lookIfDirty({ state: reacted, effects: reactions })
  if (state.isClosed || isSameStatus(before.status, state.status)) return { state, effects }
  // After everything else: a picture is shown before it is called fresh.
  return { state, effects: [...effects, { type: 'emitState', state: state.status }] }
}

/** Until nothing in the frame is newer than what was looked at: one look at a time, the newest next. */
function lookIfDirty({ state, effects }: Step): Step {
  const { isDirty, isClosed, phase, holds, job } = state
  if (!isDirty || isClosed || phase !== 'idle' || holds > 0 || job !== null) return { state, effects }
  return { state: { ...state, isDirty: false, phase: 'looking' }, effects: [...effects, { type: 'look' }] }
}

function react(state: FramePainting, event: FrameEvent): Step {
  switch (event.type) {
    case 'touched':
      return stopRefining(onTouched(state, event))
    case 'lookDue':
      return step({ ...state, isDirty: true })
    case 'looked':
      return onLooked(withExpected({ ...state, phase: 'idle' }, event), event)
    case 'nobodyWatches':
      // Still dirty, but not looked at before somebody comes: that touches the frame.
      return step({ ...state, phase: 'idle' })
    case 'progressed':
      return step(
        state.isClosed || state.isOutdated ? state : withStatus(state, { state: 'rendering', ahead: event.ahead }),
      )
    case 'rested':
      return onRested(state, event)
    case 'livePainted':
      if (state.phase === 'refining') return onRefined({ ...state, phase: 'idle', toRefine: null }, event)
      return onLivePainted({ ...state, phase: 'idle', isOutdated: false }, event, state.isOutdated)
    case 'liveStepped': {
      const isOver = state.isClosed || state.isOutdated || state.phase !== 'painting'
      return isOver ? step(state) : step(state, { type: 'show', picture: event.preview })
    }
    case 'lookFailed':
      return step(withStatus({ ...state, phase: 'idle' }, { state: 'failed', error: errorPayload('server/bug') }))
    case 'held':
      return step({ ...state, holds: state.holds + 1 }, { type: 'cancelLive' })
    case 'released':
      return step({ ...state, holds: state.holds - 1, isDirty: true })
    case 'jobStarted':
      return step(withStatus({ ...state, job: event.job }, { state: 'rendering' }))
    case 'jobStepped':
      return state.isClosed ? step(state) : step(state, { type: 'show', picture: event.preview })
    case 'jobEnded':
      return state.isClosed ? step(state) : onJobEnded({ ...state, job: null, isDirty: true }, event)
    case 'settled':
      return onSettled(state)
    case 'saved':
      return withResult(state, event)
    case 'recalled':
      return onRecalled(state, event)
    case 'restored':
      return onRestored(state, event)
    case 'closed':
      return step(
        { ...state, isClosed: true },
        { type: 'setTimer', timer: 'look', ms: null },
        { type: 'setTimer', timer: 'rest', ms: null },
        { type: 'stopFollowing' },
        { type: 'cancelLive' },
      )
  }
}

type Event<T extends FrameEvent['type']> = Extract<FrameEvent, { type: T }>

function onTouched(state: FramePainting, { by, isLive, isTyping, isDrawing = false }: Event<'touched'>): Step {
  if (isLive && isDrawing && isSlow(state)) return onTouchedSlowly({ ...state, by })
  const waitMs = !isLive ? lookAgainMs : isTyping ? typingPauseMs : 0
  if (waitMs === 0) return step({ ...state, by, isDirty: true }, { type: 'setTimer', timer: 'look', ms: null })
  // Until it is looked at, a picture that may be out of date is not called fresh.
  const touched = state.status.state === 'fresh' ? withStatus(state, { state: 'stale' }) : state
  const isNew = touched.isNew && isLive
  return step({ ...touched, by, isNew }, { type: 'setTimer', timer: 'look', ms: waitMs })
}

/** Whether a live picture would be out of date before it is there. */
export const isSlow = ({ status: { expectedMs } }: FramePainting): boolean =>
  expectedMs !== null && expectedMs >= slowLiveMs

/**
 * Live waits until the pen rests, and what is being painted of an older drawing ends after the step that it is in: so the
 * newest drawing is always the one that is painted next.
 */
function onTouchedSlowly(state: FramePainting): Step {
  const look: FrameEffect = { type: 'setTimer', timer: 'look', ms: penRestMs }
  // What was asked for stays as it was asked for.
  if (state.job !== null || state.holds > 0) return step(state, look)
  const waiting = withStatus(state, { state: state.picture ? 'stale' : 'empty', waitsForPen: true })
  if (state.phase !== 'painting' || state.isOutdated) return step(waiting, look)
  return step({ ...waiting, isOutdated: true }, look, { type: 'cancelLive' })
}

/** Whoever draws comes before what would only be finer. */
function stopRefining({ state, effects }: Step): Step {
  return state.phase === 'refining' ? step(state, ...effects, { type: 'cancelLive' }) : step(state, ...effects)
}

/** Whether what the frame shows is what is to be painted finer. */
const canRefine = ({ phase, isDirty, job, holds, isClosed, toRefine, picture }: FramePainting): boolean =>
  phase === 'idle' && !isDirty && job === null && holds === 0 && !isClosed && toRefine?.hash === picture?.inputHash

function onRested(state: FramePainting, { at }: Event<'rested'>): Step {
  const input = state.toRefine
  if (input === null || !canRefine(state)) return step(state)
  const refining = withStatus({ ...state, phase: 'refining' }, { state: 'rendering' })
  // Saved is what comes of this, or the smaller picture when nothing does.
  const wait: FrameEffect = { type: 'setTimer', timer: 'settle', ms: null }
  return step(refining, wait, { type: 'paintFiner', by: state.by, input, startedAt: at })
}

function onRefined(state: FramePainting, { outcome, save, input }: Event<'livePainted'>): Step {
  if (state.isClosed) return step({ ...state, pendingSave: save ?? state.pendingSave })
  const settle: FrameEffect = { type: 'setTimer', timer: 'settle', ms: settledMs }
  const isTakenOver = state.job !== null || state.holds > 0
  const now = state.isDirty ? 'stale' : 'fresh'
  const isShown = state.picture?.inputHash === input
  if (isTakenOver || !isShown || outcome.type !== 'finished') {
    return step(isTakenOver ? state : withStatus(state, { state: now }), settle)
  }
  const { picture } = outcome
  const upTo = state.status.painted?.upTo ?? picture.shown.clock
  const painted = showingUpTo(withPicture(state, picture, { id: null, file: null }), { clock: upTo })
  const finer = withStatus({ ...painted, pendingSave: save }, { state: now, ms: picture.shown.ms })
  return step(finer, { type: 'show', picture }, settle)
}

/** What the next picture takes, rounded, so that browsers are not told of every change. */
function withExpected(state: FramePainting, { expectedMs = null }: Event<'looked'>): FramePainting {
  const rounded = expectedMs === null || expectedMs < worthSayingMs ? null : Number(expectedMs.toPrecision(1))
  return { ...state, status: { ...state.status, expectedMs: rounded } }
}

function onLooked(before: FramePainting, { input, startedAt }: Event<'looked'>): Step {
  const isTakenOver = before.isClosed || before.holds > 0 || before.job !== null
  if (isTakenOver || input === null || input.hash === before.failedInput) return step(before)
  const state = { ...before, isNew: false, cameAs: cameAs(before, input) }
  const { prompt } = input.recipe
  if (input.hash === state.picture?.inputHash) return onFresh(state, input)
  if (isBaked(state, input)) return step(withStatus(showingUpTo(standingFor(state, input), input), { state: 'fresh' }))
  if (input.hash === state.cameAs) return step(withStatus(state, { state: 'fresh' }))
  if (input.hash === state.restoredOver) return step(withStatus(showingUpTo(state, input), { state: 'stale' }))
  if (input.frame.live && prompt !== '') {
    const toRefine = input.isFiner ? input : null
    const painting = withStatus({ ...state, phase: 'painting', toRefine }, { state: 'rendering' })
    return step(painting, { type: 'paintLive', by: state.by, input, startedAt })
  }
  return step(withUnpainted(state, prompt === '' ? errorPayload('frame/prompt') : null))
}

function onFresh(state: FramePainting, input: FrameInput): Step {
  const fresh = withStatus(showingUpTo(state, input), { state: 'fresh' })
  const isCoarse = input.isFiner && input.frame.live && state.picture?.isFiner === false
  // The picture itself as bare paper stays as it is: a second pass would begin with painting over it.
  const isPaper = input.barePicture !== null && input.barePicture === state.shownFile
  if (!isCoarse || isPaper) return step(fresh)
  return step({ ...fresh, toRefine: input }, { type: 'setTimer', timer: 'rest', ms: restedMs })
}

/** `FramePainting.cameAs` after a look: whoever turns Live on, or changes anything, wants a picture. */
function cameAs({ picture, isNew, cameAs }: FramePainting, { frame, hash, barePicture }: FrameInput): string | null {
  if (picture !== null || !frame.live) return null
  const isAsItCame = isNew ? barePicture !== null : hash === cameAs
  return isAsItCame ? hash : null
}

/** The picture itself has become the paper, and nothing lies on it: there is nothing new to paint. */
const isBaked = ({ shownFile, picture }: FramePainting, { barePicture, settings, size }: FrameInput): boolean =>
  shownFile !== null &&
  barePicture === shownFile &&
  picture?.settings === settings &&
  (picture.size === null || picture.size === size)

/** The picture that is shown is the picture of this input too. */
function standingFor(state: FramePainting, { hash }: FrameInput): FramePainting {
  const picture = state.picture && { ...state.picture, inputHash: hash }
  return { ...state, picture, record: state.record && { ...state.record, input: hash }, restoredOver: null }
}

function onLivePainted(
  state: FramePainting,
  { outcome, input, save }: Event<'livePainted'>,
  wasOutdated: boolean,
): Step {
  // A durable request or an older picture has taken over.
  if (state.job !== null || state.holds > 0 || outcome.type === 'replaced') return step(state)
  // One that was just finishing is saved too.
  if (state.isClosed) return step({ ...state, pendingSave: save ?? state.pendingSave })
  if (wasOutdated && outcome.type === 'cancelled') return step(state, ...putBack(state))
  if (outcome.type !== 'finished') return step(withFailure(state, outcome, input), ...putBack(state))
  const { picture } = outcome
  const painted = { ...withPicture(state, picture, { id: null, file: null }), pendingSave: save }
  // One that is out of date already is not called fresh: the next is on its way.
  if (wasOutdated) {
    const { error, waitsForPen } = state.status
    const late = withStatus(painted, { state: 'stale', error, waitsForPen })
    return step(late, { type: 'show', picture }, { type: 'setTimer', timer: 'settle', ms: settledMs })
  }
  const shown = state.isDirty ? painted : withStatus(painted, { state: 'fresh', ms: picture.shown.ms })
  const rest: FrameEffect[] =
    state.toRefine && !state.isDirty ? [{ type: 'setTimer', timer: 'rest', ms: restedMs }] : []
  return step(shown, { type: 'show', picture }, { type: 'setTimer', timer: 'settle', ms: settledMs }, ...rest)
}

function onJobEnded(state: FramePainting, { id, outcome, input, result }: Event<'jobEnded'>): Step {
  if (outcome.type !== 'finished') {
    return step(withFailure(state, outcome, input), { type: 'stopFollowing' }, ...putBack(state))
  }
  const { picture } = outcome
  const painted = withStatus(withPicture(state, picture, { id, file: result?.file ?? null }), {
    ...{ state: 'fresh', ms: picture.shown.ms },
  })
  const saved = withResult(painted, { id, input: picture.inputHash, clock: picture.shown.clock, result })
  return step(saved.state, { type: 'stopFollowing' }, { type: 'show', picture }, ...saved.effects)
}

/**
 * The last step of a picture that comes to nothing is still on screens: what the frame shows is shown again. Where it
 * shows nothing, its state says so (`painted: null`), and browsers take the step away.
 */
const putBack = ({ picture }: FramePainting): FrameEffect[] => (picture ? [{ type: 'show', picture }] : [])

function onSettled(state: FramePainting): Step {
  const { pendingSave } = state
  const stop: FrameEffect = { type: 'setTimer', timer: 'settle', ms: null }
  if (pendingSave === null) return step(state, stop)
  return step({ ...state, pendingSave: null }, stop, { type: 'save', pending: pendingSave })
}

function onRecalled(state: FramePainting, { id, newest, picture, file, restoredOver }: Event<'recalled'>): Step {
  const shown = { ...withPicture(state, picture, { id, file }), newest, restoredOver }
  const recalled = withStatus(withRecord(shown, id, newest ?? id), { state: 'stale' })
  return step(recalled, { type: 'show', picture })
}

function onRestored(state: FramePainting, { id, picture, file, over }: Event<'restored'>): Step {
  const shown = { ...withPicture(state, picture, { id, file }), restoredOver: over?.hash ?? null }
  const restored = withRecord(over ? showingUpTo(shown, over) : shown, id, state.newest ?? id)
  return step(withStatus(restored, { state: over ? 'stale' : 'fresh' }), { type: 'show', picture })
}

const step = (state: FramePainting, ...effects: readonly FrameEffect[]): Step => ({ state, effects })

function withStatus(state: FramePainting, status: Pick<FrameState, 'state'> & Partial<FrameState>): FramePainting {
  const { frameId, ms, expectedMs, picture, painted } = state.status
  const kept = { frameId, ms, expectedMs, picture, painted }
  return { ...state, status: { ...kept, error: null, waitsForPen: false, ahead: null, ...status } }
}

/** What was drawn up to this clock makes no difference to the picture that is shown. */
function showingUpTo(state: FramePainting, { clock }: { readonly clock: number }): FramePainting {
  const at = state.picture?.shown.clock ?? clock
  return { ...state, status: { ...state.status, painted: { at, upTo: Math.max(at, clock) } } }
}

const withUnpainted = (state: FramePainting, error: ErrorPayload | null): FramePainting =>
  withStatus(state, { state: state.picture ? 'stale' : 'empty', error })

function withFailure(
  state: FramePainting,
  outcome: Exclude<PaintOutcome, { type: 'finished' }>,
  failedInput: string | null,
): FramePainting {
  const failed = { ...state, failedInput }
  if (outcome.type === 'failed') return withStatus(failed, { state: 'failed', error: outcome.error })
  return withUnpainted(failed, null)
}

/** Shows a picture; `id` and `file`: the result that it is, null while it is not saved. */
function withPicture(
  state: FramePainting,
  picture: FramePicture,
  { id, file }: { readonly id: PictureId | null; readonly file: string | null },
): FramePainting {
  const { clock } = picture.shown
  const status = { ...state.status, picture: id, painted: { at: clock, upTo: clock } }
  return { ...state, picture, status, shownFile: file, failedInput: null, restoredOver: null }
}

/** A picture has become durable. */
function withResult(
  state: FramePainting,
  saved: Pick<Event<'saved'>, 'id' | 'clock' | 'result'> & { readonly input: string | null },
): Step {
  const { id, input, clock, result } = saved
  const isShown = input !== null && state.picture?.inputHash === input
  const status = { ...state.status, picture: id }
  const named = isShown ? { ...state, status, shownFile: result?.file ?? null } : state
  const after = { ...named, newest: id, record: recordOf(id, input, { newest: id, clock }) }
  return result ? step(after, { type: 'emitResult', result }) : step(after)
}

/** Remembers for a restart which result is shown, and over what. */
function withRecord(state: FramePainting, id: PictureId, newest: PictureId): FramePainting {
  const { picture, restoredOver } = state
  const isRestored = restoredOver !== null
  const input = restoredOver ?? picture?.inputHash ?? null
  return { ...state, record: recordOf(id, input, { newest, clock: picture?.shown.clock, isRestored }) ?? state.record }
}

function recordOf(
  picture: PictureId,
  input: string | null,
  more: { readonly newest: PictureId; readonly clock: number | undefined; readonly isRestored?: boolean },
): FrameRecord | null {
  if (input === null) return null
  const { newest, clock, isRestored } = more
  return { picture, input, newest, ...(clock !== undefined && { clock }), ...(isRestored && { isRestored }) }
}

const isSameStatus = (one: FrameState, other: FrameState): boolean => newsIn(one) === newsIn(other)

/** A picture brings its own clock: only what goes beyond that is news. */
function newsIn({ painted, ...status }: FrameState): string {
  return JSON.stringify([status, painted && painted.upTo > painted.at ? painted : null])
}
