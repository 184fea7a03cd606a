/**
 * Where each job of one program is, over all engines that come, leave and die: a value, what each event makes of it, and
 * what is to be done then. A job is at one engine at a time, its steps are reported once, and it ends once.
 *
 * Durable jobs stand in the line of their kind, where owners take turns, until there is room among the tickets; live ones
 * go to an engine at once, and the newest of a key waits here while an older one is on its way.
 */
import { emptyQueue, nextQueue, type PaintResult, type Priority, places, type QueueState } from '../engine/index.ts'
import type { ErrorCode } from '../protocol/errors.ts'

export type JobKind = 'picture' | 'learning'

/** One placement of a job has one number, so that what an earlier engine still reports of it is ignored. */
export type Place =
  /** Here: in the line, or for want of an engine. */
  | { readonly type: 'waiting' }
  /** A ticket is out; whoever takes it gets the job. */
  | { readonly type: 'offered'; readonly placement: number }
  /** At an engine. `isReceived`: all of it has arrived there; `isRunning`: it was begun. */
  | {
      readonly type: 'placed'
      readonly placement: number
      readonly engine: string
      readonly isReceived: boolean
      readonly isRunning: boolean
    }

export interface Job {
  readonly id: number
  readonly kind: JobKind
  readonly owner: string
  readonly priority: Priority
  readonly liveKey?: string | undefined
  readonly place: Place
  readonly isCancelled: boolean
  /** The last step that was reported, 0 for the start; −1 before. */
  readonly reportedStep: number
  /** Engines that died while they were at it. */
  readonly deaths: number
  /** How many were before it when that was reported last; −1 before. */
  readonly ahead: number
}

export interface Placements {
  readonly jobs: ReadonlyMap<number, Job>
  readonly byPlacement: ReadonlyMap<number, number>
  readonly lines: Readonly<Record<JobKind, QueueState>>
  readonly nextPlacement: number
}

type ProgressSummary =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started' }
  | { readonly type: 'stepped'; readonly step: number }
  | { readonly type: 'other' }

