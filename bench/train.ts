/**
 * What training costs: the UNet of the full recipe forward, with the gradients of all its weights, and with those of
 * adapters beside its attention projections only; the optimizer, and what it would take in JavaScript; preparing a
 * batch, and for how long a step waits for one that is prepared beside the optimizer; peak memory of each graph; and the same step in PyTorch.
 *
 *     npm run bench:train -- --batch 32 --rounds 5 --python path/to/python
 *
 * The graphs take turns within each round, and ratios are those of processor time, round by round, so that whatever else
 * the machine does falls on all of them alike. Each graph's memory is that of a process of its own.
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gradients } from '../onnx/autograd/backward.ts'
import {
  adamStep,
  checkpointArrays,
  createOptimizerState,
  type Gradient,
  type OptimizerState,
} from '../onnx/optim/adam.ts'
import { weightedSquares } from '../onnx/optim/loss.ts'
import { Random } from '../onnx/optim/random.ts'
import { sessionOptions } from '../onnx/optim/sessionOptions.ts'
import { createSession } from '../onnx/session.ts'
import type { Value } from '../onnx/tape/tape.ts'
import { elementCount, float32, int64, type Tensor } from '../onnx/tensor.ts'
import { plainStep } from '../test/onnx/optim/plainAdam.ts'
import { weightFeeds } from '../training/loop/trainable.ts'
import { Network, Weights } from '../training/networks/network.ts'
import { type UNetConfig, unet, unetConfigFile } from '../training/networks/unet.ts'
import { batches } from '../training/stages/batches.ts'
import { openPrefetcher } from '../training/stages/prefetcher.ts'
import { ownTokenizer } from '../training/workspace/captions.ts'
import { recipes } from '../training/workspace/recipes.ts'

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    rank: { type: 'string', default: '8' },
    python: { type: 'string' },
    /** One graph in a process of its own, for its memory. */
    memoryOf: { type: 'string' },
  },
})
const [batch, rounds, threads, rank] = [options.batch, options.rounds, options.threads, options.rank].map(Number) as [
  number,
  number,
  number,
  number,
]
const { unet: network, text, teacher } = recipes.full
const config: UNetConfig = { ...network, guidanceSize: 0 }
const latents = [batch, config.channels, config.sampleSize, config.sampleSize]

const isAdapter = (name: string) => name.includes('.lora_')
const graphs = ['forward', 'adapters', 'all'] as const
type Graph = (typeof graphs)[number]
const measures = [...graphs, 'optimizer', 'plainOptimizer', 'batch', 'wait', 'step', 'python'] as const
type Measure = (typeof measures)[number]

