/** One picture on its way through the loop: its painter, what it waits for, and how long its calls took. */
import type { Painter, StepRequest } from '../pipeline/stepRequests.ts'
import type { PaintOutput, PaintProgress, PaintRequest, PaintResult } from '../types/engine.ts'

export interface PaintListener {
  onStarted(): void
  onEnded(result: PaintResult): void
  /** Where it stands in the queue and what each step gave; absent if nobody listens. */
  onProgress?: ((progress: PaintProgress) => void) | undefined
}

export interface PaintJob {
  readonly id: number
  readonly request: PaintRequest
  readonly listener: PaintListener
  readonly painter: Painter
  readonly timesteps: readonly number[]
  readonly requestedAt: number
  /** What it needs to go on; undefined before its first slot. */
  step: StepRequest | undefined
  /** Ends as soon as the call that it takes part in is over. */
  isCancelled: boolean
  /** The place in the queue that its listener was last told. */
  ahead: number
  encodeMs: number
  decodeMs: number
  readonly stepMs: number[]
}

export function createJob(fields: Pick<PaintJob, 'id' | 'request' | 'listener' | 'painter' | 'timesteps'>): PaintJob {
  return {
    ...fields,
    requestedAt: performance.now(),
    step: undefined,
    isCancelled: false,
    ahead: -1,
    encodeMs: 0,
    decodeMs: 0,
    stepMs: [],
  }
}

/** Notes what a call took that this picture was part of. */
export function recordCall(job: PaintJob, ms: number): void {
  switch (job.step!.type) {
    case 'prediction':
      job.stepMs.push(ms)
      break
    case 'picture':
      job.decodeMs = ms
      break
    case 'texture':
      if (!job.step!.isOff) job.decodeMs += ms
      else job.encodeMs += ms
      break
    default:
      job.encodeMs += ms
  }
}

export function outputOf(job: PaintJob, by: Pick<PaintOutput, 'device' | 'model' | 'modelHash'>): PaintOutput {
  return {
    timesteps: job.timesteps,
    ...by,
    encodeMs: job.encodeMs,
    stepMs: job.stepMs,
    decodeMs: job.decodeMs,
    totalMs: performance.now() - job.requestedAt,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }
}
