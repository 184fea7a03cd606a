/** An engine that paints nothing: it only takes the time, so that what else there is becomes visible. */
import { setTimeout as sleep } from 'node:timers/promises'
import { lcmDefaults } from '../engine/diffusion/scheduler.ts'
import type {
  AbleEngine,
  EngineInfo,
  EngineLoad,
  Painting,
  PaintProgress,
  PaintRequest,
  PaintResult,
} from '../engine/index.ts'
import { nothingMeasured } from '../engine/types/measurements.ts'

export interface StandIn {
  /** Of one call of the UNet, however many rows it has. */
  readonly stepMs: number
  /** Rows of a call. */
  readonly batch: number
  /** Pixels of a picture's side. */
  readonly side: number
  /** Of its model in the pictures' recipes: tells which of several has painted one. */
  readonly name?: string
}

interface Job {
  readonly request: PaintRequest
  stepsLeft: number
  readonly onProgress: ((progress: PaintProgress) => void) | undefined
  resolve(result: PaintResult): void
}

/** Steps of up to `batch` pictures are made together, and whoever waits comes in between two of them, as in the real one. */
export function openStandInEngine({ stepMs, batch, side, name = 'stand-in' }: StandIn): AbleEngine {
  const info = infoOf(side, batch, name)
  const waiting: Job[] = []
  const active = new Set<Job>()
  const compute = createDevice()
  let isRunning = false

  async function run(): Promise<void> {
    isRunning = true
    while (waiting.length > 0 || active.size > 0) {
      while (active.size < batch && waiting.length > 0) {
        const job = waiting.shift()!
        active.add(job)
        job.onProgress?.({ type: 'started' })
      }
      await compute(stepMs)
      for (const job of active) {
        const { steps } = job.request
        job.stepsLeft--
        job.onProgress?.({ type: 'stepped', step: steps - job.stepsLeft, steps, timestep: 0, ms: stepMs })
        if (job.stepsLeft === 0) end(job, finished(job.request, info))
      }
    }
    isRunning = false
  }

  function end(job: Job, result: PaintResult): void {
    active.delete(job)
    if (waiting.includes(job)) waiting.splice(waiting.indexOf(job), 1)
    job.resolve(result)
  }

  const none = { waiting: 0, running: 0 }
  return {
    ...{ info, styleLayout: null },
    abilities: {
      ...{ info, styleLayout: null, measured: nothingMeasured, memoryBytes: null },
      ...{ tooLargePicture: null, tooLargeLearning: null },
    },
    paint(request, onProgress): Painting {
      let job: Job | undefined
      const ended = new Promise<PaintResult>(resolve => {
        job = { request, stepsLeft: request.steps, onProgress, resolve }
        waiting.push(job)
      })
      if (!isRunning) void run()
      return { ended, cancel: () => end(job!, { type: 'cancelled' }) }
    },
    estimate: () => ({ ms: null, bytes: null }),
    estimateLearning: () => ({ ms: null, bytes: null, pieceMs: null, figures: null, error: null }),
    load: (): EngineLoad => ({
      ...{ state: 'ready', waiting: waiting.length, running: active.size },
      ...{ queues: { interactive: none, live: none, background: none } },
      ...{ restarts: 0, hangs: 0, silentMs: 0, restReason: null, stepMs, mixedBatches: 0 },
    }),
    learn() {
      throw new Error('A stand-in learns nothing')
    },
    registerStyle: () => undefined,
    unregisterStyle: () => undefined,
    close: async () => undefined,
  }
}

function finished({ width, height }: PaintRequest, { device, model }: EngineInfo): PaintResult {
  const picture = { width, height, data: new Uint8Array(width * height * 3) }
  const output = { timesteps: [999, 759, 499, 259], device, model: model.name, modelHash: model.hash }
  const times = { encodeMs: 0, stepMs: [], decodeMs: 0, totalMs: 0, peakRssBytes: 0 }
  return { type: 'finished', picture, output: { ...output, ...times } }
}

/** Of a timer's own lateness; what is more is the program's. */
const maxCreditMs = 1.5

/** Waits as a device would take: a timer is up to a millisecond early or late, which the next wait makes up for. */
function createDevice(): (ms: number) => Promise<void> {
  let creditMs = 0
  return async ms => {
    const until = performance.now() + ms - creditMs
    await sleep(Math.max(0, ms - creditMs))
    creditMs = Math.min(maxCreditMs, performance.now() - until)
  }
}

function infoOf(side: number, batch: number, name: string): EngineInfo {
  const schedule = { ...lcmDefaults, predictionType: 'sample' } as const
  return {
    model: {
      ...{ name, folder: '', hash: 'stand-in', prediction: 'sample', generation: 'C', schedule },
      ...{ guidanceEmbedding: true, isInpainting: false, canPaintOver: true, hasTinyAutoencoder: false },
      ...{ hasSafetyChecker: false, parts: [], defaults: { steps: 4, guidance: 8, strength: 0.5 } },
      sizes: { default: { width: side, height: side }, min: 64, max: 2 * side, multiple: 8 },
    },
    ...{ device: 'cpu', deviceReason: 'It is a stand-in.', providers: [], batches: [batch], warmUpMs: 0, ignored: [] },
  }
}
