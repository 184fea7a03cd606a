import type { Tokenizer } from '../../engine/pipeline/tokenizer.ts'
import { type Random, seedOf } from '../../onnx/optim/random.ts'
import { float32, int64, type Tensor } from '../../onnx/tensor.ts'
import { minSnrWeight, noiseAt, skippingTimesteps, trainTimesteps } from '../solvers/diffusion.ts'
import { tokensOf } from '../workspace/captions.ts'
import { sceneAt } from '../workspace/pictures.ts'
import type { Recipe } from '../workspace/recipes.ts'
import { boxesOf, captionScene, type Scene, trainingManner } from '../world/index.ts'
import type { Latents } from './latents.ts'

/** What batches are made of. */
export interface BatchSources {
  readonly recipe: Recipe
  readonly tokenizer: Tokenizer
  readonly latents: Latents
}

/** The batch of each stage that learns from latents: a function of the step and of `random`, and of nothing else. */
export const batches = { teacher: teacherBatch, lcd: studentBatch }
export type BatchStage = keyof typeof batches
export type BatchOf<Stage extends BatchStage> = ReturnType<(typeof batches)[Stage]>

/** What the teacher is asked at one step, and what it should answer. */
export function teacherBatch(sources: BatchSources, step: number, random: Random): Record<string, Tensor> {
  const { recipe, tokenizer, latents } = sources
  const { batch, snr, focus } = recipe.teacher
  const [channels, side] = latents.shape
  const shape = [batch, channels, side, side]
  const area = side * side
  const length = channels * area
  const z = new Float32Array(batch * length)
  const v = new Float32Array(batch * length)
  const weight = new Float32Array(batch * area)
  const noise = new Float32Array(length)
  const timesteps: number[] = []
  const captions: string[] = []
  for (let index = 0; index < batch; index++) {
    const { picture, captionSeed } = sampleAt(recipe.seed, step * batch + index, latents.trainingSet)
    const scene = sceneOf(sources, picture)
    captions.push(captionScene(scene, captionSeed, trainingManner))
    // Stratified: every batch sees all noise levels.
    const t = timestepAt((index + random.uniform()) / batch, recipe.teacher.late)
    timesteps.push(t)
    weight.set(
      attend(scene, side, focus).map(cell => cell * minSnrWeight(t, snr)),
      index * area,
    )
    const { alpha, sigma } = noiseAt(t)
    random.normals(noise)
    for (let at = 0; at < length; at++) {
      const x = latents.values[picture * length + at]!
      z[index * length + at] = alpha * x + sigma * noise[at]!
      v[index * length + at] = alpha * noise[at]! - sigma * x
    }
  }
  return {
    sample: float32(z, shape),
    timestep: int64(timesteps),
    input_ids: tokensOf(tokenizer, captions),
    target: float32(v, shape),
    weight: float32(weight, [batch, 1, side, side]),
  }
}

/** A timestep for a share of the way through all: `late.share` of them lie below `late.below`, the rest above. */
export function timestepAt(way: number, { share, below }: Recipe['teacher']['late']): number {
  return Math.floor(
    way < share ? (way / share) * below : below + ((way - share) / (1 - share)) * (trainTimesteps - below),
  )
}

/** What the student is asked at one step; what it should answer is for the teacher to say. */
export function studentBatch(sources: BatchSources, step: number, random: Random) {
  const { recipe, tokenizer, latents } = sources
  const { batch, omega, skip } = recipe.lcd
  const length = latents.shape.reduce((product, size) => product * size, 1)
  const samples = Array.from({ length: batch }, (_, index) =>
    sampleAt(recipe.seed + 2, step * batch + index, latents.trainingSet),
  )
  const captions = samples.map(({ picture, captionSeed }) =>
    captionScene(sceneOf(sources, picture), captionSeed, trainingManner),
  )
  const from = skippingTimesteps(batch, skip, trainTimesteps, random)
  // Half of them in the lowest quarter of the range, where people paint.
  const omegas = samples.map(() => omega[0] + (omega[1] - omega[0]) * random.uniform() ** 2)
  const z = new Float32Array(batch * length)
  const noise = random.normals(new Float32Array(batch * length))
  for (const [index, { picture }] of samples.entries()) {
    const { alpha, sigma } = noiseAt(from[index]!)
    for (let at = index * length; at < (index + 1) * length; at++) {
      z[at] = alpha * latents.values[picture * length + at - index * length]! + sigma * noise[at]!
    }
  }
  return { tokens: tokensOf(tokenizer, captions), z, from, omegas }
}

function sceneOf({ recipe: { seed, pictures } }: BatchSources, picture: number): Scene {
  return sceneAt({ series: seed, slice: pictures.slice }, picture)
}

/**
 * How much each cell of a picture counts: `focus` times as much where a thing is drawn, 1 on average. Things are small
 * and scenery is large; counted alike, a thing's kind is what is learned last.
 */
export function attend(scene: Scene, side: number, focus: number): Float32Array {
  const cells = new Float32Array(side * side).fill(1)
  for (const box of boxesOf(scene)) {
    const [left, right] = cellsOf(box.left, box.right, side)
    const [top, bottom] = cellsOf(box.top, box.bottom, side)
    for (let y = top; y < bottom; y++) cells.fill(focus, y * side + left, y * side + right)
  }
  const mean = cells.reduce((sum, cell) => sum + cell, 0) / cells.length
  return cells.map(cell => cell / mean)
}

/** The cells that a stretch of the picture touches. */
const cellsOf = (from: number, to: number, side: number): [number, number] => [
  Math.max(0, Math.floor(from * side)),
  Math.min(side, Math.ceil(to * side)),
]

/** The order of the data: the whole training set in each round, each time with other captions. */
export function sampleAt(
  seed: number,
  position: number,
  trainingSet: readonly number[],
): { picture: number; captionSeed: number } {
  const count = trainingSet.length
  const round = Math.floor(position / count)
  // A stride without common divisors visits every picture once.
  const stride = coprime(seedOf(seed, round) % count, count)
  return {
    picture: trainingSet[((position % count) * stride + seedOf(seed, round)) % count]!,
    captionSeed: seedOf(seed + 1, position),
  }
}

function coprime(from: number, count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let stride = Math.max(1, from)
  while (divisor(stride, count) !== 1) stride++
  return stride
}
