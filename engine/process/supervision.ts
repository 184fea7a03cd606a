/**
 * Whether there is an engine process: a value, what each event makes of it, and what is to be done then. A process that
 * ends is started again with growing pauses; one that has been silent for longer than it said is ended; and when none of
 * that helps, it rests for a while and tries again, whether or not somebody asks: whoever sends people here looks first
 * whether it is ready.
 */

export interface RestartLimits {
  /** Delay before the first restart; doubled each time, up to `maxDelayMs`. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Crashes in a row after which it gives up. */
  readonly maxCrashes: number
  /** How long it rests after giving up before it starts another process. */
  readonly coolDownMs: number
  /** How long a process may be silent before it has said anything: it is being started. */
  readonly startSilenceMs: number
}

export interface Supervision {
  /** Processes that were started after the first one. */
  readonly restarts: number
  /** In a row: crashes, hangs, and starts that failed. */
  readonly crashes: number
  /** Processes that were ended because they gave no sign of life. */
  readonly hangs: number
  /** In a row: processes that died for want of memory while they loaded the model. */
  readonly loadDeaths: number
  /** The process that runs, or is started, has not loaded its model yet. */
  readonly isLoading: boolean
  readonly process: ProcessState
}

export type ProcessState =
  /** One is about to be started. */
  | { readonly type: 'starting' }
  /** `silentMs` since the last sign of life, of the `maxSilenceMs` that the process asked for. */
  | { readonly type: 'running'; readonly silentMs: number; readonly maxSilenceMs: number; readonly isKilled: boolean }
  /** It gave up for a while. */
  | { readonly type: 'resting' }
  | { readonly type: 'closed' }

export type SupervisionEvent =
  | { readonly type: 'started' }
  /** A sign of life: any message; a heartbeat says as well how long the process may be silent now. */
  | { readonly type: 'heartbeat'; readonly maxSilenceMs?: number }
  /** So much of this program's own time counts as silence: while it sleeps, nothing is held against the process. */
  | { readonly type: 'ticked'; readonly ms: number }
  /** It ended by itself or by a signal, or could not be started; `isMemoryDeath`: for want of memory. */
  | { readonly type: 'ended'; readonly how: string; readonly isMemoryDeath?: boolean }
  /** It has loaded its model: what it does from now on is no loading. */
  | { readonly type: 'loaded' }
  /** It finished something: earlier crashes count no more. */
  | { readonly type: 'worked' }
  | { readonly type: 'gaveUp'; readonly message: string }
  | { readonly type: 'rested' }
  | { readonly type: 'closed' }

export type SupervisionEffect =
  | { readonly type: 'start'; readonly afterMs: number }
  | { readonly type: 'kill' }
  /** Even killing does not end it: whatever it does later is of no interest. */
  | { readonly type: 'abandon' }
  | { readonly type: 'crashed'; readonly how: string; readonly isMemoryDeath: boolean }
  | { readonly type: 'gaveUp'; readonly message: string }
  /** `rested` is to follow after so long. */
  | { readonly type: 'rest'; readonly ms: number }

export interface SupervisionStep {
  readonly state: Supervision
  readonly effects: readonly SupervisionEffect[]
}

/** A process that waits for a driver may outlive SIGKILL for a while. */
const maxDyingMs = 10_000

/** Loading that kills so often would kill again. */
const maxLoadDeaths = 2
/** How many times longer it rests then. */
const memoryRest = 10
const diedOfMemory =
  'The engine ran out of memory each time that it loaded the model: give this machine or container more memory, or choose a smaller model.'

/** Why it rests, as a sentence for people; null while it does not, or where the log alone should say. */
export const restReasonOf = ({ process, loadDeaths }: Supervision): string | null =>
  process.type === 'resting' && loadDeaths >= maxLoadDeaths ? diedOfMemory : null

export const firstSupervision: Supervision = {
  ...{ restarts: 0, crashes: 0, hangs: 0, loadDeaths: 0, isLoading: true },
  process: { type: 'starting' },
}

