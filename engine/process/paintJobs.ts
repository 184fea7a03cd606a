/**
 * The pictures that were requested of the engine, over all the processes that may come and go meanwhile: a value, what
 * each event makes of it, and what is to be done then. A picture in flight is painted again from its request, and the
 * same request gives the same picture.
 */
import { ranOutOfMemory } from '../estimate/abilities.ts'
import type { PaintProgress, PaintResult } from '../types/engine.ts'

export interface PaintJobState {
  readonly id: number
  /** `running` in this process; `sent` to it; `queued` until there is one. */
  readonly state: 'queued' | 'sent' | 'running'
  readonly isCancelled: boolean
  /** The last step that was reported, 0 for the start, so that painting again repeats nothing; −1 before. */
  readonly reportedStep: number
  /** Crashes of the process that this picture may have caused. */
  readonly crashes: number
}

export interface PaintJobsState {
  /** There is a process that takes requests. */
  readonly isReady: boolean
  /** In the order of arrival. */
  readonly jobs: readonly PaintJobState[]
}

export type PaintJobsEvent =
  | { readonly type: 'requested'; readonly id: number }
  | { readonly type: 'cancelled'; readonly id: number }
  | { readonly type: 'processReady' }
  /** The process is gone; another follows. `isMemoryDeath`: what was painted did not fit into memory, and never will. */
  | { readonly type: 'processCrashed'; readonly isMemoryDeath?: boolean }
  /** No other follows: all end with this. */
  | { readonly type: 'stopped'; readonly result: PaintResult }
  | { readonly type: 'progressed'; readonly id: number; readonly progress: PaintProgress }
  | { readonly type: 'ended'; readonly id: number; readonly result: PaintResult }

export type PaintJobsEffect =
  /** The process is to paint it. */
  | { readonly type: 'send'; readonly id: number }
  /** The process is to stop painting it. */
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'report'; readonly id: number; readonly progress: PaintProgress }
  | { readonly type: 'end'; readonly id: number; readonly result: PaintResult }

export interface PaintJobsStep {
  readonly state: PaintJobsState
  readonly effects: readonly PaintJobsEffect[]
}

/** A picture that was being painted at so many crashes is not tried again. */
const maxCrashesOfPicture = 2

export const noPaintJobs: PaintJobsState = { isReady: false, jobs: [] }

export function nextPaintJobs(state: PaintJobsState, event: PaintJobsEvent): PaintJobsStep {
  switch (event.type) {
    case 'requested': {
      const job = { id: event.id, state: 'queued', isCancelled: false, reportedStep: -1, crashes: 0 } as const
      return sendQueued({ ...state, jobs: [...state.jobs, job] })
    }
    case 'cancelled':
      return cancelled(state, event.id)
    case 'processReady':
      return sendQueued({ ...state, isReady: true })
    case 'processCrashed':
      return crashed(state, event.isMemoryDeath ?? false)
    case 'stopped':
      return {
        state: noPaintJobs,
        effects: state.jobs.map(({ id }) => ({ type: 'end', id, result: event.result })),
      }
    case 'progressed':
      return progressed(state, event.id, event.progress)
    case 'ended': {
      const job = state.jobs.find(({ id }) => id === event.id)
      if (!job) return { state, effects: [] }
      const { state: next, effects } = without(state, job, event.result)
      // The next suspect may go.
      return job.crashes > 0 ? joined(effects, sendQueued(next)) : { state: next, effects }
    }
    default:
      throw new Error(`Unknown event: ${JSON.stringify(event satisfies never)}`)
  }
}

/** Those that were painted at a crash go one after another from then on, so that the next crash has one suspect. */
function sendQueued(state: PaintJobsState): PaintJobsStep {
  if (!state.isReady) return { state, effects: [] }
  let isSuspectOut = state.jobs.some(job => job.state !== 'queued' && job.crashes > 0)
  const effects: PaintJobsEffect[] = []
  const jobs = state.jobs.map((job): PaintJobState => {
    const isSuspect = job.crashes > 0
    if (job.state !== 'queued' || (isSuspect && isSuspectOut)) return job
    isSuspectOut ||= isSuspect
    effects.push({ type: 'send', id: job.id })
    return { ...job, state: 'sent' }
  })
  return { state: { ...state, jobs }, effects }
}

function crashed({ jobs }: PaintJobsState, isMemoryDeath: boolean): PaintJobsStep {
  const running = jobs.filter(({ state }) => state === 'running')
  const suspects = running.filter(({ crashes }) => crashes > 0)
  const blamed = suspects.length > 0 ? suspects : running
  const effects: PaintJobsEffect[] = []
  const left = jobs.flatMap((job): PaintJobState[] => {
    const crashes = job.crashes + (blamed.includes(job) ? 1 : 0)
    const isFatal = isMemoryDeath && blamed.length === 1 && blamed.includes(job)
    const result = resultOfCrash({ ...job, crashes }, isFatal)
    if (!result) return [{ ...job, state: 'queued', crashes }]
    effects.push({ type: 'end', id: job.id, result })
    return []
  })
  return { state: { isReady: false, jobs: left }, effects }
}

function resultOfCrash({ isCancelled, crashes }: PaintJobState, isFatal: boolean): PaintResult | undefined {
  if (isCancelled) return { type: 'cancelled' }
  if (isFatal) return { type: 'failed', code: 'request/memory', message: ranOutOfMemory }
  if (crashes < maxCrashesOfPicture) return undefined
  const message = `The engine process ended ${crashes} times while painting this picture.`
  return { type: 'failed', code: 'engine/stopped', message }
}

function cancelled(state: PaintJobsState, id: number): PaintJobsStep {
  const job = state.jobs.find(candidate => candidate.id === id)
  if (!job) return { state, effects: [] }
  if (job.state === 'queued') return nextPaintJobs(state, { type: 'ended', id, result: { type: 'cancelled' } })
  return { state: withJob(state, { ...job, isCancelled: true }), effects: [{ type: 'cancel', id }] }
}

function progressed(state: PaintJobsState, id: number, progress: PaintProgress): PaintJobsStep {
  const job = state.jobs.find(candidate => candidate.id === id)
  if (!job) return { state, effects: [] }
  const step = stepOf(progress)
  const running: PaintJobState = step === undefined ? job : { ...job, state: 'running' }
  const isRepeated = step === undefined ? job.reportedStep >= 0 : step <= job.reportedStep
  if (job.isCancelled || isRepeated) return { state: withJob(state, running), effects: [] }
  const next = withJob(state, { ...running, reportedStep: step ?? -1 })
  return { state: next, effects: [{ type: 'report', id, progress }] }
}

/** 0 for the start; undefined while it waits. */
function stepOf(progress: PaintProgress): number | undefined {
  if (progress.type === 'queued') return undefined
  return progress.type === 'started' ? 0 : progress.step
}

function withJob(state: PaintJobsState, job: PaintJobState): PaintJobsState {
  return { ...state, jobs: state.jobs.map(other => (other.id === job.id ? job : other)) }
}

function without(state: PaintJobsState, job: PaintJobState, result: PaintResult): PaintJobsStep {
  return {
    state: { ...state, jobs: state.jobs.filter(other => other.id !== job.id) },
    effects: [{ type: 'end', id: job.id, result }],
  }
}

function joined(before: readonly PaintJobsEffect[], { state, effects }: PaintJobsStep): PaintJobsStep {
  return { state, effects: [...before, ...effects] }
}