async function report(): Promise<void> {
  // Before anything is open here: a process inherits its parent's peak.
  const megabytes = Object.fromEntries(graphs.map(graph => [graph, memoryOf(graph)])) as Record<Graph, number>
  const opened = { forward: await open('forward'), adapters: await open('adapters'), all: await open('all') }
  const python = options.python ? openPython(options.python) : undefined
  const { materials, prefetcher, random } = await openBatches()
  const plain = structuredClone(checkpointArrays(opened.all.optimizerState))
  // Filled in below, one list for each measure.
  const took = Object.fromEntries(measures.map(measure => [measure, [] as Cost[]])) as Record<Measure, Cost[]>
  for (let round = -1; round < rounds; round++) {
    const tell = (measure: Measure, cost: Cost) => {
      // The first round warms up.
      if (round >= 0) took[measure].push(cost)
    }
    for (const graph of graphs) {
      const whole = startClock()
      const found = await opened[graph].run()
      tell(graph, whole())
      if (graph !== 'all') continue
      const optimizer = startClock()
      adamStep(opened.all.optimizerState, found, round + 1, teacher.adam)
      tell('optimizer', optimizer())
      tell('step', whole())
      const plainOptimizer = startClock()
      plainStep(plain, found, round + 1, teacher.adam)
      tell('plainOptimizer', plainOptimizer())
      prefetcher.prepare(round + 1, random)
      adamStep(opened.all.optimizerState, found, round + 1, teacher.adam)
      const wait = startClock()
      await prefetcher.take(round + 1, random)
      tell('wait', wait())
    }
    const preparing = startClock()
    batches.teacher(materials, round + 1, random)
    tell('batch', preparing())
    if (python) tell('python', await python.step())
  }
  python?.close()
  await prefetcher.close()
  const ratio = (of: Measure, to: Measure) =>
    round(median(took[of].map(({ processorMs }, at) => processorMs / took[to][at]!.processorMs)), 2)
  const least = (of: Measure, clock: keyof Cost = 'ms') => round(Math.min(...took[of].map(cost => cost[clock])))
  const inTurn = (optimizer: Measure) => least(optimizer, 'processorMs') + least('batch', 'processorMs')
  const outside = (ms: number) => round((100 * ms) / (least('all', 'processorMs') / threads + ms))

  const figures = {
    hardware: { cpu: cpus()[0]?.model, cores: cpus().length },
    node: process.version,
    batch,
    threads,
    weights: opened.all.optimizerState.weights.length,
    adapterWeights: opened.adapters.optimizerState.weights.length,
    least: Object.fromEntries(
      measures
        .filter(name => took[name].length > 0)
        .map(name => [name, { ms: least(name), processorMs: least(name, 'processorMs') }]),
    ),
    adaptersToForward: ratio('adapters', 'forward'),
    allToForward: ratio('all', 'forward'),
    optimizerToPlain: ratio('optimizer', 'plainOptimizer'),
    /** Percent of the time between two steps, if the graph kept all threads busy. */
    outsideGraph: {
      now: outside(least('optimizer', 'processorMs') + least('wait')),
      inTurn: outside(inTurn('optimizer')),
      withLoop: outside(inTurn('plainOptimizer')),
    },
    samplesPerSecond: round((1000 * batch) / least('step')),
    peakMegabytes: megabytes,
    ...(python && { pythonToOurs: ratio('python', 'step') }),
  }
  const line = (name: string, measure: Measure, ...rest: string[]) =>
    console.log(
      `  ${name.padEnd(24)}${String(least(measure)).padStart(7)} ms (${least(measure, 'processorMs')} ms of a processor)   ${rest.join('   ')}`,
    )
  console.log(
    `UNet of the full recipe, ${(figures.weights / 1e6).toFixed(1)} M weights, batch ${batch}, ${threads} threads of ` +
      `${figures.hardware.cores} × ${figures.hardware.cpu}; times are the least of ${rounds} rounds, ratios their median`,
  )
  line('forward', 'forward', `at most ${megabytes.forward} MB`)
  line(
    'gradients of adapters',
    'adapters',
    `${figures.adaptersToForward} × forward (aim ≤ 2.6)`,
    `${megabytes.adapters} MB`,
  )
  line('gradients of all weights', 'all', `${figures.allToForward} × forward (aim ≤ 3.6)`, `${megabytes.all} MB`)
  line('optimizer', 'optimizer', `${figures.optimizerToPlain} × as a loop in JavaScript`)
  line('preparing a batch', 'batch')
  line(
    'waiting for the next',
    'wait',
    `with the optimizer ${figures.outsideGraph.now} % of the time between two steps`,
    `batches made in turn ${figures.outsideGraph.inTurn} %, with the loop ${figures.outsideGraph.withLoop} %`,
  )
  line('whole step', 'step', `${figures.samplesPerSecond} samples/s`)
  if (python) line('whole step in PyTorch', 'python', `${figures.pythonToOurs} × ours (aim ≥ 0.8)`)
  else console.log('  whole step in PyTorch   skipped: name a Python that has torch and diffusers with --python')
  console.log(JSON.stringify(figures))
}

/** Adapters beside the projections of attention; everything else stays what it is. */
class Adapted extends Network {
  readonly #rank: number

  constructor(weights: Weights, rank: number) {
    super(weights, { trainable: isAdapter })
    this.#rank = rank
  }

