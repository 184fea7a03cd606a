/**
 * How a style is learned, written out: pictures → latents → steps of the consistency loss → assessment.
 *
 * It is a generator. Each piece of work is one short call of a network, and after each piece it yields, so that whoever
 * runs it can let others have the device first (`learningQueue.ts`), or stop. What was learned so far can be kept and gone on
 * from: everything that follows is a function of the ask and of what was kept, to the bit.
 */

import { type AdamOptions, adamStep, checkpointArrays, createOptimizerState } from '../../onnx/optim/adam.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { SessionOptions } from '../../onnx/session.ts'
import { UserError } from '../../protocol/errors.ts'
import { tinted } from '../lora/tint.ts'
import { createPaintContext } from '../pipeline/paint.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Rgb } from '../types/engine.ts'
import type { Adapter, LearnProgress, LearnRequest, LearnResult, StyleLayout, StyleRecipe } from '../types/styles.ts'
import { assess, detailKeptIn, leastDetail } from './assessment.ts'
import { type CurvePoint, keep, keyOf, resume } from './checkpoint.ts'
import { anchorAt, consistency, factorsAt, huberOf, noised, rungsFor } from './consistency.ts'
import { type Dataset, encode, type Pair, paintPrior, readDataset } from './dataset.ts'
import { openWatch } from './earlyStopping.ts'
import { examplePrompts, exampleSeed, generalPrompts, measuredPrompts } from './examples.ts'
import { huberC } from './graph.ts'
import { type Painted, type Predict, paintWith } from './painting.ts'
import { tintBetween } from './recolour.ts'
import { openStudent, type Sample, targetsOf } from './student.ts'

export interface LearnTools {
  readonly pipeline: Pipeline
  readonly modelHash: string
  /** Where and how training sessions run. */
  readonly session: SessionOptions
  /** Milliseconds that a UNet call takes for one picture. */
  readonly stepMs: number
  /** How often what was learned is kept. */
  readonly checkpointSeconds: number
  onProgress(progress: LearnProgress): void
}

/** A picture waits for one piece at most, so a piece must be short; a gradient costs about as much as three calls. */
const pieceMs = 40
const callsOfGradient = 3
/** Times that it looks how far it is, and after how many looks the examples are shown to people. */
const looks = 16
const looksPerShow = 4
const tellEveryMs = 250
const priorPictures = 96

