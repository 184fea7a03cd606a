/**
 * Distils anybody's teacher, a folder in the layout of diffusers and optimum, on a folder of captioned pictures: latent
 * consistency distillation, algorithm 1 of "Latent Consistency Models" (arXiv 2310.04378). For a picture x, timesteps t and
 * s = t − k with the skipping step k, and a guidance ω of its own for each sample:
 *
 *   z_t = α_t x + σ_t ε
 *   ẑ_s = Ψ(z_t, t → s), a solver step of the teacher, its output with the prompt + ω (with − without)
 *   loss = d( f_θ(z_t, t, c, ω) − f_θ⁻(ẑ_s, s, c, ω) ),   θ⁻ the moving average of θ
 *
 * A teacher that takes `timestep_cond` has its guidance inside (arXiv 2210.03142) and is called once, with ω; where there
 * is no such input the student gets one.
 */

import { dirname } from 'node:path'
import { adapterInput } from '../../engine/lcf/graph.ts'
import { findTargets } from '../../engine/lora/layout.ts'
import { mergeChanges } from '../../engine/lora/merge.ts'
import { hashOf, type ModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { upcast } from '../../engine/pipeline/upcast.ts'
import type { Model } from '../../onnx/model.ts'
import type { AdamOptions } from '../../onnx/optim/adam.ts'
import type { Distance } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession } from '../../onnx/session.ts'
import { loadTensor, mapInitializers, readFrom } from '../../onnx/storedTensors.ts'
import { fold } from '../../onnx/tape/folding.ts'
import { elementCount, type Tensor } from '../../onnx/tensor.ts'
import { UserError } from '../../protocol/errors.ts'
import type { TrainingProgress } from '../loop/progress.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import type { SolverName } from '../solvers/index.ts'
import { differentCaptions, encodeDataset } from './encodedPairs.ts'
import { availableBytes, describeEstimate, type Estimate, estimateOf, gigabytes } from './estimate.ts'
import { type CaptionedFile, readPairs } from './pairs.ts'
import { createDistillationStep } from './step.ts'
import { openStudent, type PlannedStudent, planStudent } from './student.ts'
import { changesOf, guidanceInput, guidanceWeight, type Tuning, takeGuidance, withWeights } from './studentGraph.ts'
import { guidanceSize, openTeacher, type Teacher } from './teacherModel.ts'
import { writeStudent } from './write.ts'

