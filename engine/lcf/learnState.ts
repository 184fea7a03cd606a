/**
 * Everything of a learning that changes from step to step. With the request it decides all that follows, to the bit, and
 * it is what a checkpoint holds.
 */
import { checkpointArrays, createOptimizerState, type OptimizerState } from '../../onnx/optim/adam.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { StyleLayout, StyleRecipe } from '../types/styles.ts'
import { type CurvePoint, encodeLearning, type LearningCheckpoint } from './checkpoint.ts'
import { type EarlyStopping, notStarted } from './earlyStopping.ts'

export interface LearnState {
  step: number
  /** Of the random numbers, after the last whole step. */
  random: readonly number[]
  /** The adapter, its moving average, and what the optimizer remembers. */
  readonly optimizer: OptimizerState
  /** The average at its lowest held-out loss. */
  readonly best: Float32Array
  curve: readonly CurvePoint[]
  earlyStopping: EarlyStopping
}

/** What belongs to a checkpoint and does not change from step to step. */
export interface LearnConstants {
  readonly key: string
  readonly microBatch: number
  /** The base model's own pictures, each by its latents after every step. */
  readonly prior: readonly (readonly Float32Array[])[]
}

export function firstState(targets: StyleLayout['targets'], recipe: StyleRecipe): LearnState {
  const optimizer = createOptimizerState(firstAdapter(targets, recipe))
  return {
    step: 0,
    random: new Random(seedOf(recipe.seed, 2)).state,
    optimizer,
    best: optimizer.average.slice(),
    curve: [],
    earlyStopping: notStarted,
  }
}

export function resumedState(
  targets: StyleLayout['targets'],
  recipe: StyleRecipe,
  { record, arrays }: LearningCheckpoint,
): LearnState {
  const state = firstState(targets, recipe)
  for (const [name, values] of Object.entries(checkpointArrays(state.optimizer))) values.set(arrays[name]!)
  state.best.set(arrays['best']!)
  const { step, random, curve, running, lowest, best, unchanged } = record
  return { ...state, step, random, curve, earlyStopping: { running, lowest, best, unchanged } }
}

/** The base model's own pictures as the checkpoint has them. */
export function resumedPrior({ arrays }: LearningCheckpoint, pictures: number, steps: number) {
  return Array.from({ length: pictures }, (_, at) =>
    Array.from({ length: steps }, (_, step) => arrays[`prior.${at}.${step}`]!),
  )
}

/** `seconds`: of learning so far, over all restarts. */
export function checkpointOf(state: LearnState, { key, microBatch, prior }: LearnConstants, seconds: number) {
  const { step, random, optimizer, best, curve, earlyStopping } = state
  const record = { stage: 'lcf', key, step, random, microBatch, curve, seconds, ...earlyStopping } as const
  const priorArrays = Object.fromEntries(
    prior.flatMap((steps, at) => steps.map((latents, step) => [`prior.${at}.${step}`, latents])),
  )
  return encodeLearning({ record, arrays: { ...checkpointArrays(optimizer), best, ...priorArrays } })
}

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
