/**
 * Continuous batching: one loop over everybody's pictures. Each tick answers one kind of need (`paint.ts`) for as many
 * pictures as fit into one call, whatever their timesteps; pictures join and leave between ticks.
 *
 * As many pictures as the largest batch holds have a seat at a time. A free seat goes to interactive and live work
 * before background work, and within a lane to the owner whose last seat was given longest ago. Background work gives
 * its seat up for other lanes, and long work gives it up after some steps if anybody waits.
 */

import { NotFinite } from '../../onnx/finite.ts'
import type { Shelf } from '../lora/adapterRegistry.ts'
import { type Answer, type Need, openPalette, type Painter, type Palette, paint } from '../pipeline/paint.ts'
import type { LatentSize, Pipeline } from '../pipeline/pipeline.ts'
import { sketch } from '../pipeline/preview.ts'
import {
  EngineRefusal,
  type EngineRefusalCode,
  type PaintOutput,
  type PaintProgress,
  type PaintRequest,
  type PaintResult,
  type Rgb,
} from '../types/engine.ts'
import { timestepsOf } from '../types/request.ts'

export interface Batching {
  paint(id: number, ask: PaintRequest, tell: Tell): void
  cancel(id: number): void
  /** There is work to do meanwhile. */
  wake(): void
  /** Mean milliseconds of recent UNet calls for one picture and one step. */
  stepMs(): number
  /** Ends everything as cancelled; resolves when the device is idle. */
  close(): Promise<void>
}

export interface Tell {
  started(): void
  ended(end: PaintResult): void
  /** Where it stands in the queue and what each step gave; absent if nobody listens. */
  progress?: ((progress: PaintProgress) => void) | undefined
}

/** Work that can wait, in pieces as short as a call. */
export interface Meanwhile {
  hasWork(): boolean
  /** Does one piece. */
  work(): Promise<void>
}

export interface BatchingOptions {
  /** Sizes of one UNet call, smallest first. */
  readonly batches: readonly number[]
  readonly model: { readonly name: string; readonly hash: string }
  /** Measured when warming up. */
  readonly stepMs: number
  readonly decodeMs: number
  readonly shelf: Shelf
  /** People with different styles were together in one call of the UNet. */
  mixed(styles: readonly string[], people: number): void
  /** What the device does when nobody waits for a picture, and for a small share of its time when somebody does. */
  readonly meanwhile?: Meanwhile
}

/** Of the time that pictures take, for what is done meanwhile. */
const shareOfMeanwhile = 0.1
/** Steps that a picture may take in its seat while others wait. */
const stepsInSeat = 8
/** A decoded preview may cost this much; a cheaper one is not worth thinking about. */
const cheapPreviewMs = 50
const previewShareOfStep = 0.5

interface Job {
  readonly id: number
  readonly ask: PaintRequest
  readonly tell: Tell
  readonly painter: Painter
  readonly timesteps: readonly number[]
  readonly askedAt: number
  /** Place in the order of arrival; a replacement inherits it. */
  readonly arrival: number
  need: Need | undefined
  started: boolean
  cancelled: boolean
  /** Steps since it last sat down. */
  seatedSteps: number
  ahead: number
  encodeMs: number
  decodeMs: number
  readonly stepMs: number[]
}

