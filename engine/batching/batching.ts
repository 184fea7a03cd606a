/**
 * Continuous batching: one loop over everybody's pictures. Each tick answers one kind of request (`paint.ts`) for as
 * many pictures as fit into one call, whatever their timesteps; pictures join and leave between ticks. Who has a slot is
 * decided in `queue.ts`, who shares a call in `call.ts`; here it is done.
 */

import { NonFiniteError } from '../../onnx/finite.ts'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import type { AdapterRegistry } from '../lora/adapterRegistry.ts'
import { type Coding, codingOf } from '../pipeline/autoencoder.ts'
import { paint } from '../pipeline/paint.ts'
import { createPaintContext, type PaintContext } from '../pipeline/paintContext.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { latentPreview } from '../pipeline/preview.ts'
import type { StepRequest, StepResult } from '../pipeline/stepRequests.ts'
import type { PaintRequest, PaintResult, Rgb } from '../types/engine.ts'
import { visitedTimesteps } from '../types/request.ts'
import { type BackgroundWork, earned, spent } from './backgroundBudget.ts'
import { computeCall, nextCall, rowCount } from './call.ts'
import { createJob, outputOf, type PaintJob, type PaintListener, recordCall } from './job.ts'
import { previewKind } from './previews.ts'
import { emptyQueue, nextQueue, places, type QueueEvent, type QueueState, replacedBy } from './queue.ts'

export interface Batching {
  paint(id: number, request: PaintRequest, listener: PaintListener): void
  cancel(id: number): void
  /** There is background work to do. */
  wake(): void
  /** Mean milliseconds of recent UNet calls for one picture and one step. */
  stepMs(): number
  /** Ends everything as cancelled; resolves when the device is idle. */
  close(): Promise<void>
}

export interface BatchingOptions {
  /** Sizes of one UNet call, smallest first. */
  readonly batches: readonly number[]
  readonly model: { readonly name: string; readonly hash: string }
  /** Measured when warming up; `decodeMs` with the autoencoder that makes previews. */
  readonly stepMs: number
  readonly decodeMs: number
  readonly adapters: AdapterRegistry
  /** How many rows of a call fit into memory at a size in pixels; as many as a call may have if left out. */
  readonly rowsThatFit?: ((pixels: number) => number) | undefined
  /** People with different styles were together in one call of the UNet. */
  onMixedBatch(styles: readonly string[], people: number): void
  /** What the device does when nobody waits for a picture, and for a small share of its time when somebody does. */
  readonly background?: BackgroundWork
}

export function openBatching(pipeline: Pipeline, options: BatchingOptions): Batching {
  return new PaintLoop(pipeline, options)
}

class PaintLoop implements Batching {
  private readonly pipeline: Pipeline
  private readonly options: BatchingOptions
  private readonly context: PaintContext
  private readonly jobs = new Map<number, PaintJob>()
  private queue: QueueState
  /** Those of the options that fit into the device's memory. */
  private batchSizes: readonly number[]
  /** Previews are decoded by the tiny autoencoder if there is one. */
  private readonly previewCoding: Coding
  private measured: { readonly stepMs: number; readonly decodeMs: number }
  private backgroundBudgetMs = 0
  /** In the call that is being computed: the device cannot be interrupted, so only these must wait to be cancelled. */
  private busy: readonly PaintJob[] = []
  private isClosing = false
  private wakeUp: (() => void) | undefined
  private readonly idle: Promise<void>

  constructor(pipeline: Pipeline, options: BatchingOptions) {
    this.pipeline = pipeline
    this.options = options
    this.context = createPaintContext(pipeline.folder, options.adapters)
    this.batchSizes = options.batches
    this.queue = emptyQueue(options.batches.at(-1)!)
    const { folder } = pipeline
    this.previewCoding = codingOf(folder, folder.tinyAutoencoder ? 'tiny' : 'full')
    this.measured = { stepMs: options.stepMs, decodeMs: options.decodeMs }
    this.idle = this.run()
  }

  paint(id: number, request: PaintRequest, listener: PaintListener): void {
    const { owner, priority, liveKey } = request
    const older = replacedBy(this.queue, liveKey)
    this.dispatch({ type: 'requested', id, owner, priority, liveKey })
    if (older) this.end(this.jobs.get(older.id)!, { type: 'replaced' })
    const painter = paint(request, this.context)
    const timesteps = visitedTimesteps(request, this.context.scheduler.config)
    this.jobs.set(id, createJob({ id, request, listener, painter, timesteps }))
    this.announcePlaces()
    this.wake()
  }

  cancel(id: number): void {
    const job = this.jobs.get(id)
    if (!job) return
    if (this.busy.includes(job)) job.isCancelled = true
    else this.end(job, { type: 'cancelled' })
  }

