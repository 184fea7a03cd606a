/**
 * Distils anybody's teacher, a folder in the layout of diffusers and optimum, on a folder of captioned pictures: latent
 * consistency distillation, algorithm 1 of "Latent Consistency Models" (arXiv 2310.04378). For a picture x, rungs t and
 * s = t − k of the ladder, and a guidance ω of its own for each sample:
 *
 *   z_t = α_t x + σ_t ε
 *   ẑ_s = Ψ(z_t, t → s), a solver step of the teacher, its answer with words + ω (with words − without)
 *   loss = d( f_θ(z_t, t, c, ω) − f_θ⁻(ẑ_s, s, c, ω) ),   θ⁻ the moving average of θ
 *
 * A teacher that takes `timestep_cond` has its guidance inside (arXiv 2210.03142) and is asked once, with ω; where there
 * is no such input the student gets one.
 */
import { createHash } from 'node:crypto'
import { embedGuidance } from '../../engine/diffusion/guidance.ts'
import { openScheduler, type Scheduler } from '../../engine/diffusion/scheduler.ts'
import { consistency, factorsAt, noised } from '../../engine/lcf/consistency.ts'
import { encode } from '../../engine/lcf/dataset.ts'
import { adapterInput } from '../../engine/lcf/graph.ts'
import { fitted } from '../../engine/lcf/pictures.ts'
import { findTargets } from '../../engine/lora/layout.ts'
import { mergeChanges } from '../../engine/lora/merge.ts'
import { readFrom } from '../../engine/pipeline/component.ts'
import { hashOf, type ModelFolder, readModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../../engine/pipeline/pipeline.ts'
import { upcast } from '../../engine/pipeline/upcast.ts'
import { EngineRefusal } from '../../engine/types/engine.ts'
import type { Model, Shape } from '../../onnx/model.ts'
import type { AdamOptions } from '../../onnx/optim/adam.ts'
import type { Distance } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession, type Session } from '../../onnx/session.ts'
import { fold } from '../../onnx/tape/folding.ts'
import { elementCount, float32, int64, type Tensor } from '../../onnx/tensor.ts'
import { trainLoop } from '../loop.ts'
import type { TrainingProgress } from '../progress.ts'
import { diffusionOf, ladder } from '../solvers/diffusion.ts'
import { guided } from '../solvers/guidance.ts'
import { type SolverName, solvers } from '../solvers/index.ts'
import type { Predict } from '../solvers/odeStep.ts'
import { predictionAt } from '../solvers/prediction.ts'
import { availableBytes, describeEstimate, estimateOf, gigabytes } from './estimate.ts'
import { changesOf, guidanceInput, guidanceWeight, type Lesson, takeGuidance, withWeights } from './graph.ts'
import { readPairs, readPicture } from './pairs.ts'
import { openStudent, type PlannedStudent, planStudent } from './student.ts'
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
  /** k, the timesteps that it takes at once; 1000 / 50, or as the teacher's own schedule says. */
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
  readonly say?: ((words: string) => void) | undefined
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
/** ω of the paper, section 5; guidance − 1. */
const omegaRange = [2, 14] as const
/** Size of a new guidance embedding, as in LCM_Dreamshaper_v7. */
const guidanceSize = 256
const smallNetwork = 100e6

