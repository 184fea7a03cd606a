/**
 * People who request pictures and people who draw live, in front of engines: a discrete-event simulation with the rules of
 * the program itself. Owners take turns (`engine/batching/queue.ts`, in the line and in each engine), durable pictures go as
 * tickets to whichever engine has room, a live frame to the engine that `cluster/engineChoice.ts` leases.
 */
import { bestEngine, createLeases } from '../../cluster/engineChoice.ts'
import { emptyQueue, nextQueue, type QueueEvent, type QueueState } from '../../engine/batching/queue.ts'
import { createClock } from './clock.ts'
import { createEngine, type SimulatedEngine, type SimulatedJob } from './engine.ts'
import { createPicker, createRandom, popularity, type Random } from './random.ts'

export interface World {
  readonly seed: number
  /** That are measured, after `warmUpSeconds`. */
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly engines: number
  readonly batch: number
  /** Batches of tickets that an engine takes: 2 in the program, so that the next is there when one ends. */
  readonly ahead: number
  /** Milliseconds of a step with so many rows. */
  stepMs(rows: number, random: Random): number
  /** Poisson arrivals of pictures in so many steps, each of one of so many owners. */
  readonly durable: { readonly perSecond: number; readonly owners: number; readonly steps: number }
  /** People who draw all the time; the next frame is requested so long after the last one is seen. */
  readonly live: { readonly people: number; readonly pauseMs: number; readonly steps: number }
  /** Styles, by how much the first is preferred to the others (Zipf); one for each durable picture, one of each drawer's own. */
  readonly styles: {
    readonly count: number
    readonly skew: number
    readonly inMemory: number
    readonly fetchMs: number
  } | null
}

export interface Outcome {
  readonly pictures: Times & {
    /** On average in line and being painted. */
    readonly inSystem: number
    readonly perSecond: number
  }
  readonly frames: Times & { readonly perPersonAndSecond: number }
  /** Share of the time in which a device computes; rows of a step. */
  readonly busy: number
  readonly rows: number
  /** Share of the pictures with a style that was not in memory. */
  readonly fetched: number
}

/** Milliseconds: until the first step, and until the end. */
interface Times {
  readonly count: number
  readonly meanWaitMs: number
  readonly p95WaitMs: number
  readonly meanMs: number
  readonly p95Ms: number
}

export const quiet: World = {
  ...{ seed: 1, seconds: 600, warmUpSeconds: 60, engines: 1, batch: 8, ahead: 2, stepMs: () => 25 },
  durable: { perSecond: 0, owners: 200, steps: 4 },
  live: { people: 0, pauseMs: 30, steps: 4 },
  styles: null,
}

export function simulate(world: World): Outcome {
  const { engines: count, batch, durable, live, styles } = world
  const clock = createClock()
  const random = createRandom(world.seed)
  const engines = Array.from({ length: count }, (_, index) =>
    createEngine(clock, {
      ...{ id: `engine ${index}`, batch, onEnded, stepMs: rows => world.stepMs(rows, random) },
      ...{ inMemory: styles?.inMemory ?? 0, fetchMs: styles?.fetchMs ?? 0 },
    }),
  )
  const pickStyle = styles ? createPicker(popularity(styles.count, styles.skew), random) : () => null
  const pickOwner = createPicker(popularity(durable.owners, 0), random)
  const styleOf = (style: number | null) => (style === null ? null : `style ${style}`)
  const leases = createLeases()
  const jobs = new Map<number, SimulatedJob>()
  const tickets: number[] = []
  const offered = new Set<number>()
  const measured = createMeasures(world)
  let line: QueueState = emptyQueue(count * batch * world.ahead)
  let [ids, turn] = [0, 0]

  function newJob(fields: Pick<SimulatedJob, 'owner' | 'priority' | 'style' | 'stepsLeft'>): SimulatedJob {
    return { ...fields, id: ids++, requestedAt: clock.now(), startedAt: null }
  }

  function requestDurable(): void {
    const owner = `person ${pickOwner()}`
    const job = newJob({ owner, priority: 'interactive', style: styleOf(pickStyle()), stepsLeft: durable.steps })
    jobs.set(job.id, job)
    measured.changed(clock.now(), +1)
    dispatch({ type: 'requested', id: job.id, owner, priority: 'interactive' })
    offer()
    clock.after(random.exponential(1000 / durable.perSecond), requestDurable)
  }

  function dispatch(event: QueueEvent): void {
    line = nextQueue(line, event)
  }

  /** As many tickets are out as the engines take; each engine with room takes one in turn. */
  function offer(): void {
    dispatch({ type: 'scheduled' })
    for (const { id } of line.active) {
      if (offered.has(id)) continue
      offered.add(id)
      tickets.push(id)
    }
    for (let seen = 0; tickets.length > 0 && seen < count; seen++) {
      const engine = engines[turn++ % count]!
      if (engine.tickets >= batch * world.ahead) continue
      engine.tickets++
      engine.take(jobs.get(tickets.shift()!)!)
      seen = -1
    }
  }

  function requestLive(person: number, style: string | null): void {
    const owner = `drawer ${person}`
    const ours = new Map(engines.map(({ id, jobs: size }) => [id, size()]))
    const leased = engines.find(({ id }) => id === leases.get(owner, clock.now()))
    const engine = leased ?? bestEngine(engines.map(candidateOf), style === null ? [] : [style], ours)!.engine
    leases.set(owner, engine.id, clock.now())
    engine.take(newJob({ owner, priority: 'live', style, stepsLeft: live.steps }))
  }

  function candidateOf(engine: SimulatedEngine) {
    const abilities = { styles: engine.styleIds(), slots: { picture: batch * world.ahead, learning: 1 } }
    const load = { state: 'ready', waiting: 0, running: engine.jobs(), stepMs: world.stepMs(1, random) } as const
    return { id: engine.id, isDraining: false, abilities, load, engine }
  }

  function onEnded(job: SimulatedJob, engine: SimulatedEngine): void {
    measured.ended(job, clock.now())
    if (job.priority === 'live') {
      const person = Number(job.owner.split(' ')[1])
      clock.after(live.pauseMs, () => requestLive(person, job.style))
      return
    }
    measured.changed(clock.now(), -1)
    jobs.delete(job.id)
    offered.delete(job.id)
    engine.tickets--
    dispatch({ type: 'ended', id: job.id })
    offer()
  }

  if (durable.perSecond > 0) clock.after(random.exponential(1000 / durable.perSecond), requestDurable)
  for (let person = 0; person < live.people; person++) {
    const style = styleOf(pickStyle())
    clock.after(random.uniform() * 1000, () => requestLive(person, style))
  }
  clock.runUntil(world.warmUpSeconds * 1000)
  const before = totalsOf(engines)
  clock.runUntil((world.warmUpSeconds + world.seconds) * 1000)
  return measured.outcome(before, totalsOf(engines))
}

