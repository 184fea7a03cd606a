import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Studio } from '../studio/studio.ts'
import type { Readiness } from './readiness.ts'

/** Figures for Prometheus at /metrics. */
export interface Metrics {
  readonly operations: Counter
  readonly pictures: Counter<'kind'>
  /** Errors that people were answered with, by code and face. */
  readonly errors: Counter<'code' | 'face'>
  readonly operateMs: Histogram
  /** HTTP requests in seconds. `route` is the pattern, never an address. */
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>
  /** Bugs that were logged, wherever they were met. */
  readonly faults: Counter
  watch(figures: { sockets: () => number; rooms: () => number }): void
  /** By number of a connection to Discord (shard): whether the bot hears of interactions there. */
  watchShards(shards: () => Readonly<Record<number, boolean>>): void
  /** Errors of the whole process that nobody had caught, by kind. */
  watchProcess(counts: Readonly<Record<string, number>>): void
  readonly contentType: string
  text(): Promise<string>
}

const secondsBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

export function createMetrics(studio: Studio, readiness: Readiness): Metrics {
  const register = new Registry()
  const registers = [register]
  // Among them nodejs_eventloop_lag_*, the delay of the event loop in seconds.
  collectDefaultMetrics({ register })
  addEngineGauges(register, studio)
  const refreshes = [addStudioGauges(register, studio), addReadinessGauge(register, readiness)]
  const databaseSeconds = new Histogram({
    name: 'fourstroke_database_seconds',
    help: 'Queries of the database, waiting for another transaction included',
    buckets: secondsBuckets,
    registers,
  })
  studio.onQuery(durationMs => databaseSeconds.observe(durationMs / 1000))
  return {
    operations: new Counter({ name: 'fourstroke_operations_total', help: 'Operations stored', registers }),
    pictures: new Counter({
      name: 'fourstroke_frame_pictures_total',
      help: 'Pictures shown in frames, by kind: a step of one or a result',
      labelNames: ['kind'],
      registers,
    }),
    errors: new Counter({
      name: 'fourstroke_refusals_total',
      help: 'Requests and messages answered with an error, by code and face: http, socket or chat',
      labelNames: ['code', 'face'],
      registers,
    }),
    operateMs: new Histogram({
      name: 'fourstroke_operate_ms',
      help: 'From a batch of operations to everybody having it',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'fourstroke_http_seconds',
      help: 'HTTP requests by method, route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: secondsBuckets,
      registers,
    }),
    faults: new Counter({ name: 'fourstroke_faults_total', help: 'Bugs that were met and logged', registers }),
    watch({ sockets, rooms }) {
      addGauge(register, 'fourstroke_sockets', 'Browsers connected', sockets)
      addGauge(register, 'fourstroke_rooms', 'Rooms in memory', rooms)
    },
    watchShards: addShardGauge(register),
    watchProcess(counts) {
      new Counter({
        name: 'fourstroke_process_errors_total',
        help: 'Errors that nobody in the process had caught, by kind',
        labelNames: ['kind'],
        registers,
        collect() {
          this.reset()
          for (const [kind, count] of Object.entries(counts)) this.inc({ kind }, count)
        },
      })
    },
    contentType: register.contentType,
    async text() {
      await Promise.all(refreshes.map(refresh => refresh()))
      return register.metrics()
    },
  }
}

function addGauge(register: Registry, name: string, help: string, figure: () => number): void {
  new Gauge({
    name,
    help,
    registers: [register],
    collect() {
      this.set(figure())
    },
  })
}

/** Without a bot it has no series. Returns what gives it one. */
function addShardGauge(register: Registry): Metrics['watchShards'] {
  let shards: () => Readonly<Record<number, boolean>> = () => ({})
  new Gauge({
    name: 'fourstroke_discord_shard_ready',
    help: 'Whether the bot hears of interactions, by connection to Discord (shard): 1 where it does',
    labelNames: ['shard'],
    registers: [register],
    collect() {
      // Discord may want fewer connections than before.
      this.reset()
      for (const [shard, isReady] of Object.entries(shards())) this.set({ shard }, isReady ? 1 : 0)
    },
  })
  return watched => {
    shards = watched
  }
}