export function nextSupervision(state: Supervision, event: SupervisionEvent, limits: RestartLimits): SupervisionStep {
  const { process } = state
  switch (event.type) {
    case 'started': {
      const running = { type: 'running', silentMs: 0, maxSilenceMs: limits.startSilenceMs, isKilled: false } as const
      return step({ ...state, isLoading: true, process: running })
    }
    case 'heartbeat': {
      if (process.type !== 'running' || process.isKilled) return step(state)
      const { maxSilenceMs = process.maxSilenceMs } = event
      return step({ ...state, process: { ...process, silentMs: 0, maxSilenceMs } })
    }
    case 'ticked':
      return ticked(state, event.ms)
    case 'ended':
      return process.type === 'running' || process.type === 'starting' ? ended(state, event, limits) : step(state)
    case 'loaded':
      return step({ ...state, isLoading: false, loadDeaths: 0 })
    case 'worked':
      return step({ ...state, crashes: 0 })
    case 'gaveUp':
      return process.type === 'closed' ? step(state) : gaveUp(state, event.message, limits, [{ type: 'kill' }])
    case 'rested':
      if (process.type !== 'resting') return step(state)
      return step({ ...state, process: { type: 'starting' } }, { type: 'start', afterMs: 0 })
    case 'closed':
      return step({ ...state, process: { type: 'closed' } })
    default:
      throw new Error(`Unknown event: ${JSON.stringify(event satisfies never)}`)
  }
}

function ticked(state: Supervision, ms: number): SupervisionStep {
  const { process } = state
  if (process.type !== 'running') return step(state)
  const silentMs = process.silentMs + ms
  if (!process.isKilled && silentMs > process.maxSilenceMs) {
    const hung = { ...process, silentMs, isKilled: true }
    return step({ ...state, hangs: state.hangs + 1, process: hung }, { type: 'kill' })
  }
  const isImmortal = process.isKilled && silentMs > process.maxSilenceMs + maxDyingMs
  return step({ ...state, process: { ...process, silentMs } }, ...(isImmortal ? [{ type: 'abandon' } as const] : []))
}

function ended(
  state: Supervision,
  event: SupervisionEvent & { type: 'ended' },
  limits: RestartLimits,
): SupervisionStep {
  const { process } = state
  const isHung = process.type === 'running' && process.isKilled
  const how = isHung ? `no sign of life for ${Math.round(process.silentMs / 1000)} s` : event.how
  const crashes = state.crashes + 1
  const isMemoryDeath = (event.isMemoryDeath ?? false) && !isHung
  const loadDeaths = isMemoryDeath && state.isLoading ? state.loadDeaths + 1 : state.loadDeaths
  const crashed = { type: 'crashed', how, isMemoryDeath } as const
  if (loadDeaths >= maxLoadDeaths) {
    return gaveUp({ ...state, crashes, loadDeaths }, diedOfMemory, limits, [crashed])
  }
  if (crashes >= limits.maxCrashes) {
    const message = `The engine process ended ${crashes} times in a row, at last with ${how}; the log has what it wrote.`
    return gaveUp({ ...state, crashes }, message, limits, [crashed])
  }
  const afterMs = Math.min(limits.firstDelayMs * 2 ** (crashes - 1), limits.maxDelayMs)
  const next = { ...state, crashes, loadDeaths, restarts: state.restarts + 1, process: { type: 'starting' } } as const
  return step(next, crashed, { type: 'start', afterMs })
}

function gaveUp(
  state: Supervision,
  message: string,
  { maxCrashes, coolDownMs }: RestartLimits,
  before: readonly SupervisionEffect[],
): SupervisionStep {
  // Memory that was too little twice is hardly more a minute later.
  const ms = state.loadDeaths >= maxLoadDeaths ? coolDownMs * memoryRest : coolDownMs
  // After the rest, one more crash is enough.
  const resting = { ...state, crashes: maxCrashes - 1, process: { type: 'resting' } } as const
  return step(resting, ...before, { type: 'gaveUp', message }, { type: 'rest', ms })
}

function step(state: Supervision, ...effects: readonly SupervisionEffect[]): SupervisionStep {
  return { state, effects }
}