type Totals = ReturnType<typeof totalsOf>

function totalsOf(engines: readonly SimulatedEngine[]) {
  const sum = (of: (engine: SimulatedEngine) => number) => engines.reduce((all, engine) => all + of(engine), 0)
  return {
    busyMs: sum(({ device }) => device.busyMs),
    rows: sum(({ device }) => device.rows),
    steps: sum(({ device }) => device.steps),
    fetched: sum(({ styles }) => styles.fetched),
    wanted: sum(({ styles }) => styles.wanted),
  }
}

/** Counts what is requested after the warm-up. */
function createMeasures({ warmUpSeconds, seconds, engines, live }: World) {
  const from = warmUpSeconds * 1000
  const until = from + seconds * 1000
  const times = {
    interactive: { wait: [] as number[], all: [] as number[] },
    live: { wait: [] as number[], all: [] as number[] },
  }
  let [inSystem, changedAt, area] = [0, 0, 0]

  /** The area below the number in the system. */
  function changed(now: number, by: number): void {
    area += inSystem * Math.max(0, now - Math.max(changedAt, from))
    inSystem += by
    changedAt = now
  }

  return {
    changed,
    ended({ priority, requestedAt, startedAt }: SimulatedJob, now: number): void {
      if (requestedAt < from) return
      times[priority].wait.push(startedAt! - requestedAt)
      times[priority].all.push(now - requestedAt)
    },
    outcome(before: Totals, after: Totals): Outcome {
      changed(until, 0)
      const grown = (figure: keyof Totals) => after[figure] - before[figure]
      const pictures = timesOf(times.interactive)
      const frames = timesOf(times.live)
      return {
        pictures: { ...pictures, inSystem: area / (until - from), perSecond: pictures.count / seconds },
        frames: { ...frames, perPersonAndSecond: live.people === 0 ? 0 : frames.count / seconds / live.people },
        busy: grown('busyMs') / (engines * seconds * 1000),
        rows: grown('rows') / Math.max(1, grown('steps')),
        fetched: grown('fetched') / Math.max(1, grown('wanted')),
      }
    },
  }
}

function timesOf({ wait, all }: { readonly wait: readonly number[]; readonly all: readonly number[] }): Times {
  const mean = (ms: readonly number[]) => (ms.length === 0 ? 0 : ms.reduce((sum, one) => sum + one, 0) / ms.length)
  const p95 = (ms: readonly number[]) => ms.toSorted((a, b) => a - b)[Math.floor(ms.length * 0.95)] ?? 0
  return { count: all.length, meanWaitMs: mean(wait), p95WaitMs: p95(wait), meanMs: mean(all), p95Ms: p95(all) }
}
