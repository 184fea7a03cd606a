/**
 * A model folder painted by the engine and by Python's optimum in turns, each time in a process of its own: time by the
 * clock, of the processor, and the most memory.
 *
 *     npm run bench:optimum -- --python path/to/python [--model ~/models-real/fp32 --size 256 --steps 2 --pictures 2]
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openEngine } from '../engine/index.ts'
import { report, round } from './canvas.ts'
import { processesBelow } from './processMemory.ts'
import { processorMs } from './processTime.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../models/fourstroke-256', import.meta.url)) },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '2' },
    /** Of each turn, after two that warm up. */
    pictures: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    /** How optimum's threads wait for each other: `spin` as they do by themselves, or `sleep` as ours do. */
    waiting: { type: 'string', default: 'sleep' },
    size: { type: 'string' },
    steps: { type: 'string' },
  },
})
const [pictures, rounds, threads] = [Number(options.pictures), Number(options.rounds), Number(options.threads)]
const prompt = 'a red house by a lake'

/** Of one turn: medians of a picture, and the peak of its process in MB. */
interface Turn {
  readonly ms: number
  readonly processorMs: number
  readonly peakMb: number
}

const turns: { readonly ours: Turn; readonly theirs: Turn }[] = []
let name = ''
for (let turn = 0; turn < rounds; turn++) {
  const { ours, request } = await paintOurs()
  const theirs = paintTheirs(request)
  turns.push({ ours, theirs })
  console.error(JSON.stringify({ ours, theirs }))
}
const ratioOf = (figure: keyof Turn) =>
  round(100 * median(turns.map(({ ours, theirs }) => ours[figure] / theirs[figure]))) / 100
const middle = (of: 'ours' | 'theirs', figure: keyof Turn) => round(median(turns.map(turn => turn[of][figure])))
const line = (what: string, figure: keyof Turn, unit: string) =>
  `${what}: ${middle('ours', figure)} ${unit}, optimum ${middle('theirs', figure)} ${unit}: × ${ratioOf(figure)}`
report(
  `${name} beside optimum, ${rounds} turns of ${pictures} pictures with ${threads} threads, of which optimum's ${options.waiting} while they wait`,
  [
    line('processor of a picture', 'processorMs', 'ms'),
    line('a picture by the clock', 'ms', 'ms'),
    line('most memory of the process', 'peakMb', 'MB'),
  ],
  {
    ...{ bench: 'optimum', model: options.model, pictures, rounds, waiting: options.waiting, turns },
    ratios: { processor: ratioOf('processorMs'), clock: ratioOf('ms'), memory: ratioOf('peakMb') },
  },
)

async function paintOurs(): Promise<{ ours: Turn; request: readonly string[] }> {
  const before = processesBelow(process.pid)
  const engine = await openEngine({ modelFolder: options.model, device: 'cpu', threads, warmUp: false })
  const own = processesBelow(process.pid).filter(pid => !before.includes(pid))
  const used = () => own.reduce((sum, pid) => sum + processorMs(pid), 0)
  const { model } = engine.info
  name = model.name
  const steps = Number(options.steps ?? model.defaults.steps)
  const { guidance } = model.defaults
  const { width, height } = options.size
    ? { width: Number(options.size), height: Number(options.size) }
    : model.sizes.default
  const taken: { ms: number; processorMs: number }[] = []
  for (let seed = 0; seed < pictures + 2; seed++) {
    const [began, start] = [performance.now(), used()]
    const request = { prompt: `${prompt} ${seed}`, seed, steps, guidance, width, height }
    const end = await engine.paint({ owner: 'one', priority: 'interactive', ...request }).ended
    if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
    taken.push({ ms: performance.now() - began, processorMs: used() - start })
  }
  const peakMb = Math.max(...own.map(peakOf))
  await engine.close()
  const counted = taken.slice(2)
  return {
    ours: { ms: median(counted.map(one => one.ms)), processorMs: median(counted.map(one => one.processorMs)), peakMb },
    request: [options.model, prompt, steps, guidance, pictures, threads, width, height, options.waiting].map(String),
  }
}

function paintTheirs(request: readonly string[]): Turn {
  const script = fileURLToPath(new URL('./engine.py', import.meta.url))
  const output = execFileSync(options.python, [script, ...request], { stdio: 'pipe' })
  const { ms, processorMs, peakMb } = JSON.parse(String(output)) as {
    ms: number[]
    processorMs: number[]
    peakMb: number
  }
  return { ms: median(ms), processorMs: median(processorMs), peakMb }
}

/** The most memory that a process has held, in MB, mapped files included. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
