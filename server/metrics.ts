import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Studio } from '../studio/studio.ts'

/** Figures for Prometheus at /metrics. */
export interface Metrics {
  readonly operations: Counter
  readonly pictures: Counter<'kind'>
  readonly errors: Counter<'code'>
  readonly operateMs: Histogram
  /** Bugs that were logged, wherever they were met. */
  readonly faults: Counter
  watch(figures: { sockets: () => number; rooms: () => number }): void
  /** Errors of the whole process that nobody had caught, by kind. */
  watchProcess(counts: Readonly<Record<string, number>>): void
  readonly contentType: string
  text(): Promise<string>
}

export function createMetrics(studio: Studio): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const gauge = (name: string, help: string, figure: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(figure())
      },
    })
  gauge('fourstroke_engine_waiting', 'Pictures waiting for the engine', () => studio.load().waiting)
  gauge('fourstroke_engine_running', 'Pictures being painted', () => studio.load().running)
  gauge('fourstroke_engine_restarts', 'Times the engine was started again', () => studio.load().restarts)
  gauge(
    'fourstroke_engine_mixed_batches',
    'Batches that people shared in different styles',
    () => studio.load().mixedBatches,
  )
  gauge('fourstroke_engine_step_ms', 'Mean time of one step of one picture', () => studio.load().stepMs)
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
      help: 'Messages answered with an error, by code',
      labelNames: ['code'],
      registers,
    }),
    operateMs: new Histogram({
      name: 'fourstroke_operate_ms',
      help: 'From a batch of operations to everybody having it',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    faults: new Counter({ name: 'fourstroke_faults_total', help: 'Bugs that were met and logged', registers }),
    watch({ sockets, rooms }) {
      gauge('fourstroke_sockets', 'Browsers connected', sockets)
      gauge('fourstroke_rooms', 'Rooms in memory', rooms)
    },
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
    text: () => register.metrics(),
  }
}