  override matmul(x: Value, w: Value): Value {
    const y = super.matmul(x, w)
    if (!/\.to_(q|k|v|out\.0)\.weight$/.test(w.name)) return y
    const [from, to] = w.shape as [number, number]
    const down = this.weight('lora_A.weight', [from, this.#rank], { within: 1 / Math.sqrt(from) })
    return this.add(y, super.matmul(super.matmul(x, down), this.weight('lora_B.weight', [this.#rank, to], 'zeros')))
  }
}

interface Cost {
  readonly ms: number
  readonly processorMs: number
}

function startClock(): () => Cost {
  const [began, worked] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(worked)
    return { ms: performance.now() - began, processorMs: (user + system) / 1000 }
  }
}

/** Batches as the teacher's stage prepares them, of noise instead of pictures, in this thread and in the other. */
async function openBatches() {
  const folder = fileURLToPath(new URL('../models/fourstroke-256', import.meta.url))
  const recipe = { ...recipes.full, teacher: { ...teacher, batch } }
  const trainingSet = Array.from({ length: 1000 }, (_, index) => index)
  const shape = [config.channels, config.sampleSize, config.sampleSize] as const
  const random = new Random(4)
  const values = new Float32Array(new SharedArrayBuffer(trainingSet.length * elementCount(shape) * 4))
  const latents = { trainingSet, shape, values: random.normals(values) }
  const materials = { recipe, tokenizer: await ownTokenizer({ folder, recipe }), latents }
  const prefetcher = await openPrefetcher('teacher', { folder, recipe }, latents)
  // As after the first steps of a training: compiled.
  for (let step = 0; step < 20; step++) {
    batches.teacher(materials, step, random)
    await prefetcher.take(step, random)
  }
  return { materials, prefetcher, random }
}

interface Opened {
  run(): Promise<readonly Gradient[]>
  readonly optimizerState: OptimizerState
}

/** A graph of the UNet and what it is fed: weights about to be trained, and one batch of noise. */
async function open(graph: Graph): Promise<Opened> {
  const weights = new Weights([], new Random(1))
  const isTrained = graph === 'adapters' ? isAdapter : () => true
  const n = graph === 'adapters' ? new Adapted(weights, rank) : new Network(weights, { trainable: isTrained })
  const sample = n.input('sample', 'float32', latents)
  const timestep = n.input('timestep', 'int64', [batch])
  const context = n.input('encoder_hidden_states', 'float32', [batch, text.length, text.size])
  const v = unet(n, { sample, timestep, context }, config)
  const target = n.input('target', 'float32', latents)
  const loss = weightedSquares(n, v, target, n.input('weight', 'float32', [batch, 1, 1, 1]))

  const { flat, places } = weights.flatten(isTrained)
  const optimizerState = createOptimizerState(flat)
  // Nothing that begins with zeros may make a product trivial.
  new Random(2).normals(optimizerState.average)
  for (const [at, chance] of optimizerState.average.entries()) optimizerState.weights[at]! += 0.01 * chance
  const wanted = graph === 'forward' ? [] : places.map(({ name }) => name)
  const found = [...gradients(n, loss, wanted)].map(([name, value]) => [`${name}_grad`, value] as const)
  const session = await createSession(n.encode({ loss, ...Object.fromEntries(found) }), sessionOptions(threads))

  const random = new Random(3)
  const numbers = (dims: readonly number[]) => {
    const values = new Float32Array(dims.reduce((product, size) => product * size, 1))
    return float32(random.normals(values), dims)
  }
  const feeds: Record<string, Tensor> = {
    sample: numbers(latents),
    timestep: int64(Array.from({ length: batch }, () => random.below(1000))),
    encoder_hidden_states: numbers([batch, text.length, text.size]),
    target: numbers(latents),
    weight: float32(new Float32Array(batch).fill(1), [batch, 1, 1, 1]),
    ...weightFeeds(places, optimizerState.weights),
  }
  const { gradient } = optimizerState
  const receivers: Record<string, Tensor> = { loss: float32(new Float32Array(1), []) }
  if (wanted.length > 0) {
    for (const [name, tensor] of Object.entries(weightFeeds(places, gradient))) receivers[`${name}_grad`] = tensor
  }
  const received = places.map(({ offset, length }) => ({ offset, values: gradient.subarray(offset, offset + length) }))
  return {
    optimizerState,
    async run() {
      const results = await session.run(feeds, receivers)
      if (!Number.isFinite((results['loss']!.data as Float32Array)[0])) throw new Error('Expected a finite loss.')
      return received
    },
  }
}

function memoryOf(graph: Graph): number {
  const settings = { batch, threads, rank, memoryOf: graph }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const file = fileURLToPath(import.meta.url)
  const kilobytes = Number(execFileSync(process.execPath, ['--import', 'tsx', file, ...flags]).toString())
  return Math.round(kilobytes / 1024)
}

/** The whole step in PyTorch, whenever it is asked for; answers with its milliseconds. */
function openPython(python: string) {
  const script = fileURLToPath(new URL('../tools/reference/training_step.py', import.meta.url))
  const told = JSON.stringify({ unet: unetConfigFile(config), adam: teacher.adam })
  const program = spawn(python, [script, told, ...[batch, threads, text.length].map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface(program.stdout)[Symbol.asyncIterator]()
  return {
    async step(): Promise<Cost> {
      program.stdin.write('step\n')
      const { value, done } = await answers.next()
      if (done) throw new Error(`${python} ended without an answer; it needs torch and diffusers.`)
      const [ms, processorMs] = JSON.parse(value) as [number, number]
      return { ms, processorMs }
    },
    close: () => program.stdin.end(),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}

if (options.memoryOf) {
  const measured = await open(options.memoryOf as Graph)
  for (let run = 0; run < 2; run++) await measured.run()
  console.log(process.resourceUsage().maxRSS)
} else {
  await report()
}
