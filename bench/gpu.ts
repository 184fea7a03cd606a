/**
 * What a graphics card gives: on each device that works here, whether it paints what the CPU paints, pictures per second
 * by batch, what it gains to batch people together, what a style for each of them costs, a step of learning, and memory
 * of the card. Each line is printed as soon as it is known; the last one says all of it for machines.
 *
 *     npm run bench:gpu -- --sd15 ~/models-real/sd15
 *
 * `--rehearse` does all of it with networks of ten nodes, as a software driver takes minutes to compile what larger ones
 * need:
 *
 *     VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npm run bench:gpu -- --rehearse --devices webgpu
 */
import { cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Device, openEngine } from '../engine/index.ts'
import { type TinyModelOptions, writeTinyModel } from '../test/engine/support/tinyModel.ts'
import { assemblePipeline, type PipelineName } from '../test/support/pipelines.ts'
import { temporaryFolder } from '../test/support/studio.ts'
import { hardware } from './canvas.ts'
import { describeCards } from './deviceMemory.ts'
import {
  compareWithCpu,
  faultyMean,
  type LearningSpeed,
  measureLearning,
  measureSpeed,
  type Parity,
  type Speed,
} from './gpuMeasures.ts'
import { writeRandomModel } from './randomModel.ts'

const { values: options } = parseArgs({
  options: {
    /** Where a folder of Stable Diffusion 1.5's size with random weights lies, or is to be made (2.1 GB). */
    sd15: { type: 'string' },
    /** More folders besides the embedded model. */
    model: { type: 'string', multiple: true, default: [] },
    devices: { type: 'string', default: 'cuda,webgpu' },
    /** Small pipelines of `test/fixtures` that are compared with the CPU; all of them, or in a rehearsal none. */
    pipelines: { type: 'string' },
    measures: { type: 'string', default: 'parity,speed,learning' },
    batches: { type: 'string', default: '1,2,4,8,16' },
    seconds: { type: 'string', default: '8' },
    rehearse: { type: 'boolean', default: false },
  },
})
const measures = options.measures.split(',')
const batches = options.batches.split(',').map(Number)
const seconds = options.rehearse ? 1 : Number(options.seconds)
const learningOptions = options.rehearse ? { steps: 3, patienceSeconds: 120 } : { steps: 30, patienceSeconds: 240 }

const embedded = fileURLToPath(new URL('../models/fourstroke-256', import.meta.url))
const allPipelines = ['today', 'older', 'first', 'dynamo', 'half', 'plain', 'xl', 'xlPlain', 'inpaint', 'taesd']

type Measure = 'parity' | 'speed' | 'learning'
interface Where {
  readonly device: Device
  readonly model?: string
}
type Row = Where &
  (
    | ({ readonly type: 'parity' } & Parity)
    | ({ readonly type: 'speed' } & Speed)
    | ({ readonly type: 'learning' } & LearningSpeed)
    | { readonly type: 'missing'; readonly reason: string }
    | { readonly type: 'failed'; readonly measure: Measure; readonly reason: string }
  )

const rows: Row[] = []
const place = temporaryFolder()
try {
  await run()
} finally {
  place.remove()
}
console.log(
  JSON.stringify({ bench: 'gpu', isRehearsal: options.rehearse, cards: await describeCards(), rows, hardware }),
)
// What is missing is said; what is there and does not work, or paints something else, is a fault.
if (rows.some(isFault)) process.exitCode = 1

async function run(): Promise<void> {
  const cards = await describeCards()
  console.log(cards.length > 0 ? cards.join('\n') : 'No NVIDIA card was found (nvidia-smi).')
  if (options.rehearse) console.log('A rehearsal: networks of a few kilobytes, whose figures say only that it runs.')
  const names = options.pipelines?.split(',') ?? (options.rehearse ? [] : allPipelines)
  const pipelines = names.map(name => assemblePipeline(name as PipelineName, place.folder))
  const small = options.rehearse ? [tinyModel('tiny-half', { half: true }), ...pipelines] : pipelines
  const large = options.rehearse ? [tinyModel('tiny', { projections: true })] : [embedded]
  if (options.sd15 !== undefined) {
    console.log(`Stable Diffusion 1.5 in halves, with random weights: ${options.sd15}, made where it is not there yet.`)
    await writeRandomModel(options.sd15)
    large.push(options.sd15)
  }
  large.push(...options.model)
  for (const device of options.devices.split(',') as Device[]) await measureDevice(device, small, large)
  if (!options.rehearse && large.length === 1) {
    console.log(
      'Stable Diffusion 1.5 in halves was not measured: --sd15 ~/models-real/sd15 makes a folder of its size there, with ' +
        'random weights (2.1 GB), and measures it; --model measures an export of yours.',
    )
  }
}