export function openBatching(
  pipeline: Pipeline,
  { batches, model, shelf, mixed, meanwhile, ...measured }: BatchingOptions,
): Batching {
  const palette: Palette = openPalette(pipeline.folder, shelf)
  const sizes = [...batches]
  const waiting: Job[] = []
  const seated: Job[] = []
  const lastSeatOf = new Map<string, number>()
  let arrivals = 0
  let seatsGiven = 0
  let { stepMs, decodeMs } = measured
  let wake: (() => void) | undefined
  let closing = false
  /** In the call that is being computed: the device cannot be interrupted, so only these must wait to be cancelled. */
  let busy: readonly Job[] = []
  /** Time that is owed to what is done meanwhile; after a piece it is below zero, until pictures have made up for it. */
  let owedMs = 0
  const idle = run()

  async function run(): Promise<void> {
    while (!closing) {
      seat()
      const hasPictures = seated.length > 0
      if (meanwhile?.hasWork() && (owedMs > 0 || !hasPictures)) await workMeanwhile(meanwhile)
      else if (hasPictures) await answer(nextNeeds())
      else await new Promise<void>(resolve => (wake = resolve))
    }
    for (const job of [...seated, ...waiting]) end(job, { type: 'cancelled' })
  }

  async function workMeanwhile(meanwhile: Meanwhile): Promise<void> {
    const began = performance.now()
    await meanwhile.work()
    const ms = performance.now() - began
    owedMs = (seated.length > 0 ? owedMs : 0) - ms
    // What was asked for while it computed is heard before the next piece.
    await new Promise(resolve => setImmediate(resolve))
  }

  // Whose turn it is

  function seat(): void {
    const limit = sizes.at(-1)!
    for (const job of [...seated]) {
      const better = waiting.some(other => rank(other) < rank(job))
      const equal = job.seatedSteps >= stepsInSeat && waiting.some(other => rank(other) <= rank(job))
      if (seated.length >= limit && (better || equal)) move(job, seated, waiting)
    }
    while (seated.length < limit && waiting.length > 0) {
      const job = waiting.reduce((best, other) => (isBefore(other, best) ? other : best))
      move(job, waiting, seated)
      job.seatedSteps = 0
      lastSeatOf.set(job.ask.owner, ++seatsGiven)
      if (!job.started) start(job)
    }
    if (waiting.length === 0 && seated.length === 0) lastSeatOf.clear()
    tellQueue()
  }

  function isBefore(a: Job, b: Job): boolean {
    const turn = (job: Job) => lastSeatOf.get(job.ask.owner) ?? 0
    return (rank(a) - rank(b) || turn(a) - turn(b) || a.arrival - b.arrival) < 0
  }

  function tellQueue(): void {
    const order = [...waiting].sort((a, b) => (isBefore(a, b) ? -1 : 1))
    for (const [place, job] of order.entries()) {
      const ahead = seated.length + place
      if (job.started || job.ahead === ahead) continue
      job.ahead = ahead
      job.tell.progress?.({ type: 'queued', ahead })
    }
  }

  // What is computed next

  /** The needs of one kind that go into one call, led by the best lane: finish first, then begin, then step. */
  function nextNeeds(): Job[] {
    const order = { picture: 0, words: 1, latents: 1, prediction: 2, stepped: 0 } satisfies Record<Need['type'], number>
    const [leader] = [...seated].sort((a, b) => rank(a) - rank(b) || order[a.need!.type] - order[b.need!.type])
    const { need } = leader!
    if (need!.type === 'words' || need!.type === 'latents') return [leader!]
    const kind = kindOf(need!)
    // Background work does not ride along: on a CPU every row costs its time.
    const alike = (job: Job) => job !== leader && rank(job) === rank(leader!) && kindOf(job.need!) === kind
    const others = seated.filter(alike)
    return [leader!, ...others].slice(0, sizes.at(-1)!)
  }

  async function answer(jobs: readonly Job[]): Promise<void> {
    const began = performance.now()
    let answers: readonly Answer[]
    busy = jobs
    try {
      answers = await compute(jobs.map(job => job.need!))
    } catch (error) {
      if (jobs.length === 1) return end(jobs[0]!, failureOf(error))
      // One of them may be at fault, or so many do not fit into the device's memory: each alone will tell.
      if (!(error instanceof NotFinite)) shrinkBelow(jobs.length)
      for (const job of jobs) if (!closing) await answer([job])
      return
    } finally {
      busy = []
    }
    const ms = performance.now() - began
    owedMs += (ms * shareOfMeanwhile) / (1 - shareOfMeanwhile)
    tellMixed(jobs)
    for (const [i, job] of jobs.entries()) {
      note(job, ms, jobs.length)
      if (job.cancelled) end(job, { type: 'cancelled' })
      else await advance(job, answers[i]!)
    }
  }

  function tellMixed(jobs: readonly Job[]): void {
    const styled = jobs.filter(({ ask, need }) => need!.type === 'prediction' && ask.styles?.length)
    const styles = new Set(styled.map(({ ask }) => ask.styles!.map(({ id }) => id).join(' + ')))
    const people = new Set(styled.map(({ ask }) => ask.owner))
    if (styles.size > 1 && people.size > 1) mixed([...styles].sort(), people.size)
  }

  async function compute(needs: readonly Need[]): Promise<readonly Answer[]> {
    const [need] = needs
    const batch = sizes.find(size => size >= needs.length) ?? needs.length
    switch (need!.type) {
      case 'words':
        return [await pipeline.encodeWords(need!.prompt)]
      case 'latents':
        return [await pipeline.encodePicture(need!.picture, need!.noise)]
      case 'prediction':
        return pipeline.predict(
          needs.map(other => (other as typeof need & { type: 'prediction' }).row),
          need!.size,
          batch,
        )
      case 'picture':
        return pipeline.decode(
          needs.map(other => (other as typeof need & { type: 'picture' }).latents),
          need!.size,
          batch,
        )
      case 'stepped':
        throw new Error('Expected a need that a network answers, got "stepped"')
      default:
        throw new Error(`Unknown need: ${need satisfies undefined}`)
    }
  }

  function shrinkBelow(batch: number): void {
    while (sizes.length > 1 && sizes.at(-1)! >= batch) sizes.pop()
  }

  // One picture

  function start(job: Job): void {
    job.started = true
    job.tell.started()
    try {
      job.need = job.painter.next().value as Need
    } catch (error) {
      end(job, failureOf(error))
    }
  }

  /** Hands the answer to the painter, tells of a step, and stops at the next need of a network or at the end. */
  async function advance(job: Job, answer: Answer): Promise<void> {
    try {
      let next = job.painter.next(answer)
      while (!next.done && next.value.type === 'stepped') {
        const preview = await previewOf(job, next.value)
        tellStep(job, next.value, preview)
        next = job.painter.next(undefined)
      }
      if (next.done) end(job, { type: 'finished', picture: next.value, output: madeOf(job) })
      else job.need = next.value
    } catch (error) {
      end(job, failureOf(error))
    }
  }

  function note(job: Job, ms: number, batch: number): void {
    switch (job.need!.type) {
      case 'prediction':
        job.stepMs.push(ms)
        job.seatedSteps++
        stepMs = stepMs * 0.9 + (0.1 * ms) / batch
        break
      case 'picture':
        job.decodeMs = ms
        decodeMs = ms / batch
        break
      default:
        job.encodeMs += ms
    }
  }

  function tellStep(job: Job, { step, timestep }: Need & { type: 'stepped' }, preview: Rgb | undefined): void {
    job.tell.progress?.({
      type: 'stepped',
      step,
      steps: job.timesteps.length,
      timestep,
      ms: job.stepMs.at(-1)!,
      ...(preview && { preview }),
    })
  }

  async function previewOf(job: Job, { step, denoised }: Need & { type: 'stepped' }): Promise<Rgb | undefined> {
    const { previews = 'none' } = job.ask
    if (previews === 'none' || !job.tell.progress) return undefined
    const size = latentSizeOf(job.ask)
    const { previewMap, scalingFactor } = pipeline.folder
    if (previews === 'decoded' && canAffordDecoder()) {
      // The last step's decoded preview would be the picture itself, which follows at once.
      if (step === job.timesteps.length) return undefined
      const began = performance.now()
      const [preview] = await pipeline.decode([denoised.map(z => z / scalingFactor)], size, sizes[0]!)
      decodeMs = performance.now() - began
      return preview
    }
    return previewMap && sketch(denoised, size.width, size.height, previewMap)
  }

  /** Nobody else may wait for somebody's preview, and a preview may not double the time of its own picture. */
  function canAffordDecoder(): boolean {
    return seated.length + waiting.length === 1 && decodeMs <= Math.max(cheapPreviewMs, stepMs * previewShareOfStep)
  }

  function end(job: Job, end: PaintResult): void {
    for (const list of [seated, waiting]) if (list.includes(job)) list.splice(list.indexOf(job), 1)
    job.tell.ended(end)
  }

  function madeOf(job: Job): PaintOutput {
    return {
      timesteps: job.timesteps,
      device: pipeline.device,
      model: model.name,
      modelHash: model.hash,
      encodeMs: job.encodeMs,
      stepMs: job.stepMs,
      decodeMs: job.decodeMs,
      totalMs: performance.now() - job.askedAt,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    }
  }

  function latentSizeOf(ask: PaintRequest): LatentSize {
    const { spatialFactor } = pipeline.folder
    return { width: ask.width / spatialFactor, height: ask.height / spatialFactor }
  }

  return {
    paint(id, ask, tell) {
      const older =
        ask.liveKey === undefined ? undefined : waiting.find(job => !job.started && job.ask.liveKey === ask.liveKey)
      if (older) end(older, { type: 'replaced' })
      waiting.push({
        id,
        ask,
        tell,
        painter: paint(ask, palette),
        timesteps: timestepsOf(ask, palette.scheduler.config),
        askedAt: performance.now(),
        arrival: older?.arrival ?? arrivals++,
        need: undefined,
        started: false,
        cancelled: false,
        seatedSteps: 0,
        ahead: -1,
        encodeMs: 0,
        decodeMs: 0,
        stepMs: [],
      })
      tellQueue()
      wake?.()
    },
    cancel(id) {
      const job = [...waiting, ...seated].find(candidate => candidate.id === id)
      if (!job) return
      if (busy.includes(job)) job.cancelled = true
      else end(job, { type: 'cancelled' })
    },
    wake: () => wake?.(),
    stepMs: () => stepMs,
    async close() {
      closing = true
      wake?.()
      await idle
    },
  }
}

function rank({ ask }: Job): number {
  return ask.priority === 'background' ? 1 : 0
}

function move(job: Job, from: Job[], to: Job[]): void {
  from.splice(from.indexOf(job), 1)
  to.push(job)
}

/** Needs of one kind share a call: the same network at the same size. */
function kindOf(need: Need): string {
  return 'size' in need ? `${need.type} ${need.size.width}×${need.size.height}` : need.type
}

function failureOf(error: unknown): PaintResult {
  const code: EngineRefusalCode =
    error instanceof EngineRefusal ? error.code : error instanceof NotFinite ? 'engine/not-finite' : 'engine/stopped'
  return { type: 'failed', code, words: error instanceof Error ? error.message : String(error) }
}