export async function distilTeacher(options: DistilOptions): Promise<void> {
  const settings = { ...defaults, ...defined(options) }
  const { rank, steps, batch, solver, distance, seed, threads, checkpointSeconds } = settings
  const say = options.say ?? (() => undefined)
  const folder = await readModelFolder(options.teacher)
  const scheduler = openScheduler(folder.schedule)
  const { numTrainTimesteps, originalInferenceSteps } = folder.schedule
  const skip = options.skip ?? Math.floor(numTrainTimesteps / originalInferenceSteps)
  checkTeacher(folder, scheduler)
  const files = readPairs(options.pictures)
  say(`${files.length} pictures with captions; the teacher is ${folder.name}.`)

  const opening = { ...sessionOptions(threads), wide: true }
  let captured: Model | undefined
  const teacher = await folder.unet.open({
    ...opening,
    edit: model => {
      captured = model
      return model
    },
  })
  const weights = weightCount(captured!)
  const learnsAll = (options.learn ?? (weights <= smallNetwork ? 'all' : 'adapters')) === 'all'
  const prepared = learnsAll
    ? await inMemory(captured!, folder)
    : await fold(captured!, evaluate, { maxInputBytes: 2 ** 20 })
  const base = takeGuidance(prepared, guidanceSize)
  const lesson: Lesson = learnsAll
    ? { kind: 'all' }
    : { kind: 'adapters', rank, targets: findTargets(base.graph, 'all') }
  const asksTwice = folder.guidanceDim === undefined
  const guidanceDim = folder.guidanceDim ?? guidanceSize

  // 1. What it will take.
  const side = folder.trainedSize / folder.spatialFactor
  const latentShape = [folder.latentChannels, side, side]
  const pipelineWords = await wordShape(folder, threads)
  const shapes: Record<string, Shape> = {
    sample: [batch, ...latentShape],
    timestep: [batch],
    encoder_hidden_states: [batch, ...pipelineWords],
    [guidanceInput]: [batch, guidanceDim],
  }
  const plan = planStudent(base, lesson, shapes, new Random(seedOf(seed, 1)))
  const captions = new Set(['', ...files.map(({ caption }) => caption)])
  const estimate = estimateOf({
    weights,
    learned: plan.optimizerState.weights.length,
    activationBytes: plan.activationBytes,
    dataBytes: 4 * (files.length * elementCount(latentShape) + captions.size * elementCount(pipelineWords)),
    callMs: await callMs(teacher, folder, latentShape, pipelineWords),
    batch,
    steps,
    asks: (asksTwice ? 2 : 1) * (solver === 'ddim' ? 1 : 2),
    learnsAll,
  })
  const available = options.memoryBytes ?? availableBytes()
  say(
    `${learnsAll ? 'All' : `Adapters of rank ${rank} beside ${lesson.kind === 'adapters' ? lesson.targets.length : 0} projections of the`} ` +
      `${(weights / 1e6).toFixed(1)} M weights learn, ${steps} steps of ${batch}. ${describeEstimate(estimate, available)}`,
  )
  if (estimate.bytes > available) {
    await teacher.release()
    throw new EngineRefusal(
      'learn/recipe',
      `Expected about ${gigabytes(estimate.bytes)} GB of free memory, found ${gigabytes(available)} GB. Use a smaller ` +
        `--batch than ${batch}${learnsAll ? ', --learn adapters' : `, a smaller --rank than ${rank}`}, or a larger machine.`,
    )
  }

  // 2. Pictures and captions as the UNet sees them.
  const pipeline = await openPipeline(folder, { device: 'cpu', threads, upcast: true })
  const latents: Float32Array[] = []
  for (const { file } of files)
    latents.push(await encode(pipeline, await fitted(await readPicture(file), folder.trainedSize)))
  const wordsOf = new Map<string, Float32Array>()
  for (const caption of captions) wordsOf.set(caption, await pipeline.encodePrompt(caption))
  await pipeline.release()
  say('Pictures and captions are encoded.')

  // 3. The steps.
  const student = await openStudent(plan, distance, model => folder.unet.open({ ...opening, edit: () => model }))
  const inputs = (rows: readonly Row[]): Record<string, Tensor> => ({
    sample: float32(stacked(rows.map(({ z }) => z)), [rows.length, ...latentShape]),
    timestep: timesteps(
      teacher,
      rows.map(({ t }) => t),
    ),
    encoder_hidden_states: float32(stacked(rows.map(({ words }) => words)), [rows.length, ...pipelineWords]),
  })
  const guidance = (omegas: readonly number[]) =>
    float32(stacked(omegas.map(omega => embedGuidance(omega + 1, guidanceDim))), [omegas.length, guidanceDim])

  /** The teacher's answer to noisy latents, its guidance inside. */
  const ask = async (rows: readonly Row[], omegas: readonly number[]): Promise<Float32Array> => {
    const output = teacher.outputs[0]!.name
    if (!asksTwice) {
      return (await teacher.run({ ...inputs(rows), [guidanceInput]: guidance(omegas) }))[output]!.data as Float32Array
    }
    const nothing = wordsOf.get('')!
    const both = await teacher.run(inputs([...rows, ...rows.map(row => ({ ...row, words: nothing }))]))
    const answer = both[output]!.data as Float32Array
    return guided(answer.subarray(0, answer.length / 2), answer.subarray(answer.length / 2), omegas)
  }

  const diffusion = diffusionOf(scheduler)
  const teacherSolver = solvers[solver](diffusion)
  const adam = adamOf(steps, options.rate ?? (learnsAll ? 1e-5 : 1e-4))
  await trainLoop({
    stage: 'lcd',
    file: `${options.out}.checkpoint`,
    resume: true,
    seed: seedOf(seed, 2),
    batch,
    adam,
    recipe: {
      teacher: await hashOf(folder),
      pictures: hashOfPairs(latents, files),
      ...{ learnsAll, rank, batch, solver, skip, distance, adam, seed },
    },
    optimizerState: plan.optimizerState,
    checkpointSeconds,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => undefined),
    async gradients(_step, random) {
      const picked = Array.from({ length: batch }, () => random.below(files.length))
      const from = ladder(batch, skip, numTrainTimesteps, random)
      const to = from.map(t => Math.max(0, t - skip))
      const omegas = picked.map(() => random.between(...omegaRange))
      const rows = picked.map((picture, at): Row => {
        const x = latents[picture]!
        const t = from[at]!
        const noise = random.normals(new Float32Array(x.length))
        return { z: noised(x, noise, t, scheduler), t, words: wordsOf.get(files[picture]!.caption)! }
      })
      const at = (z: Float32Array, times: readonly number[]) =>
        split(z, batch).map((z, index): Row => ({ ...rows[index]!, z, t: times[index]! }))
      const predict: Predict = async (z, times) => predictionAt(diffusion, z, await ask(at(z, times), omegas), times)
      const next = at(await teacherSolver.step(predict, stacked(rows.map(({ z }) => z)), from, to), to)
      const embedded = { [guidanceInput]: guidance(omegas) }
      const believed = split(await student.predictAverage({ ...inputs(next), ...embedded }), batch)
      const target = next.map(({ z, t }, at) => consistency(z, believed[at]!, factorsAt(t, scheduler)))
      const factors = from.map(t => factorsAt(t, scheduler))
      const perSample = (values: readonly number[]) => float32(Float32Array.from(values), [batch, 1, 1, 1])
      return student.gradients({
        ...inputs(rows),
        ...embedded,
        of_sample: perSample(factors.map(({ ofSample }) => ofSample)),
        of_output: perSample(factors.map(({ ofOutput }) => ofOutput)),
        target: float32(stacked(target), [batch, ...latentShape]),
      })
    },
  })
  await student.release()
  await teacher.release()
  if (options.signal?.aborted) return

  // 4. The folder.
  const rungs = Math.floor(numTrainTimesteps / skip)
  writeStudent(options.out, folder, finished(base, lesson, plan), { guidanceSize: guidanceDim, rungs })
  say(`The model is in ${options.out}.`)
}