export interface DistilOptions {
  /** A model folder. */
  readonly teacher: string
  /** Pictures and captions, as `readPairs` takes them. */
  readonly pictures: string
  /** Where the student goes; beside it lies the checkpoint of its training. */
  readonly out: string
  /** By default adapters for networks above 100 M weights, else all weights. */
  readonly learn?: 'adapters' | 'all' | undefined
  readonly rank?: number | undefined
  readonly steps?: number | undefined
  readonly batch?: number | undefined
  readonly rate?: number | undefined
  /** Ψ, the step of the teacher; `ddim`. */
  readonly solver?: SolverName | undefined
  /** k, the skipping step: the timesteps that it takes at once; 1000 / 50, or as the teacher's own schedule says. */
  readonly skip?: number | undefined
  /** d of the loss; pseudo-Huber with c = 0.001. */
  readonly distance?: Distance | undefined
  readonly seed?: number | undefined
  readonly threads?: number | undefined
  readonly checkpointSeconds?: number | undefined
  /** Bytes that may be taken; what is free on the machine. */
  readonly memoryBytes?: number | undefined
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined
  /** One sentence about what is going on. */
  readonly say?: ((message: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const defaults = {
  rank: 64,
  steps: 1000,
  batch: 4,
  solver: 'ddim',
  distance: { huber: 0.001 },
  seed: 1,
  threads: 2,
  checkpointSeconds: 300,
} as const
const smallNetwork = 100e6

export async function distilTeacher(options: DistilOptions): Promise<void> {
  const settings = { ...defaults, ...defined(options) }
  const { steps, batch, solver, distance, seed, threads, checkpointSeconds } = settings
  const say = options.say ?? (() => undefined)
  const files = readPairs(options.pictures)
  const teacher = await openTeacher(options.teacher, threads)
  const { folder, scheduler } = teacher
  const { numTrainTimesteps, originalInferenceSteps } = folder.schedule
  const skip = options.skip ?? Math.floor(numTrainTimesteps / originalInferenceSteps)
  say(`${files.length} pictures with captions; the teacher is ${folder.name}.`)

  // 1. What it will take.
  const base = await prepareGraph(teacher, options.learn)
  const tuning = tuningOf(base, settings.rank)
  const plan = planStudent(base.model, tuning, shapesOf(teacher, batch), new Random(seedOf(seed, 1)))
  const estimate = await estimateRun(teacher, base, plan, files, settings)
  const available = options.memoryBytes ?? availableBytes()
  say(
    `${describeTuning(tuning, base.weights)} learn, ${steps} steps of ${batch}. ${describeEstimate(estimate, available)}`,
  )
  if (estimate.bytes > available) {
    await teacher.release()
    throw tooLarge(estimate, available, batch, tuning)
  }

  // 2. Pictures and captions as the UNet sees them.
  const dataset = await encodeDataset(folder, files, threads)
  say('Pictures and captions are encoded.')

  // 3. The steps.
  const student = await openStudent(plan, distance, model =>
    folder.unet.open({ ...sessionOptions(threads), upcast: true, edit: () => model }),
  )
  const distillationStep = createDistillationStep(teacher, student, dataset, { batch, skip, solver })
  const adam = adamOf(steps, options.rate ?? (base.learnsAll ? 1e-5 : 1e-4))
  const { learnsAll } = base
  await trainLoop({
    stage: 'lcd',
    file: `${options.out}.checkpoint`,
    resume: true,
    seed: seedOf(seed, 2),
    batch,
    adam,
    recipe: {
      teacher: await hashOf(folder),
      pictures: dataset.hash,
      learnsAll,
      rank: settings.rank,
      batch,
      solver,
      skip,
      distance,
      adam,
      seed,
    },
    optimizerState: plan.optimizerState,
    checkpointSeconds,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => undefined),
    gradients: (_step, random) => distillationStep(random),
  })
  await student.release()
  await teacher.release()
  if (options.signal?.aborted) return

  // 4. The folder.
  writeStudent(options.out, folder, finished(base.model, tuning, plan), {
    guidanceSize: teacher.guidanceDim,
    originalInferenceSteps: Math.floor(scheduler.config.numTrainTimesteps / skip),
  })
  say(`The model is in ${options.out}.`)
}

/** The teacher's graph with a guidance input, its constants folded. */
interface BaseGraph {
  readonly model: Model
  /** Weights of the teacher. */
  readonly weights: number
  readonly learnsAll: boolean
}

async function prepareGraph({ folder, model }: Teacher, learn: DistilOptions['learn']): Promise<BaseGraph> {
  const weights = weightCount(model)
  const learnsAll = (learn ?? (weights <= smallNetwork ? 'all' : 'adapters')) === 'all'
  const folded = learnsAll ? await inMemory(model, folder) : await fold(model, evaluate, { maxInputBytes: 2 ** 20 })
  return { model: takeGuidance(folded, guidanceSize), weights, learnsAll }
}

function tuningOf({ model, learnsAll }: BaseGraph, rank: number): Tuning {
  return learnsAll ? { kind: 'all' } : { kind: 'adapters', rank, targets: findTargets(model.graph, 'all') }
}

function shapesOf({ latentShape, promptShape, guidanceDim }: Teacher, batch: number) {
  return {
    sample: [batch, ...latentShape],
    timestep: [batch],
    encoder_hidden_states: [batch, ...promptShape],
    [guidanceInput]: [batch, guidanceDim],
  }
}

async function estimateRun(
  teacher: Teacher,
  { weights, learnsAll }: BaseGraph,
  plan: PlannedStudent,
  files: readonly CaptionedFile[],
  { batch, steps, solver }: { readonly batch: number; readonly steps: number; readonly solver: SolverName },
): Promise<Estimate> {
  const { latentShape, promptShape, takesGuidance } = teacher
  const latents = files.length * elementCount(latentShape)
  const promptEmbeds = differentCaptions(files).size * elementCount(promptShape)
  return estimateOf({
    weights,
    learned: plan.optimizerState.weights.length,
    activationBytes: plan.activationBytes,
    dataBytes: 4 * (latents + promptEmbeds),
    callMs: await teacher.measureCall(),
    batch,
    steps,
    teacherCalls: (takesGuidance ? 1 : 2) * (solver === 'ddim' ? 1 : 2),
    learnsAll,
  })
}

function describeTuning(tuning: Tuning, weights: number): string {
  const network = `${(weights / 1e6).toFixed(1)} M weights`
  if (tuning.kind === 'all') return `All ${network}`
  return `Adapters of rank ${tuning.rank} beside ${tuning.targets.length} projections of the ${network}`
}

function tooLarge(estimate: Estimate, available: number, batch: number, tuning: Tuning): UserError {
  const hint = tuning.kind === 'all' ? ', --learn adapters' : `, a smaller --rank than ${tuning.rank}`
  return new UserError(
    'learn/recipe',
    `Expected about ${gigabytes(estimate.bytes)} GB of free memory, found ${gigabytes(available)} GB. Use a smaller ` +
      `--batch than ${batch}${hint}, or a larger machine.`,
  )
}

/** The student at the end: the average of what it learned, in the graph of its teacher. */
function finished(base: Model, tuning: Tuning, { places, optimizerState }: PlannedStudent): Model {
  const values = places.map(
    ({ name, offset, length }) => [name, optimizerState.average.subarray(offset, offset + length)] as const,
  )
  if (tuning.kind === 'all') return withWeights(base, values)
  const adapter = values.find(([name]) => name === adapterInput)![1]
  const merged = mergeChanges(base, changesOf(tuning, adapter))
  return withWeights(
    merged,
    values.filter(([name]) => name === guidanceWeight),
  )
}

/** Every weight in memory and in float32, casts of halves done. */
async function inMemory(model: Model, folder: ModelFolder): Promise<Model> {
  const read = readFrom(dirname(folder.unet.files[0]!))
  const { graph } = upcast(model)
  const loaded = { ...model, graph: mapInitializers(graph, tensor => loadTensor(tensor, read)) }
  return fold(loaded, evaluate, { maxBytes: Number.POSITIVE_INFINITY })
}

/** The arithmetic for folding: runs a model that takes nothing. */
async function evaluate(bytes: Uint8Array): Promise<Record<string, Tensor>> {
  const session = await createSession(bytes)
  const results = await session.run({})
  await session.release()
  return results
}

function weightCount({ graph }: Model): number {
  return [...graph.initializers.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)
}

function adamOf(steps: number, rate: number): AdamOptions {
  const warmUp = Math.min(500, Math.ceil(steps / 10))
  return { rate, steps, warmUp, floor: 0.05, beta1: 0.9, beta2: 0.999, decay: 0, clip: 1, average: 0.95 }
}

/** Without what was left undefined, so that defaults take its place. */
function defined<Options extends object>(options: Options): { [Key in keyof Options]: NonNullable<Options[Key]> } {
  // The filter is what the type says.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]: NonNullable<Options[Key]>
  }
}