function addEngineGauges(register: Registry, studio: Studio): void {
  const registers = [register]
  new Gauge({
    name: 'fourstroke_engine_pictures',
    help: 'Pictures that the engine has, by priority (interactive, live, background) and state (waiting, running)',
    labelNames: ['priority', 'state'],
    registers,
    collect() {
      for (const [priority, { waiting, running }] of Object.entries(studio.load().queues)) {
        this.set({ priority, state: 'waiting' }, waiting)
        this.set({ priority, state: 'running' }, running)
      }
    },
  })
  addGauge(register, 'fourstroke_engine_waiting', 'Pictures waiting for the engine', () => studio.load().waiting)
  addGauge(register, 'fourstroke_engine_running', 'Pictures being painted', () => studio.load().running)
  addGauge(register, 'fourstroke_engine_restarts', 'Times the engine was started again', () => studio.load().restarts)
  addGauge(
    register,
    'fourstroke_engine_hangs',
    'Times its process was ended because it gave no sign of life',
    () => studio.load().hangs,
  )
  addGauge(
    register,
    'fourstroke_engine_silent_seconds',
    'Time since the last heartbeat of its process',
    () => studio.load().silentMs / 1000,
  )
  addGauge(
    register,
    'fourstroke_engine_mixed_batches',
    'Batches that people shared in different styles',
    () => studio.load().mixedBatches,
  )
  addGauge(register, 'fourstroke_engine_step_ms', 'Mean time of one step of one picture', () => studio.load().stepMs)
}

/** Reads what has to be waited for, before the registry is written out. */
type Refresh = () => Promise<void>

/** What the database and the disk know. While the database does not answer, these are no numbers and the rest is there. */
function addStudioGauges(register: Registry, studio: Studio): Refresh {
  const registers = [register]
  const byState = (name: string, help: string) => new Gauge({ name, help, labelNames: ['state'], registers })
  const plain = (name: string, help: string) => new Gauge({ name, help, registers })
  const pictures = byState('fourstroke_pictures', 'Pictures stored, by state')
  const learnings = byState('fourstroke_learnings', 'Learnings by state')
  const people = plain('fourstroke_people', 'People known')
  const rooms = plain('fourstroke_rooms_stored', 'Rooms stored')
  const stored = plain('fourstroke_stored_bytes', 'Bytes of pictures, images and styles that people have stored')
  const free = plain('fourstroke_disk_free_bytes', 'Free bytes on the disk of the data folder')
  const countEverything = answeredInTime(() => studio.statistics())
  const addUpStorage = answeredInTime(() => studio.storage.totals())
  return async () => {
    const [statistics, totals] = await Promise.all([countEverything(), addUpStorage()])
    for (const [gauge, counts] of [
      [pictures, statistics?.pictures],
      [learnings, statistics?.learnings],
    ] as const) {
      gauge.reset()
      for (const [state, count] of Object.entries(counts ?? {})) gauge.set({ state }, count)
    }
    people.set(statistics?.people ?? Number.NaN)
    rooms.set(statistics?.rooms ?? Number.NaN)
    stored.set(totals?.stored ?? Number.NaN)
    free.set(totals?.free ?? Number.NaN)
  }
}

/** What takes longer is left out of an answer: Prometheus waits 10 s for all figures, and a locked database longer. */
const patienceMs = 2_000

/** The outcome, or null where there is none in time. Who asks meanwhile waits for the same: queries do not pile up. */
function answeredInTime<T>(query: () => Promise<T>): () => Promise<T | null> {
  let running: Promise<T | null> | null = null
  return () => {
    running ??= query()
      .catch(() => null)
      .finally(() => {
        running = null
      })
    return Promise.race([running, sleep(patienceMs, null, { ref: false })])
  }
}

function addReadinessGauge(register: Registry, readiness: Readiness): Refresh {
  const ready = new Gauge({
    name: 'fourstroke_ready',
    help: 'What /readyz says, by check (database, engine, disk, bot): 1 where it holds',
    labelNames: ['check'],
    registers: [register],
  })
  return async () => {
    const { checks } = await readiness.examine()
    for (const [check, says] of Object.entries(checks)) ready.set({ check }, says === 'ok' ? 1 : 0)
  }
}