/** One sample in front of the network. */
interface Row {
  readonly z: Float32Array
  readonly t: number
  readonly words: Float32Array
}

function checkTeacher(folder: ModelFolder, { alphasCumprod, config }: Scheduler): void {
  const broken = (words: string) => new EngineRefusal('learn/model', words)
  if (!folder.vaeEncoder) throw broken('Expected a vae_encoder in the folder, to encode the pictures with, found none.')
  if (folder.fixedShape) {
    throw broken(
      'Expected a UNet whose batch and size are open, got one whose shape is fixed. Export it with dynamic axes.',
    )
  }
  if (config.predictionType === 'epsilon' && alphasCumprod.at(-1)! < 1e-8) {
    throw broken(
      'Expected v_prediction with zero terminal SNR, got epsilon, which says nothing about a picture of pure noise.',
    )
  }
}

/** The student at the end: the average of what it learned, in the graph of its teacher. */
function finished(base: Model, lesson: Lesson, { places, optimizerState }: PlannedStudent): Model {
  const values = places.map(
    ({ name, offset, length }) => [name, optimizerState.average.subarray(offset, offset + length)] as const,
  )
  if (lesson.kind === 'all') return withWeights(base, values)
  const adapter = values.find(([name]) => name === adapterInput)![1]
  const merged = mergeChanges(base, changesOf(lesson, adapter))
  return withWeights(
    merged,
    values.filter(([name]) => name === guidanceWeight),
  )
}

