/**
 * How a style is learned, written out: pictures → latents → steps of the consistency loss → assessment.
 *
 * It is a generator. Each piece of work is one short call of a network, and after each piece it yields, so that whoever
 * runs it can let others have the device first (`learningQueue.ts`), or stop. What was learned so far goes out as
 * checkpoints: everything that follows is a function of the request and of the checkpoint, to the bit.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type AdamOptions, adamStep } from '../../onnx/optim/adam.ts'
import { Random } from '../../onnx/optim/random.ts'
import type { SessionOptions } from '../../onnx/session.ts'
import { tinted } from '../lora/tint.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Rgb } from '../types/engine.ts'
import type { Adapter, LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../types/styles.ts'
import { preservedDetail } from './assessment.ts'
import { decodeLearning, keyOf, type LearningCheckpoint } from './checkpoint.ts'
import { type Dataset, fittedPictures, type Pair, readDataset } from './dataset.ts'
import { isOver, withHeldOutLoss, withLoss } from './earlyStopping.ts'
import { assessmentOf, decodeAll, heldOutLossOf, paintAll, picturesOf, shown, texturedAll } from './evaluation.ts'
import { createLearnContext, type LearnContext, microBatchOf, pieceMs } from './learnContext.ts'
import { LearnReporter } from './learnReporter.ts'
import { firstState, type LearnState, resumedPrior, resumedState } from './learnState.ts'
import { leastDetail } from './outcome.ts'
import { paintPrior, priorSamples } from './priorPreservation.ts'
import { evaluations } from './recipe.ts'
import { tintBetween } from './recolour.ts'
import { openStudent, type Sample, type Student, type StudentOptions } from './student.ts'
import { encodedWithoutFine, learnTexture, withoutFine } from './texture.ts'
import { drawBatch, gradientOf } from './trainingBatch.ts'

export interface LearnTools {
  readonly pipeline: Pipeline
  readonly modelHash: string
  /** Where and how training sessions run. */
  readonly session: SessionOptions
  /** Milliseconds that a UNet call takes for one picture. */
  readonly stepMs: number
  /** How often a checkpoint goes out. */
  readonly checkpointSeconds: number
  /** Opens the network that learns; without it, in this thread, which cannot paint meanwhile. */
  readonly openStudent?: ((options: StudentOptions) => Promise<Student>) | undefined
  onProgress(progress: LearnProgress): void
}

/** After how many evaluations the examples are shown to people. */
const evaluationsPerShow = 4

export async function* learn(
  request: LearnRequest,
  recipe: StyleRecipe,
  { pipeline, modelHash, session, stepMs, checkpointSeconds, openStudent: open = openStudent, onProgress }: LearnTools,
): AsyncGenerator<undefined, LearnResult & { readonly type: 'finished' }> {
  const key = keyOf(request, recipe, modelHash)
  const resumed = request.resume && decodeLearning(request.resume, key)
  const microBatch = resumed?.record.microBatch ?? microBatchOf(recipe, pipeline, stepMs)
  const context = createLearnContext(request, recipe, pipeline, microBatch)
  onProgress({ type: 'started', steps: recipe.steps })

  const originals = yield* fittedPictures(request, context.side)
  const texture = yield* learnTexture(originals, context, session)
  // What the autoencoder cannot carry is the texture's; the adapter learns from what is left.
  const pictures = yield* readDataset(texture ? originals.map(withoutFine) : originals, recipe, pipeline)
  // Colours alone need no training graph, which takes long to open and most of the memory.
  const student = recipe.steps === 0 ? null : yield* opened(open(studentOptions(context, pictures, session)))
  try {
    yield
    const targets = pipeline.styles!.targets
    const state = resumed ? resumedState(targets, recipe, resumed) : firstState(targets, recipe)
    const material = yield* prepare(context, pictures, texture, resumed)
    if (!resumed) onProgress({ type: 'painted', step: 0, pictures: yield* shown(context, material.plain) })
    const reporter = new LearnReporter({
      recipe,
      constants: { key, microBatch, prior: material.prior },
      checkpointSeconds,
      firstStep: state.step,
      secondsBefore: resumed?.record.seconds ?? 0,
      onProgress,
    })
    // At every yield the state is that of the last whole step, so that a checkpoint may go out at any time.
    reporter.checkpoint(state)
    try {
      if (student) yield* trainingLoop(context, student, material, state, reporter, onProgress)
    } finally {
      reporter.checkpoint(state)
    }
    // Where all was mist there is nothing better, and the assessment says so.
    const values = state.earlyStopping.best ? state.best : state.optimizer.average.slice()
    const adapter = { rank: recipe.rank, values, tint: material.tint }
    const assessed = yield* assessmentOf(context, pictures, material.recoloured, adapter)
    const before = yield* shown(context, assessed.before)
    const after = yield* shown(context, yield* texturedAll(context, assessed.after, texture))
    const { assessment } = assessed
    return {
      ...{ type: 'finished', adapter: { ...adapter, ...(texture && { texture }) } },
      ...{ recipe, curve: state.curve, assessment, before, after },
    }
  } finally {
    await student?.release()
  }
}