export type PlacementEvent =
  | ({ readonly type: 'requested' } & Pick<Job, 'id' | 'kind' | 'owner' | 'priority' | 'liveKey'>)
  | { readonly type: 'cancelled'; readonly id: number }
  /** How many of each kind the engines may take together. */
  | { readonly type: 'resized'; readonly slots: Readonly<Record<JobKind, number>> }
  /** An engine takes the job of a ticket. */
  | { readonly type: 'taken'; readonly placement: number; readonly engine: string }
  /** An engine was found for a live job. */
  | { readonly type: 'leased'; readonly id: number; readonly engine: string }
  | { readonly type: 'received'; readonly placement: number }
  | { readonly type: 'progressed'; readonly placement: number; readonly summary: ProgressSummary }
  /** A learning has a newer checkpoint: engines that died before count no more. */
  | { readonly type: 'advanced'; readonly placement: number }
  | { readonly type: 'ended'; readonly placement: number }
  /** `isDraining`: it gives back what it has not begun, and finishes what it paints. */
  | { readonly type: 'engineLost'; readonly engine: string; readonly isDraining: boolean }
  | { readonly type: 'engineJoined' }
  /** Its ticket is lost. */
  | { readonly type: 'ticketLost'; readonly placement: number }
  /** An engine that has it cannot go on, and another can. */
  | { readonly type: 'refused'; readonly placement: number }
  /** The program ends: so do all. */
  | { readonly type: 'closed' }
  /** It ends so, wherever it is. */
  | { readonly type: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** Time has passed: those who wait hear how many are before them, and live ones try again. */
  | { readonly type: 'ticked' }

export type PlacementEffect =
  | { readonly type: 'offer'; readonly kind: JobKind; readonly placement: number }
  | { readonly type: 'withdraw'; readonly kind: JobKind; readonly placement: number }
  /** An engine is to be found for a live job. */
  | { readonly type: 'lease'; readonly id: number }
  | { readonly type: 'send'; readonly id: number; readonly placement: number; readonly engine: string }
  | { readonly type: 'cancel'; readonly placement: number; readonly engine: string }
  /** The message that has just come is for whoever requested it. */
  | { readonly type: 'report'; readonly id: number }
  | { readonly type: 'reportQueued'; readonly id: number; readonly ahead: number }
  /** The result that has just come is its end. */
  | { readonly type: 'settle'; readonly id: number }
  | { readonly type: 'end'; readonly id: number; readonly result: EarlyEnd }

/** An end that no engine has reported. */
export type EarlyEnd = Extract<PaintResult, { type: 'cancelled' | 'replaced' | 'failed' }>

interface Step {
  readonly state: Placements
  readonly effects: readonly PlacementEffect[]
}

/** At so many engines that died while they were at it, a job is given up: they may have died of it. */
const maxDeaths = 3

export const noPlacements: Placements = {
  jobs: new Map(),
  byPlacement: new Map(),
  lines: { picture: emptyQueue(0), learning: emptyQueue(0) },
  nextPlacement: 1,
}

export function nextPlacements(state: Placements, event: PlacementEvent): Step {
  switch (event.type) {
    case 'requested':
      return requested(state, event)
    case 'cancelled':
      return cancelled(state, event.id)
    case 'resized':
      return resized(state, event.slots)
    case 'taken': {
      const job = jobAt(state, event.placement)
      if (job?.place.type !== 'offered') return { state, effects: [] }
      return placed(state, job, event.engine, event.placement)
    }
    case 'leased': {
      const job = state.jobs.get(event.id)
      if (job?.place.type !== 'waiting') return { state, effects: [] }
      return placed({ ...state, nextPlacement: state.nextPlacement + 1 }, job, event.engine, state.nextPlacement)
    }
    case 'received':
      return changedPlace(state, event.placement, { isReceived: true })
    case 'progressed':
      return progressed(state, event.placement, event.summary)
    case 'advanced': {
      const job = jobAt(state, event.placement)
      return { state: job ? withJob(state, { ...job, deaths: 0 }) : state, effects: [] }
    }
    case 'ended': {
      const job = jobAt(state, event.placement)
      return job ? without(state, job, { type: 'settle', id: job.id }) : { state, effects: [] }
    }
    case 'engineLost':
      return engineLost(state, event)
    case 'engineJoined':
      return { state, effects: leases(state) }
    case 'ticketLost': {
      const job = jobAt(state, event.placement)
      return job?.place.type === 'offered' ? offered(state, job) : { state, effects: [] }
    }
    case 'refused': {
      const job = jobAt(state, event.placement)
      return job ? moved(state, { ...job, deaths: job.deaths + 1 }) : { state, effects: [] }
    }
    case 'closed': {
      const effects = [...state.jobs.keys()].map(id => ({ type: 'end', id, result: { type: 'cancelled' } }) as const)
      return { state: { ...noPlacements, nextPlacement: state.nextPlacement }, effects }
    }
    case 'failed': {
      const job = state.jobs.get(event.id)
      const result = { type: 'failed', code: event.code, message: event.message } as const
      return job ? ended(state, job, result) : { state, effects: [] }
    }
    case 'ticked':
      return ticked(state)
    default:
      throw new Error(`Unknown event: ${JSON.stringify(event satisfies never)}`)
  }
}

/** The job of a placement that still counts. */
export function jobAt(state: Placements, placement: number): Job | undefined {
  const id = state.byPlacement.get(placement)
  return id === undefined ? undefined : state.jobs.get(id)
}

const isLive = ({ kind, priority }: Job) => kind === 'picture' && priority === 'live'

function requested(state: Placements, event: PlacementEvent & { type: 'requested' }): Step {
  const { id, kind, owner, priority, liveKey } = event
  const fresh = { place: { type: 'waiting' }, isCancelled: false, reportedStep: -1, deaths: 0, ahead: -1 } as const
  const job: Job = { id, kind, owner, priority, liveKey, ...fresh }
  if (!isLive(job)) {
    const line = nextQueue(state.lines[kind], { type: 'requested', id, owner, priority })
    return scheduled(withJob(withLine(state, kind, line), job), kind)
  }
  const older = ofKey(state, liveKey).find(({ place }) => place.type === 'waiting')
  const before = older ? ended(state, older, { type: 'replaced' }) : { state, effects: [] }
  const next = withJob(before.state, job)
  return { state: next, effects: [...before.effects, ...(isOnItsWay(next, liveKey) ? [] : leaseOf(job))] }
}

/** One of its key has been sent and has not arrived: the newest of those that come meanwhile follows it. */
function isOnItsWay(state: Placements, liveKey: string | undefined): boolean {
  return ofKey(state, liveKey).some(({ place }) => place.type === 'placed' && !place.isReceived)
}

function ofKey({ jobs }: Placements, liveKey: string | undefined): Job[] {
  return liveKey === undefined ? [] : [...jobs.values()].filter(job => job.liveKey === liveKey)
}

function leaseOf(job: Job): PlacementEffect[] {
  return isLive(job) && job.place.type === 'waiting' ? [{ type: 'lease', id: job.id }] : []
}

function cancelled(state: Placements, id: number): Step {
  const job = state.jobs.get(id)
  if (!job) return { state, effects: [] }
  if (job.place.type !== 'placed') return ended(state, job, { type: 'cancelled' })
  const { placement, engine } = job.place
  return { state: withJob(state, { ...job, isCancelled: true }), effects: [{ type: 'cancel', placement, engine }] }
}

function resized(state: Placements, slots: Readonly<Record<JobKind, number>>): Step {
  let step: Step = { state, effects: [] }
  for (const kind of ['picture', 'learning'] as const) {
    const line = nextQueue(step.state.lines[kind], { type: 'resized', slots: slots[kind] })
    step = after(step, scheduled(withLine(step.state, kind, line), kind))
  }
  return step
}

/** Gives out the room among the tickets. */
function scheduled(state: Placements, kind: JobKind): Step {
  const before = state.lines[kind]
  const line = nextQueue(before, { type: 'scheduled' })
  let step: Step = { state: withLine(state, kind, line), effects: [] }
  for (const { id } of line.waiting) {
    const job = step.state.jobs.get(id)
    // Somebody else's is more urgent.
    if (job?.place.type === 'offered') step = after(step, withdrawn(step.state, job))
  }
  for (const { id } of line.active) {
    const job = step.state.jobs.get(id)
    if (job?.place.type === 'waiting') step = after(step, offered(step.state, job))
  }
  return step
}

function offered(state: Placements, job: Job): Step {
  const placement = state.nextPlacement
  const next = withPlace({ ...state, nextPlacement: placement + 1 }, job, { type: 'offered', placement })
  return { state: next, effects: [{ type: 'offer', kind: job.kind, placement }] }
}

function withdrawn(state: Placements, job: Job): Step {
  if (job.place.type !== 'offered') return { state, effects: [] }
  const { placement } = job.place
  const effects = [{ type: 'withdraw', kind: job.kind, placement }] as const
  return { state: withPlace(state, job, { type: 'waiting' }), effects }
}

function placed(state: Placements, job: Job, engine: string, placement: number): Step {
  const place = { type: 'placed', placement, engine, isReceived: false, isRunning: false } as const
  return { state: withPlace(state, job, place), effects: [{ type: 'send', id: job.id, placement, engine }] }
}

function changedPlace(state: Placements, placement: number, change: Partial<Place & { type: 'placed' }>): Step {
  const job = jobAt(state, placement)
  if (job?.place.type !== 'placed') return { state, effects: [] }
  const next = withPlace(state, job, { ...job.place, ...change })
  if (job.liveKey === undefined || job.place.isReceived) return { state: next, effects: [] }
  return { state: next, effects: ofKey(next, job.liveKey).flatMap(leaseOf) }
}

function progressed(state: Placements, placement: number, summary: ProgressSummary): Step {
  if (!jobAt(state, placement)) return { state, effects: [] }
  const isBegun = summary.type === 'started' || summary.type === 'stepped'
  const step = changedPlace(state, placement, { isReceived: true, ...(isBegun && { isRunning: true }) })
  const job = jobAt(step.state, placement)!
  if (job.isCancelled) return step
  const reportedStep = summary.type === 'started' ? 0 : summary.type === 'stepped' ? summary.step : undefined
  const report = [{ type: 'report', id: job.id }] as const
  // A learning that moved repeats the steps since its checkpoint.
  if (summary.type === 'other' || job.kind === 'learning') return after(step, { state: step.state, effects: report })
  const isRepeated = reportedStep === undefined ? job.reportedStep >= 0 : reportedStep <= job.reportedStep
  if (isRepeated) return step
  const next = withJob(step.state, { ...job, reportedStep: reportedStep ?? -1 })
  return after(step, { state: next, effects: report })
}

function engineLost(state: Placements, { engine, isDraining }: PlacementEvent & { type: 'engineLost' }): Step {
  let step: Step = { state, effects: [] }
  for (const job of state.jobs.values()) {
    if (job.place.type !== 'placed' || job.place.engine !== engine) continue
    const { isRunning, placement } = job.place
    if (isDraining && isRunning && job.kind === 'picture') continue
    if (isDraining) step = after(step, { state: step.state, effects: [{ type: 'cancel', placement, engine }] })
    step = after(step, moved(step.state, { ...job, deaths: job.deaths + (isRunning && !isDraining ? 1 : 0) }))
  }
  return step
}

/** To another engine. */
function moved(state: Placements, job: Job): Step {
  const next = withPlace(state, job, { type: 'waiting' })
  const waiting = next.jobs.get(job.id)!
  if (job.isCancelled) return ended(next, waiting, { type: 'cancelled' })
  if (job.deaths >= maxDeaths) {
    const what = job.kind === 'picture' ? 'painting this picture' : 'learning this style'
    const message = `${job.deaths} engines ended while ${what}, one after the other.`
    return ended(next, waiting, { type: 'failed', code: 'engine/stopped', message })
  }
  if (isLive(job)) return { state: next, effects: [{ type: 'lease', id: job.id }] }
  const isActive = next.lines[job.kind].active.some(({ id }) => id === job.id)
  return isActive ? offered(next, waiting) : { state: next, effects: [] }
}

/** Ends it with a result that no engine has reported; one that has it is to stop. */
function ended(state: Placements, job: Job, result: EarlyEnd): Step {
  const { place } = job
  const step = without(state, job, { type: 'end', id: job.id, result })
  if (place.type === 'waiting') return step
  const { placement } = place
  const stop: PlacementEffect =
    place.type === 'offered'
      ? { type: 'withdraw', kind: job.kind, placement }
      : { type: 'cancel', placement, engine: place.engine }
  return { ...step, effects: [stop, ...step.effects] }
}

function without(state: Placements, job: Job, end: PlacementEffect): Step {
  const jobs = new Map(state.jobs)
  jobs.delete(job.id)
  const byPlacement = withoutPlacement(state.byPlacement, job.place)
  const left = { ...state, jobs, byPlacement }
  const effects = [end]
  if (isLive(job)) return { state: left, effects: [...effects, ...ofKey(left, job.liveKey).flatMap(leaseOf)] }
  const line = nextQueue(left.lines[job.kind], { type: 'ended', id: job.id })
  return after({ state: left, effects }, scheduled(withLine(left, job.kind, line), job.kind))
}

/** For all live jobs that are to be sent. */
function leases(state: Placements): PlacementEffect[] {
  return [...state.jobs.values()].flatMap(job => (isOnItsWay(state, job.liveKey) ? [] : leaseOf(job)))
}

/** Only of what waits in a line here: what is at an engine is reported by it. */
function ticked(state: Placements): Step {
  const jobs = new Map(state.jobs)
  const effects = leases(state)
  for (const kind of ['picture', 'learning'] as const) {
    for (const { id, ahead } of places(state.lines[kind])) {
      const job = jobs.get(id)
      if (job?.place.type !== 'waiting' || job.ahead === ahead || job.reportedStep >= 0) continue
      jobs.set(id, { ...job, ahead })
      effects.push({ type: 'reportQueued', id, ahead })
    }
  }
  return { state: { ...state, jobs }, effects }
}

function withLine(state: Placements, kind: JobKind, line: QueueState): Placements {
  return { ...state, lines: { ...state.lines, [kind]: line } }
}

function withJob(state: Placements, job: Job): Placements {
  return { ...state, jobs: new Map(state.jobs).set(job.id, job) }
}

function withPlace(state: Placements, job: Job, place: Place): Placements {
  const byPlacement = withoutPlacement(state.byPlacement, job.place)
  if (place.type !== 'waiting') byPlacement.set(place.placement, job.id)
  return { ...withJob(state, { ...job, place }), byPlacement }
}

function withoutPlacement(byPlacement: ReadonlyMap<number, number>, place: Place): Map<number, number> {
  const next = new Map(byPlacement)
  if (place.type !== 'waiting') next.delete(place.placement)
  return next
}

function after(before: Step, { state, effects }: Step): Step {
  return { state, effects: [...before.effects, ...effects] }
}