export async function* learn(
  ask: LearnRequest,
  recipe: StyleRecipe,
  { pipeline, modelHash, session, stepMs, checkpointSeconds, onProgress: tell }: LearnTools,
): AsyncGenerator<undefined, LearnResult & { readonly type: 'finished' }> {
  const key = keyOf(ask, recipe, modelHash)
  const kept = ask.resume && resume(ask.resume, key)
  const microBatch = kept?.record.microBatch ?? pipeline.folder.fixedShape?.batch ?? microBatchFor(recipe.batch, stepMs)
  if (recipe.batch % microBatch !== 0) {
    const message = `Expected batch to be a multiple of ${microBatch}, which this model's UNet is fixed to, got ${recipe.batch}.`
    throw new UserError('learn/recipe', message)
  }
  const palette = createPaintContext(pipeline.folder)
  const { scheduler } = palette
  const { trainedSize, spatialFactor, tokenizer, defaults, vocabulary, fixedShape } = pipeline.folder
  const channels = pipeline.folder.latentChannels
  const size = { width: trainedSize / spatialFactor, height: trainedSize / spatialFactor }
  const captions = ask.pictures.map(({ caption }) => caption)
  const ownPrompts: readonly string[] = [...(vocabulary?.examples ?? generalPrompts), ...new Set(captions)]
  const examples = examplePrompts({
    asked: ask.examplePrompts,
    known: vocabulary?.examples,
    captions,
  })
  tell({ type: 'started', steps: recipe.steps })

  const given = yield* readDataset(ask, recipe, pipeline)
  const wordDim = given.training[0]![0]!.promptEmbeds.length / tokenizer.length
  const student = await openStudent({
    folder: pipeline.folder,
    scheduler,
    size,
    promptShape: [tokenizer.length, wordDim],
    rank: recipe.rank,
    batch: microBatch,
    session,
  })
  /** The engine's own UNet. */
  const predict: Predict = rows => pipeline.predict(rows, size, fixedShape?.batch ?? rows.length)
  /** The same with an adapter for all rows. */
  const withStyle =
    (values: Float32Array): Predict =>
    rows =>
      predict(rows.map(row => ({ ...row, style: { rank: recipe.rank, values } })))
  try {
    yield
    const moments = createOptimizerState(firstAdapter(pipeline.styles!.targets, recipe))
    const best = moments.average.slice()
    const priorCount = Math.round(recipe.prior * recipe.batch)
    const priorPrompts =
      priorCount === 0 ? [] : Array.from({ length: priorPictures }, (_, at) => ownPrompts[at % ownPrompts.length]!)
    const timesteps = scheduler.timesteps({ steps: defaults.steps })
    let prior: readonly (readonly Float32Array[])[]
    if (kept) {
      for (const [name, values] of Object.entries(checkpointArrays(moments))) values.set(kept.arrays[name]!)
      best.set(kept.arrays['best']!)
      prior = priorPrompts.map((_, at) => timesteps.map((_, step) => kept.arrays[`prior.${at}.${step}`]!))
    } else {
      prior = yield* paintPrior(priorPrompts, predict, pipeline, palette)
    }
    const plain = yield* paintAll(examples)
    if (!kept) tell({ type: 'painted', step: 0, pictures: picturesOf(plain) })
    const finals = [...prior, ...plain.map(({ steps }) => steps)].map(steps => steps.at(-1)!)
    const views = given.training.flat().map(({ z0 }) => z0)
    const tint = tintBetween(finals, views, channels)
    // Colours need no learning: what is left to learn is the style in the colours of the model.
    const lesson = inColoursOfTheModel(tintBetween(views, finals, channels))
    const own = yield* ownSamples()
    const expected = yield* decodeAll(plain.map(({ steps }) => tinted(steps.at(-1)!, tint, channels)))

    const adam = adamOf(recipe)
    const watch = openWatch(kept?.record)
    const curve: CurvePoint[] = [...(kept?.record.curve ?? [])]
    const lookEvery = Math.max(1, Math.round(recipe.steps / looks))
    const firstStep = kept?.record.step ?? 0
    const startedAt = performance.now()
    let step = firstStep
    /** Of the random numbers, after the last whole step. */
    let state = kept?.record.random ?? new Random(seedOf(recipe.seed, 2)).state
    let keptAt = startedAt
    let toldAt = 0

    // At every yield all of this is that of the last whole step, so that it may be kept at any time.
    const keepNow = () => {
      keptAt = performance.now()
      const seconds = (kept?.record.seconds ?? 0) + (keptAt - startedAt) / 1000
      const record = { stage: 'lcf', key, step, random: state, microBatch, curve, seconds, ...watch.record() } as const
      const priorArrays = Object.fromEntries(
        prior.flatMap((steps, at) => steps.map((latents, step) => [`prior.${at}.${step}`, latents])),
      )
      const checkpoint = keep({ record, arrays: { ...checkpointArrays(moments), best, ...priorArrays } })
      tell({ type: 'checkpoint', step, checkpoint })
    }
    const notFinite = (loss: number | undefined) =>
      new Error(`Expected a finite loss after step ${step}, got ${loss}: learn with a lower rate.`)
    const tellStep = (heldOutLoss?: number) => {
      toldAt = performance.now()
      const perStep = (toldAt - startedAt) / 1000 / Math.max(1, step - firstStep)
      tell({
        type: 'stepped',
        step,
        steps: recipe.steps,
        loss: watch.loss(),
        ...(heldOutLoss !== undefined && { heldOutLoss }),
        secondsLeft: (recipe.steps - step) * perStep,
      })
    }

    keepNow()
    try {
      for (;;) {
        const isLook = step > (curve.at(-1)?.step ?? 0) && (step % lookEvery === 0 || step === recipe.steps)
        if (isLook) {
          const heldOutLoss = yield* heldOutLossOf(moments.average)
          if (!Number.isFinite(heldOutLoss ?? 0)) throw notFinite(heldOutLoss)
          const pictures = picturesOf(yield* paintAll(examples, styleOf(moments.average)))
          curve.push({ step, loss: watch.loss(), ...(heldOutLoss !== undefined && { heldOutLoss }) })
          if (curve.length % looksPerShow === 0 && step < recipe.steps) tell({ type: 'painted', step, pictures })
          const isMist = detailKeptIn(expected, pictures) < leastDetail
          if (!isMist && watch.look(heldOutLoss, step)) best.set(moments.average)
          tellStep(heldOutLoss)
        }
        if (step === recipe.steps || watch.isOver()) break
        if (performance.now() - keptAt > checkpointSeconds * 1000) keepNow()

        const random = Random.restore(state)
        const { loss, gradient } = yield* gradientOf(samplesFor(random))
        const norm = adamStep(moments, [{ offset: 0, values: gradient }], step, adam)
        if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw notFinite(loss)
        step++
        state = random.state
        watch.add(loss, step)
        if (performance.now() - toldAt > tellEveryMs) tellStep()
      }
    } finally {
      keepNow()
    }
    // Where all was mist there is nothing better, and the assessment says so.
    const values = watch.hasBest() ? best : moments.average.slice()
    const adapter = styleOf(values)
    return { type: 'finished', adapter, recipe, curve, ...(yield* assessmentOf(adapter)) }

    function styleOf(values: Float32Array): Adapter {
      return { rank: recipe.rank, values, tint }
    }

    function inColoursOfTheModel(untint: Float32Array): Dataset {
      const plainPair = (pair: Pair): Pair => ({ ...pair, z0: tinted(pair.z0, untint, channels) })
      return { training: given.training.map(views => views.map(plainPair)), heldOut: given.heldOut.map(plainPair) }
    }

    // What a step learns from

    /** The base model's own pictures first, then those of the style; rungs are stratified over both. */
    function samplesFor(random: Random): Sample[] {
      const { anchor } = recipe
      const rungs = rungsFor(recipe.batch, recipe.rungs, scheduler, random)
      // Otherwise the base model's pictures would always be the noisiest or the clearest.
      const turn = random.below(recipe.batch)
      return rungs.map((_, at): Sample => {
        const rung = rungs[(at + turn) % rungs.length]!
        const isOwn = at < priorCount
        const steps = isOwn && own[random.below(own.length)]!
        if (steps && anchor > 0) return steps[random.below(steps.length)]!
        const views = lesson.training[random.below(lesson.training.length)]!
        const { z0, promptEmbeds } = steps ? finished(steps) : views[random.below(views.length)]!
        // ω evenly around the one that people paint with; the paper's range, 2 to 14, lies so around its 8.
        const guidance = palette.guidance(random.between(1, 2 * defaults.guidance - 1))
        const noise = random.normals(new Float32Array(z0.length))
        return { z0, promptEmbeds, guidance, noise, rung, anchor: anchorAt(rung.t, anchor, scheduler) }
      })
    }

    /**
     * The steps of the base model's own pictures: from the same noise, and from where the step before left the picture,
     * to where this one did. So what is where stays as the model decided.
     */
    async function* ownSamples() {
      const guidance = palette.guidance(defaults.guidance)
      const samples: Sample[][] = []
      for (const [seed, prompt] of priorPrompts.entries()) {
        const promptEmbeds = await pipeline.encodePrompt(prompt)
        yield
        const after = prior[seed]!
        const noise = palette.noise(seed, after[0]!.length)
        // The first step finds nothing but noise.
        const before = [new Float32Array(after[0]!.length), ...after]
        samples.push(
          timesteps.map((t, step) => ({
            ...{ z0: before[step]!, noise: noise.at(step), promptEmbeds, guidance },
            ...{ rung: { t, s: 0 }, anchor: 1, answer: after[step]! },
          })),
        )
      }
      return samples
    }

    /** Of a whole batch, a few samples in a call. */
    async function* gradientOf(samples: readonly Sample[]) {
      const gradient = new Float32Array(moments.weights.length)
      let loss = 0
      for (let from = 0; from < samples.length; from += microBatch) {
        const some = samples.slice(from, from + microBatch)
        const targets = await targetsOf(some, withStyle(moments.average), scheduler)
        yield
        const found = await student.gradient(some, targets, moments.weights)
        const share = microBatch / samples.length
        loss += found.loss * share
        for (let at = 0; at < gradient.length; at++) gradient[at]! += found.gradient[at]! * share
        yield
      }
      return { loss, gradient }
    }

    // How far it is

    /**
     * How far f is from held-out pictures at the steps that painting visits, always with the same noise. Unlike the
     * consistency loss, which a student of no style at all keeps low, it falls only as the style is learned.
     */
    async function* heldOutLossOf(adapter: Float32Array) {
      if (lesson.heldOut.length === 0) return undefined
      const random = new Random(seedOf(recipe.seed, 3))
      const guidance = palette.guidance(defaults.guidance)
      let sum = 0
      for (const { z0, promptEmbeds } of lesson.heldOut) {
        for (const timestep of timesteps) {
          const sample = noised(z0, random.normals(new Float32Array(z0.length)), timestep, scheduler)
          const [output] = await withStyle(adapter)([{ sample, timestep, promptEmbeds, guidance }])
          sum += huberOf(consistency(sample, output!, factorsAt(timestep, scheduler)), z0, huberC)
          yield
        }
      }
      return sum / lesson.heldOut.length / timesteps.length
    }

    async function* paintAll(prompts: readonly string[], style?: Adapter) {
      const all: Painted[] = []
      const styled = { ...palette, style: () => style }
      for (const [at, prompt] of prompts.entries()) {
        const wish = { prompt, seed: exampleSeed(at) }
        all.push(yield* paintWith(predict, wish, pipeline, styled))
      }
      return all
    }

    async function* assessmentOf(adapter: Adapter) {
      const prompts = [...examples, ...measuredPrompts(captions, vocabulary?.examples)]
      const [without, styled] = [yield* paintAll(prompts), yield* paintAll(prompts, adapter)]
      const [before, after] = [without, styled].map(all => picturesOf(all.slice(0, examples.length)))
      const measured = (all: readonly Painted[]) => all.slice(examples.length)
      const assessment = assess({
        style: [...given.training.map(views => views[0]!), ...given.heldOut].map(({ z0 }) => z0),
        without: yield* encodeAll(measured(without)),
        with: yield* encodeAll(measured(styled)),
        before: before!,
        after: after!,
        recoloured: expected,
        size,
      })
      return { assessment, before: before!, after: after! }
    }
  } finally {
    await student.release()
  }

  async function* decodeAll(latents: readonly Float32Array[]) {
    const pictures: Rgb[] = []
    for (const some of latents) {
      const unscaled = some.map(value => value / pipeline.folder.scalingFactor)
      pictures.push(...(await pipeline.decode([unscaled], size, fixedShape?.batch ?? 1)))
      yield
    }
    return pictures
  }

  /** What was painted went through the decoder, as the pictures of the style have come through the encoder. */
  async function* encodeAll(painted: readonly Painted[]) {
    const latents: Float32Array[] = []
    for (const { picture } of painted) {
      latents.push(await encode(pipeline, picture))
      yield
    }
    return latents
  }
}