/** What all steps learn from. */
interface Material {
  /** The colours of the style. */
  readonly tint: Float32Array
  /** What its pictures have that the autoencoder does not carry, if anything. */
  readonly texture: Float32Array | undefined
  /** Its pictures in the colours of the model. */
  readonly dataset: Dataset
  /** The base model's own pictures, by their latents after every step, and as samples. */
  readonly prior: readonly (readonly Float32Array[])[]
  readonly priorSamples: readonly (readonly Sample[])[]
  /** The examples without the style. */
  readonly plain: readonly Rgb[]
  /** The same in the colours of the style. */
  readonly recoloured: readonly Rgb[]
}

/** Paints what the base model makes of its own and of the example prompts, and computes the colours. */
async function* prepare(
  context: LearnContext,
  pictures: Dataset,
  texture: Float32Array | undefined,
  resumed: LearningCheckpoint | undefined,
): AsyncGenerator<undefined, Material> {
  const { priorPrompts, timesteps, examples } = context
  const channels = context.pipeline.folder.latentChannels
  const prior = resumed ? resumedPrior(resumed, priorPrompts.length, timesteps.length) : yield* paintPrior(context)
  const plain = yield* paintAll(context, examples)
  const finals = [...prior, ...plain.map(({ steps }) => steps)].map(steps => steps.at(-1)!)
  const views = pictures.training.flat().map(({ z0 }) => z0)
  // Colours alone are compared: where the style's pictures are smoothed, so are the model's.
  const alike = texture ? yield* encodedWithoutFine(context, finals) : finals
  const tint = tintBetween(alike, views, channels)
  // Colours need no learning: what is left to learn is the style in the colours of the model.
  const untint = tintBetween(views, alike, channels)
  const inColoursOfTheModel = (pair: Pair): Pair => ({ ...pair, z0: tinted(pair.z0, untint, channels) })
  return {
    ...{ tint, texture },
    plain: picturesOf(plain),
    dataset: {
      training: pictures.training.map(views => views.map(inColoursOfTheModel)),
      heldOut: pictures.heldOut.map(inColoursOfTheModel),
    },
    prior,
    priorSamples: yield* priorSamples(context, prior),
    recoloured: yield* decodeAll(
      context,
      plain.map(({ steps }) => tinted(steps.at(-1)!, tint, channels)),
    ),
  }
}

