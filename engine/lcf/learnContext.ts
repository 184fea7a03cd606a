/** What a learning needs to know and does not change: the model, the recipe, the prompts, and how to call the UNet. */

import { UserError } from '../../protocol/errors.ts'
import type { Scheduler } from '../diffusion/scheduler.ts'
import { createPaintContext, type PaintContext } from '../pipeline/paintContext.ts'
import type { LatentSize, Pipeline } from '../pipeline/pipeline.ts'
import type { LearnRequest, StyleRecipe } from '../types/styles.ts'
import { examplePrompts, generalPrompts, measuredPrompts } from './examples.ts'
import type { Predict } from './painting.ts'
import { priorPicturesOf } from './recipe.ts'

export interface LearnContext {
  readonly pipeline: Pipeline
  readonly recipe: StyleRecipe
  readonly paint: PaintContext
  readonly scheduler: Scheduler
  /** Of the pictures that are learned from, in pixels of a side, */
  readonly side: number
  /** and in latent pixels. */
  readonly size: LatentSize
  /** Those that painting visits. */
  readonly timesteps: readonly number[]
  /** Samples of one call. */
  readonly microBatch: number
  /** What the examples show. */
  readonly examples: readonly string[]
  /** What the assessment is measured on. */
  readonly measured: readonly string[]
  /** Of the base model's own pictures (prior preservation), each with its place as its seed. */
  readonly priorPrompts: readonly string[]
  /** How many of a batch are the base model's own pictures. */
  readonly priorCount: number
  /** The engine's own UNet. */
  readonly predict: Predict
  /** The same with an adapter for all rows. */
  withAdapter(values: Float32Array): Predict
}

/** A picture waits for one piece at most, so a piece must be short; a gradient costs about as much as three calls. */
export const pieceMs = 40
const callsOfGradient = 3

export function createLearnContext(
  request: LearnRequest,
  recipe: StyleRecipe,
  pipeline: Pipeline,
  microBatch: number,
): LearnContext {
  const paint = createPaintContext(pipeline.folder)
  const { trainedSize, spatialFactor, defaults, vocabulary, fixedShape } = pipeline.folder
  const side = recipe.size ?? trainedSize
  const size = { width: side / spatialFactor, height: side / spatialFactor }
  const captions = request.pictures.map(({ caption }) => caption)
  const known = vocabulary?.examples
  const prompts: readonly string[] = [...(known ?? generalPrompts), ...new Set(captions)]
  const priorCount = Math.round(recipe.prior * recipe.batch)
  const predict: Predict = rows => pipeline.predict(rows, size, fixedShape?.batch ?? rows.length)
  return {
    pipeline,
    recipe,
    paint,
    scheduler: paint.scheduler,
    side,
    size,
    timesteps: paint.scheduler.timesteps({ steps: defaults.steps }),
    microBatch,
    examples: examplePrompts({ requested: request.examplePrompts, known, captions }),
    measured: measuredPrompts(captions, known),
    priorPrompts: Array.from({ length: priorPicturesOf(recipe) }, (_, at) => prompts[at % prompts.length]!),
    priorCount,
    predict,
    withAdapter: values => rows => predict(rows.map(row => ({ ...row, style: { rank: recipe.rank, values } }))),
  }
}

/** As many samples of one call as keep a piece short, and divide the batch. */
export function microBatchOf(recipe: StyleRecipe, { folder }: Pipeline, stepMs: number): number {
  const microBatch = folder.fixedShape?.batch ?? shortBatch(recipe.batch, stepMs)
  if (recipe.batch % microBatch === 0) return microBatch
  const message = `Expected batch to be a multiple of ${microBatch}, which this model's UNet is fixed to, got ${recipe.batch}.`
  throw new UserError('learn/recipe', message)
}

function shortBatch(batch: number, stepMs: number): number {
  const most = Math.max(1, Math.floor(pieceMs / (callsOfGradient * stepMs)))
  const divisors = Array.from({ length: batch }, (_, at) => at + 1).filter(size => batch % size === 0)
  return divisors.findLast(size => size <= most) ?? 1
}