  wake(): void {
    this.wakeUp?.()
  }

  stepMs(): number {
    return this.measured.stepMs
  }

  async close(): Promise<void> {
    this.isClosing = true
    this.wake()
    await this.idle
  }

  private async run(): Promise<void> {
    const { background } = this.options
    while (!this.isClosing) {
      this.giveSlots()
      const hasPictures = this.queue.active.length > 0
      if (background?.hasWork() && (this.backgroundBudgetMs > 0 || !hasPictures)) await this.runBackground(background)
      else if (hasPictures)
        await this.answer(nextCall(this.candidates(), step => this.batchSizesFor(step).at(-1)!).map(({ job }) => job))
      else await new Promise<void>(resolve => (this.wakeUp = resolve))
    }
    const { active, waiting } = this.queue
    for (const { id } of [...active, ...waiting]) this.end(this.jobs.get(id)!, { type: 'cancelled' })
  }

  private async runBackground(background: BackgroundWork): Promise<void> {
    const began = performance.now()
    await background.runPiece()
    const ms = performance.now() - began
    this.backgroundBudgetMs = spent(this.backgroundBudgetMs, ms, this.queue.active.length > 0)
    // Messages that came while it computed are received before the next piece.
    await new Promise(resolve => setImmediate(resolve))
  }

  // The queue

  private dispatch(event: QueueEvent): void {
    this.queue = nextQueue(this.queue, event)
  }

  /** A picture that fails at its very start leaves its slot to the next. */
  private giveSlots(): void {
    do {
      this.dispatch({ type: 'scheduled' })
      for (const job of this.activeJobs()) if (job.step === undefined) this.start(job)
    } while (this.queue.active.length < this.queue.slots && this.queue.waiting.length > 0)
    this.announcePlaces()
  }

  private activeJobs(): PaintJob[] {
    return this.queue.active.map(({ id }) => this.jobs.get(id)!)
  }

  private candidates() {
    return this.activeJobs().map(job => ({ job, priority: job.request.priority, step: job.step! }))
  }

  private announcePlaces(): void {
    for (const { id, ahead } of places(this.queue)) {
      const job = this.jobs.get(id)!
      if (job.ahead === ahead) continue
      job.ahead = ahead
      job.listener.onProgress?.({ type: 'queued', ahead })
    }
  }

  // One call

  private async answer(jobs: readonly PaintJob[]): Promise<void> {
    const began = performance.now()
    const steps = jobs.map(job => job.step!)
    let results: readonly StepResult[]
    this.busy = jobs
    try {
      results = await computeCall(this.pipeline, steps, this.batchSizesFor(steps[0]!))
    } catch (error) {
      await this.recover(jobs, error)
      return
    } finally {
      this.busy = []
    }
    const ms = performance.now() - began
    this.backgroundBudgetMs = earned(this.backgroundBudgetMs, ms)
    const rows = steps.reduce((sum, step) => sum + rowCount(step), 0)
    this.reportMixedStyles(jobs)
    for (const [at, job] of jobs.entries()) {
      // Cancelled while the preview of another one was decoded.
      if (!this.jobs.has(job.id)) continue
      this.record(job, ms, rows)
      if (job.isCancelled) this.end(job, { type: 'cancelled' })
      else await this.advance(job, results[at]!)
    }
  }

  /** Sizes of a call that fit into memory; the least of them is tried whatever is expected of it. */
  private batchSizesFor(step: StepRequest): readonly number[] {
    const { rowsThatFit } = this.options
    if (!rowsThatFit || !('size' in step)) return this.batchSizes
    const most = rowsThatFit(step.size.width * step.size.height * this.pipeline.folder.spatialFactor ** 2)
    const fitting = this.batchSizes.filter(size => size <= most)
    return fitting.length > 0 ? fitting : this.batchSizes.slice(0, 1)
  }

  /** One of them may be at fault, or so many do not fit into the device's memory: each alone will tell. */
  private async recover(jobs: readonly PaintJob[], error: unknown): Promise<void> {
    const rows = jobs.reduce((sum, { step }) => sum + rowCount(step!), 0)
    const isFinal = error instanceof NonFiniteError || rows === 1 || this.batchSizes.length === 1
    if (jobs.length === 1 && isFinal) {
      this.end(jobs[0]!, failureOf(error))
      return
    }
    if (!(error instanceof NonFiniteError)) this.shrinkBelow(Math.min(rows, this.batchSizes.at(-1)!))
    for (const job of jobs) if (!this.isClosing && this.jobs.has(job.id)) await this.answer([job])
  }

