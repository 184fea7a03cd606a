import { parseArgs } from 'node:util'
import { hardware } from './canvas.ts'
import { type ClusterOptions, type PartResult, type Progress, within } from './cluster/part.ts'

/**
 * What the cluster itself costs, with engines that paint nothing but take 25 ms for each step of up to eight pictures, each
 * a process of its own, over Redis and sockets on this machine. Parts run one after the other, each within its time, by
 * `--only` those that are named; `docs/scaling.md` is made of their figures.
 */
const { values } = parseArgs({
  options: {
    /** Names of parts, with commas. */
    only: { type: 'string' },
    engines: { type: 'string', default: '1,2,4,8' },
    seconds: { type: 'string', default: '8' },
    step: { type: 'string', default: '25' },
    batch: { type: 'string', default: '8' },
    side: { type: 'string', default: '256' },
    pairs: { type: 'string', default: '200' },
    owners: { type: 'string', default: '200' },
    strokes: { type: 'string', default: '300' },
    rooms: { type: 'string', default: '1000' },
    /** How many times its time a part may take: more on a busy machine. */
    patience: { type: 'string', default: '1' },
  },
})
const options: ClusterOptions = {
  engines: values.engines.split(',').map(Number),
  seconds: Number(values.seconds),
  standIn: { stepMs: Number(values.step), batch: Number(values.batch), side: Number(values.side) },
  pairs: Number(values.pairs),
  owners: Number(values.owners),
  strokes: Number(values.strokes),
  rooms: Number(values.rooms),
}

interface Part {
  /** What it may take on a busy machine. */
  readonly seconds: number
  load(): Promise<(options: ClusterOptions, progress: Progress) => Promise<PartResult>>
}

const parts: Readonly<Record<string, Part>> = {
  scheduler: { seconds: 60, load: async () => (await import('./cluster/scheduler.ts')).scheduler },
  throughput: { seconds: 300, load: async () => (await import('./cluster/throughput.ts')).throughput },
  latency: { seconds: 180, load: async () => (await import('./cluster/latency.ts')).latency },
  fairness: { seconds: 120, load: async () => (await import('./cluster/fairness.ts')).fairness },
  strokes: { seconds: 240, load: async () => (await import('./cluster/strokes.ts')).strokes },
  crowd: { seconds: 420, load: async () => (await import('./cluster/crowd.ts')).crowd },
}

const names = values.only?.split(',') ?? Object.keys(parts)
const unknown = names.find(name => !Object.hasOwn(parts, name))
if (unknown) throw new Error(`Expected --only to name ${Object.keys(parts).join(', ')}, got "${unknown}"`)
const startedAt = performance.now()
const figures: Record<string, object> = {}
for (const name of names) {
  const progress: Progress = text => {
    console.error(`[${Math.round((performance.now() - startedAt) / 1000)} s] ${name}: ${text}`)
  }
  progress('begins')
  try {
    const { seconds, load } = parts[name]!
    const result = await within(Number(values.patience) * seconds, name, (await load())(options, progress))
    console.log([result.title, ...result.lines.map(line => `  ${line}`)].join('\n'))
    figures[name] = result.figures
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}
console.log(`  on ${hardware.cores} × ${hardware.cpu}, ${hardware.memoryGb} GB, Node ${hardware.node}`)
console.log(JSON.stringify({ bench: 'cluster', options, ...figures, hardware }))
// A part that took too long still has programs open; they end with this one.
process.exit()