/** Every weight in memory and in float32, casts of halves done. */
async function inMemory(model: Model, folder: ModelFolder): Promise<Model> {
  const path = folder.unet.files[0]!
  const loaded = upcast(model, readFrom(path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')))))
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

/** Tokens and width of what the text encoder gives, (T, D). */
async function wordShape(folder: ModelFolder, threads: number): Promise<readonly number[]> {
  const session = await folder.textEncoder.open({ ...sessionOptions(threads), wide: true })
  const ids = folder.tokenizer.encode('')
  const input = session.inputs[0]!
  const tokens: Tensor =
    input.dtype === 'int32'
      ? { dtype: 'int32', dims: [1, ids.length], data: Int32Array.from(ids) }
      : int64(ids, [1, ids.length])
  const results = await session.run({ [input.name]: tokens })
  await session.release()
  const hidden = results['last_hidden_state'] ?? results[session.outputs[0]!.name]!
  return hidden.dims.slice(1)
}

/** Milliseconds of one picture in one call, the second of two. */
async function callMs(
  teacher: Session,
  folder: ModelFolder,
  latentShape: readonly number[],
  words: readonly number[],
): Promise<number> {
  const zeros = (dims: readonly number[]) => float32(new Float32Array(elementCount(dims)), dims)
  const feeds: Record<string, Tensor> = {
    sample: zeros([1, ...latentShape]),
    timestep: timesteps(teacher, [500]),
    encoder_hidden_states: zeros([1, ...words]),
    ...(folder.guidanceDim !== undefined && { [guidanceInput]: zeros([1, folder.guidanceDim]) }),
  }
  await teacher.run(feeds)
  const began = performance.now()
  await teacher.run(feeds)
  return performance.now() - began
}

/** Exporters disagree on the type of a timestep. */
function timesteps(session: Session, values: readonly number[]): Tensor {
  const { dtype } = session.inputs.find(({ name }) => name === 'timestep')!
  const dims = [values.length]
  if (dtype === 'int32') return { dtype, dims, data: Int32Array.from(values) }
  return dtype === 'int64' ? int64(values) : float32(Float32Array.from(values), dims)
}

function adamOf(steps: number, rate: number): AdamOptions {
  const warmUp = Math.min(500, Math.ceil(steps / 10))
  return { rate, steps, warmUp, floor: 0.05, beta1: 0.9, beta2: 0.999, decay: 0, clip: 1, average: 0.95 }
}

function hashOfPairs(latents: readonly Float32Array[], files: readonly { readonly caption: string }[]): string {
  const hash = createHash('sha256').update(JSON.stringify(files.map(({ caption }) => caption)))
  for (const values of latents) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return hash.digest('hex')
}

function stacked(rows: readonly Float32Array[]): Float32Array {
  const length = rows[0]!.length
  const all = new Float32Array(rows.length * length)
  for (const [at, row] of rows.entries()) all.set(row, at * length)
  return all
}

function split(values: Float32Array, count: number): Float32Array[] {
  const length = values.length / count
  return Array.from({ length: count }, (_, at) => values.subarray(at * length, (at + 1) * length))
}

/** Without what was left undefined, so that defaults take its place. */
function defined<Options extends object>(options: Options): { [Key in keyof Options]: NonNullable<Options[Key]> } {
  // The filter is what the type says.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]: NonNullable<Options[Key]>
  }
}