  private shrinkBelow(batch: number): void {
    const smaller = this.batchSizes.filter(size => size < batch)
    this.batchSizes = smaller.length > 0 ? smaller : this.batchSizes.slice(0, 1)
    this.dispatch({ type: 'resized', slots: this.batchSizes.at(-1)! })
  }

  private record(job: PaintJob, ms: number, rows: number): void {
    recordCall(job, ms)
    const { stepMs, decodeMs } = this.measured
    if (job.step!.type === 'prediction') {
      this.dispatch({ type: 'stepped', id: job.id })
      this.measured = { decodeMs, stepMs: stepMs * 0.9 + (0.1 * ms) / rows }
    } else if (job.step!.type === 'picture' && job.step!.autoencoder === this.previewCoding.decoder) {
      this.measured = { stepMs, decodeMs: ms / rows }
    }
  }

  private reportMixedStyles(jobs: readonly PaintJob[]): void {
    const styled = jobs.filter(({ request, step }) => step!.type === 'prediction' && request.styles?.length)
    const styles = new Set(styled.map(({ request }) => request.styles!.map(({ id }) => id).join(' + ')))
    const people = new Set(styled.map(({ request }) => request.owner))
    if (styles.size > 1 && people.size > 1) this.options.onMixedBatch([...styles].sort(), people.size)
  }

  // One picture

  private start(job: PaintJob): void {
    job.listener.onStarted()
    try {
      job.step = job.painter.next().value as StepRequest
    } catch (error) {
      this.end(job, failureOf(error))
    }
  }

  /** Hands the result to the painter, reports a step, and stops at the next request to a network or at the end. */
  private async advance(job: PaintJob, result: StepResult): Promise<void> {
    try {
      let next = job.painter.next(result)
      while (!next.done && next.value.type === 'stepped') {
        const preview = await this.previewOf(job, next.value)
        this.reportStep(job, next.value, preview)
        next = job.painter.next(undefined)
      }
      if (next.done) this.end(job, await this.finished(job, next.value))
      else job.step = next.value
    } catch (error) {
      this.end(job, failureOf(error))
    }
  }

  private async finished(job: PaintJob, picture: Rgb): Promise<PaintResult> {
    const hasNsfwConcepts = await this.pipeline.detectNsfw?.(picture)
    return {
      ...{ type: 'finished', picture, output: this.outputOf(job) },
      ...(hasNsfwConcepts !== undefined && { hasNsfwConcepts }),
    }
  }

  private reportStep(job: PaintJob, { step, timestep }: StepRequest & { type: 'stepped' }, preview?: Rgb): void {
    job.listener.onProgress?.({
      type: 'stepped',
      step,
      steps: job.timesteps.length,
      timestep,
      ms: job.stepMs.at(-1)!,
      ...(preview && { preview }),
    })
  }

  private async previewOf(
    { request, listener, timesteps }: PaintJob,
    { step, denoised }: StepRequest & { type: 'stepped' },
  ): Promise<Rgb | undefined> {
    if (!listener.onProgress || !denoised) return undefined
    const { previewMap, spatialFactor } = this.pipeline.folder
    const size = { width: request.width / spatialFactor, height: request.height / spatialFactor }
    const isAlone = this.jobs.size === 1
    const isLastStep = step === timesteps.length
    switch (previewKind({ wanted: request.previews, isLastStep, isAlone, ...this.measured })) {
      case 'decoded': {
        const began = performance.now()
        const { decoder, decoderScale } = this.previewCoding
        const latents = denoised.map(z => z / decoderScale)
        const [preview] = await this.pipeline.decode([latents], size, this.batchSizes[0]!, decoder)
        this.measured = { ...this.measured, decodeMs: performance.now() - began }
        return preview
      }
      case 'latent':
        if (request.previews === 'decoded' && isAlone) this.doubtDecoder()
        return previewMap && latentPreview(denoised, size.width, size.height, previewMap)
      case 'none':
        return undefined
    }
  }

  /** One slow call must not end decoded previews for good: of a tiny autoencoder, they alone measure it. */
  private doubtDecoder(): void {
    const { decodeMs, stepMs } = this.measured
    this.measured = { stepMs, decodeMs: decodeMs * 0.9 }
  }

  private outputOf(job: PaintJob) {
    const { model } = this.options
    return outputOf(job, { device: this.pipeline.device, model: model.name, modelHash: model.hash })
  }

  private end(job: PaintJob, result: PaintResult): void {
    this.dispatch({ type: 'ended', id: job.id })
    this.jobs.delete(job.id)
    job.listener.onEnded(result)
  }
}

function failureOf(error: unknown): PaintResult {
  const code: ErrorCode =
    error instanceof UserError ? error.code : error instanceof NonFiniteError ? 'engine/not-finite' : 'engine/stopped'
  return { type: 'failed', code, message: error instanceof Error ? error.message : String(error) }
}