/** An own picture as it was in the end. */
const finished = (steps: readonly Sample[]) => ({ z0: steps.at(-1)!.answer!, promptEmbeds: steps.at(-1)!.promptEmbeds })

const picturesOf = (painted: readonly Painted[]) => painted.map(({ picture }) => picture)

/** A as peft begins it, U(±1/√in); B is zero: at first the style is none. */
function firstAdapter(targets: StyleLayout['targets'], { rank, seed }: StyleRecipe): Float32Array {
  const random = new Random(seedOf(seed, 4))
  const values: number[] = []
  for (let row = 0; row < rank; row++) {
    for (const target of targets) {
      const bound = 1 / Math.sqrt(target.in)
      for (let at = 0; at < target.in; at++) values.push(random.between(-bound, bound))
      for (let at = 0; at < target.out; at++) values.push(0)
    }
  }
  return Float32Array.from(values)
}

/** Samples of one call: as many as keep a piece short, and divide the batch. */
function microBatchFor(batch: number, stepMs: number): number {
  const most = Math.max(1, Math.floor(pieceMs / (callsOfGradient * stepMs)))
  const divisors = Array.from({ length: batch }, (_, at) => at + 1).filter(size => batch % size === 0)
  return divisors.findLast(size => size <= most) ?? 1
}

function adamOf({ rate, steps, average }: StyleRecipe): AdamOptions {
  const warmUp = Math.min(50, Math.ceil(steps / 10))
  return { rate, steps, average, warmUp, floor: 0.1, beta1: 0.9, beta2: 0.99, decay: 0, clip: 1 }
}