async function* trainingLoop(
  context: LearnContext,
  student: Student,
  material: Material,
  state: LearnState,
  reporter: LearnReporter,
  onProgress: (progress: LearnProgress) => void,
): AsyncGenerator<undefined, void> {
  const { recipe } = context
  const adam = adamOf(recipe)
  const evaluateEvery = Math.max(1, Math.round(recipe.steps / evaluations))
  for (;;) {
    const { step } = state
    const isEvaluation = step > (state.curve.at(-1)?.step ?? 0) && (step % evaluateEvery === 0 || step === recipe.steps)
    if (isEvaluation) {
      const { heldOutLoss, pictures } = yield* evaluate(context, material, state)
      const isShown = state.curve.length % evaluationsPerShow === 0 && step < recipe.steps
      if (isShown) {
        const textured = yield* texturedAll(context, pictures, material.texture)
        onProgress({ type: 'painted', step, pictures: yield* shown(context, textured) })
      }
      reporter.step(state, heldOutLoss)
    }
    if (step === recipe.steps || isOver(state.earlyStopping)) return
    if (reporter.isCheckpointDue()) reporter.checkpoint(state)

    const random = Random.restore(state.random)
    const samples = drawBatch(context, material.dataset, material.priorSamples, random)
    const { loss, gradient } = yield* gradientOf(context, student, state.optimizer, samples)
    const norm = adamStep(state.optimizer, [{ offset: 0, values: gradient }], step, adam)
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw notFinite(step, loss)
    state.step++
    state.random = random.state
    state.earlyStopping = withLoss(state.earlyStopping, loss, state.step)
    if (reporter.isStepDue()) reporter.step(state)
  }
}

/** How far it is: the held-out loss and the examples of the average weights, which become the best if they are. */
async function* evaluate(
  context: LearnContext,
  { dataset, tint, recoloured }: Material,
  state: LearnState,
): AsyncGenerator<undefined, { heldOutLoss: number | undefined; pictures: readonly Rgb[] }> {
  const { step, optimizer } = state
  const heldOutLoss = yield* heldOutLossOf(context, dataset, optimizer.average)
  if (!Number.isFinite(heldOutLoss ?? 0)) throw notFinite(step, heldOutLoss)
  const style: Adapter = { rank: context.recipe.rank, values: optimizer.average, tint }
  const pictures = picturesOf(yield* paintAll(context, context.examples, style))
  const loss = state.earlyStopping.running ?? 0
  state.curve = [...state.curve, { step, loss, ...(heldOutLoss !== undefined && { heldOutLoss }) }]
  const lacksDetail = preservedDetail(recoloured, pictures) < leastDetail
  if (!lacksDetail) {
    state.earlyStopping = withHeldOutLoss(state.earlyStopping, heldOutLoss, step)
    if (state.earlyStopping.best?.step === step) state.best.set(optimizer.average)
  }
  return { heldOutLoss, pictures }
}

/** While it is being opened elsewhere, others may have the device. */
async function* opened(opening: Promise<Student>): AsyncGenerator<undefined, Student> {
  let isOver = false
  let isTaken = false
  const end = () => {
    isOver = true
  }
  const over = opening.then(end, end)
  try {
    for (;;) {
      await Promise.race([over, sleep(pieceMs)])
      if (isOver) break
      yield
    }
    const student = await opening
    isTaken = true
    return student
  } finally {
    // Cancelled meanwhile: nobody else would release it.
    if (!isTaken) opening.then(student => student.release()).catch(() => undefined)
  }
}

function studentOptions(
  { pipeline, scheduler, size, recipe, microBatch }: LearnContext,
  { training }: Dataset,
  session: SessionOptions,
): StudentOptions {
  const { length } = pipeline.folder.tokenizer
  return {
    folder: pipeline.folder,
    scheduler,
    size,
    promptShape: [length, training[0]![0]!.promptEmbeds.length / length],
    rank: recipe.rank,
    batch: microBatch,
    session,
  }
}

function notFinite(step: number, loss: number | undefined): Error {
  return new Error(`Expected a finite loss after step ${step}, got ${loss}: learn with a lower rate.`)
}

function adamOf({ rate, steps, average }: StyleRecipe): AdamOptions {
  const warmUp = Math.min(50, Math.ceil(steps / 10))
  return { rate, steps, average, warmUp, floor: 0.1, beta1: 0.9, beta2: 0.99, decay: 0, clip: 1 }
}
