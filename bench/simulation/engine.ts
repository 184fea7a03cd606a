/** An engine of the simulation: the program's own queue, a device that takes its time, styles in memory. */
import { emptyQueue, nextQueue, type QueueEvent, type QueueState } from '../../engine/batching/queue.ts'
import type { Clock } from './clock.ts'

export interface SimulatedJob {
  readonly id: number
  readonly owner: string
  readonly priority: 'interactive' | 'live'
  readonly style: string | null
  readonly requestedAt: number
  stepsLeft: number
  startedAt: number | null
}

export interface EngineOptions {
  readonly id: string
  /** Rows of a step. */
  readonly batch: number
  /** Milliseconds of a step with so many rows. */
  stepMs(rows: number): number
  /** Styles that it holds; those used longest ago go. */
  readonly inMemory: number
  readonly fetchMs: number
  onEnded(job: SimulatedJob, engine: SimulatedEngine): void
}

export interface SimulatedEngine {
  readonly id: string
  readonly batch: number
  /** Tickets whose jobs are here. */
  tickets: number
  /** What it has fetched, of how much was wanted. */
  readonly styles: { fetched: number; wanted: number }
  /** Milliseconds that the device computed, and rows of how many steps. */
  readonly device: { busyMs: number; rows: number; steps: number }
  styleIds(): readonly string[]
  /** Those that are here, with a slot or without. */
  jobs(): number
  take(job: SimulatedJob): void
}

export function createEngine(clock: Clock, options: EngineOptions): SimulatedEngine {
  const { id, batch, stepMs, inMemory, fetchMs, onEnded } = options
  const jobs = new Map<number, SimulatedJob>()
  const held = new Set<string>()
  let queue: QueueState = emptyQueue(batch)
  let isComputing = false
  const dispatch = (event: QueueEvent) => {
    queue = nextQueue(queue, event)
  }

  function step(): void {
    dispatch({ type: 'scheduled' })
    const active = queue.active.map(request => jobs.get(request.id)!)
    isComputing = active.length > 0
    if (!isComputing) return
    for (const job of active) job.startedAt ??= clock.now()
    const ms = stepMs(active.length)
    self.device.busyMs += ms
    self.device.rows += active.length
    self.device.steps++
    clock.after(ms, () => {
      for (const job of active) makeStep(job)
      step()
    })
  }

  function makeStep(job: SimulatedJob): void {
    dispatch({ type: 'stepped', id: job.id })
    job.stepsLeft--
    if (job.stepsLeft > 0) return
    dispatch({ type: 'ended', id: job.id })
    jobs.delete(job.id)
    onEnded(job, self)
  }

  /** Milliseconds until its style is here. */
  function fetching({ style }: SimulatedJob): number {
    if (style === null) return 0
    self.styles.wanted++
    const isHeld = held.delete(style)
    held.add(style)
    if (isHeld) return 0
    self.styles.fetched++
    const [oldest] = held
    if (held.size > inMemory) held.delete(oldest!)
    return fetchMs
  }

  function arrive({ id, owner, priority }: SimulatedJob): void {
    dispatch({ type: 'requested', id, owner, priority })
    // Whoever comes at the same moment shares the step.
    if (!isComputing) {
      isComputing = true
      clock.after(0, step)
    }
  }

  const self: SimulatedEngine = {
    ...{ id, batch, tickets: 0, styles: { fetched: 0, wanted: 0 }, device: { busyMs: 0, rows: 0, steps: 0 } },
    styleIds: () => [...held],
    jobs: () => jobs.size,
    take(job) {
      jobs.set(job.id, job)
      const ms = fetching(job)
      if (ms > 0) clock.after(ms, () => arrive(job))
      else arrive(job)
    },
  }
  return self
}