async function measureDevice(device: Device, small: readonly string[], large: readonly string[]): Promise<void> {
  const reason = await obstacleOf(device, (small[0] ?? large[0])!)
  if (reason !== null) return note({ type: 'missing', device, reason })
  for (const modelFolder of [...small, ...large]) {
    const where = { device, model: basename(modelFolder) }
    await take('parity', where, async () => ({
      type: 'parity',
      ...where,
      ...(await compareWithCpu(modelFolder, device)),
    }))
  }
  for (const modelFolder of large) {
    const where = { device, model: basename(modelFolder) }
    const speedOptions = { modelFolder, device, batches, seconds }
    await take('speed', where, async () => ({ type: 'speed', ...where, ...(await measureSpeed(speedOptions)) }))
    const learning = { modelFolder, device, ...learningOptions }
    await take('learning', where, async () => ({ type: 'learning', ...where, ...(await measureLearning(learning)) }))
  }
}

/**
 * Of ten nodes. It is not trained, and its latents grow with every step: after two they are still far from where the
 * convolution with tanh that the WebGPU provider makes of its decoder's end overflows.
 */
function tinyModel(name: string, settings: TinyModelOptions): string {
  const written = writeTinyModel({ ...settings, files: { 'defaults.json': { steps: 2 } } })
  const folder = join(place.folder, name)
  cpSync(written.folder, folder, { recursive: true })
  written.remove()
  return folder
}

/** Why nothing at all runs on a device; null where something does. */
async function obstacleOf(device: Device, modelFolder: string): Promise<string | null> {
  try {
    const engine = await openEngine({ modelFolder, device, batches: [1] })
    await engine.close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** If it is wanted. One that fails (for want of memory, say) leaves the others to be taken. */
async function take(measure: Measure, where: Where, act: () => Promise<Row>): Promise<void> {
  if (!measures.includes(measure)) return
  note(await act().catch(error => ({ type: 'failed' as const, ...where, measure, reason: (error as Error).message })))
}

function note(row: Row): void {
  rows.push(row)
  console.log(`${row.device}${row.model ? `, ${row.model}` : ''}: ${describe(row)}`)
}

function describe(row: Row): string {
  switch (row.type) {
    case 'missing':
      return `not here: ${row.reason}`
    case 'failed':
      return `${row.measure} failed: ${row.reason}`
    case 'parity':
      return `${row.largest} of 255 from the CPU's pictures at most, ${row.mean} in the mean${isFault(row) ? ': a FAULT' : ''}`
    case 'learning':
      return `${row.stepMs} ms a step of learning, the first after ${row.firstStepSeconds} s; ${memoryOf(row)}`
    case 'speed': {
      const people = Math.max(...batches)
      const each = batches.map(count => `${row.perSecond[count]} at ${count}`).join(', ')
      const styled = row.styledShare === null ? 'no styles' : `${row.styledShare} × that with a style for each`
      const notes = [...row.ignored, ...(row.refused === null ? [] : [`Refused: ${row.refused}`])]
      const noted = notes.map(note => `; ${note}`).join('')
      return (
        `open after ${row.openSeconds} s; pictures/s ${each}; batching gives ${people} people ${row.gain} × ` +
        `the ${row.perSecondUnbatched} without (aim 3); ${styled}; ${memoryOf(row)}${noted}`
      )
    }
    default:
      throw new Error(`Unknown row: ${JSON.stringify(row satisfies never)}`)
  }
}

function isFault(row: Row): boolean {
  return row.type === 'failed' || (row.type === 'parity' && !(row.mean < faultyMean))
}

function memoryOf({ deviceMemoryMb }: { readonly deviceMemoryMb: number | null }): string {
  return deviceMemoryMb === null ? 'memory of the card unknown' : `${deviceMemoryMb} MB of the card`
}
