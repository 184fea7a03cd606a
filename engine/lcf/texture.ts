/**
 * How the texture of a style is learned: pictures without what is finer than half a cell → the pictures themselves. It
 * takes seconds, because the network is small and every crop of a dozen pictures shows it all of the texture.
 */
import { gradients } from '../../onnx/autograd/backward.ts'
import { type AdamOptions, adamStep, createOptimizerState } from '../../onnx/optim/adam.ts'
import { pseudoHuber } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { createSession, type SessionOptions } from '../../onnx/session.ts'
import { Tape } from '../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import {
  cellSide,
  groundCells,
  networkLength,
  partsOfTexture,
  rangeOf,
  textured,
  textureLength,
  textureWeights,
} from '../lora/texture.ts'
import { folded, smoothed, squaredDifference } from '../pipeline/cells.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { smoothingRadius } from '../pipeline/textures.ts'
import type { Rgb } from '../types/rgb.ts'
import type { LearnRequest } from '../types/styles.ts'
import { aligned } from './alignment.ts'
import { encode } from './dataset.ts'
import { decodeAll } from './evaluation.ts'
import type { LearnContext } from './learnContext.ts'
import { texturePictures, textureStepsOf } from './recipe.ts'

const adam: Omit<AdamOptions, 'steps'> = {
  ...{ rate: 3e-3, floor: 0.05, warmUp: 20 },
  ...{ beta1: 0.9, beta2: 0.99, decay: 0, clip: 1, average: 0.98 },
}
/** Crops of one step, each a whole square of the ground. */
const batch = 12
const channels = 3 * cellSide ** 2
/** Of the smoothing: painted pictures are not all equally sharp. */
const radii = [3, smoothingRadius, 6]
const huberC = 0.03
/** Squares that the texture leaves unexplained, of what the autoencoder loses: more, and the style has no texture. */
const leastGain = 0.6
/** Squares that it loses of smoothed pictures too: more, and it is not texture that is lost. */
const mostCoarse = 0.25

/** A picture to learn from without what its texture puts on. */
export const withoutFine = <P extends { readonly picture: Rgb }>(pair: P): P => ({
  ...pair,
  picture: smoothed(pair.picture, smoothingRadius),
})

/**
 * The texture of pictures of one square size, or undefined where the autoencoder carries them well enough. Rests between
 * any two steps; a function of the pictures and the seed.
 */
export async function* learnTexture(
  originals: LearnRequest['pictures'],
  { side, pipeline, recipe }: Pick<LearnContext, 'side' | 'pipeline' | 'recipe'>,
  session: SessionOptions,
): AsyncGenerator<undefined, Float32Array | undefined> {
  const steps = textureStepsOf(recipe, side)
  if (steps === 0) return undefined
  const pictures = yield* aligned(originals.map(({ picture }) => picture))
  const examples = pictures.slice(0, texturePictures.tried)
  let [lost, lostWithoutFine] = [0, 0]
  for (const picture of examples) {
    lost += squaredDifference(await roundTrip(picture, pipeline), picture)
    yield
    const smooth = smoothed(picture, smoothingRadius)
    lostWithoutFine += squaredDifference(await roundTrip(smooth, pipeline), smooth)
    yield
  }
  if (lost / examples.length < leastLoss || lostWithoutFine > mostCoarse * lost) return undefined
  const texture = yield* trained(pictures, { steps, seed: recipe.seed }, session)
  let left = 0
  for (const picture of examples) {
    const layers = [{ values: texture, weight: 1 }]
    left += squaredDifference(await pipeline.textured(smoothed(picture, smoothingRadius), layers), picture)
    yield
  }
  return left < leastGain * lost ? texture : undefined
}

/** Latents of the model's own pictures, as they are once those are smoothed as the style's are. */
export async function* encodedWithoutFine(
  context: LearnContext,
  latents: readonly Float32Array[],
): AsyncGenerator<undefined, Float32Array[]> {
  const all: Float32Array[] = []
  for (const picture of yield* decodeAll(context, latents.slice(-texturePictures.colours))) {
    all.push(await encode(context.pipeline, smoothed(picture, smoothingRadius)))
    yield
  }
  return all
}

/** Mean squares, of 255²: a decoder that is 25 dB off or better paints what can be seen of a picture. */
const leastLoss = 255 ** 2 / 10 ** 2.3

async function roundTrip(picture: Rgb, pipeline: Pipeline): Promise<Rgb> {
  const { spatialFactor, scalingFactor, fixedShape } = pipeline.folder
  const latents = (await encode(pipeline, picture)).map(value => value / scalingFactor)
  const size = { width: picture.width / spatialFactor, height: picture.height / spatialFactor }
  return (await pipeline.decode([latents], size, fixedShape?.batch ?? 1))[0]!
}

async function* trained(
  pictures: readonly Rgb[],
  { steps, seed }: { readonly steps: number; readonly seed: number },
  options: SessionOptions,
): AsyncGenerator<undefined, Float32Array> {
  const random = new Random(seedOf(seed, 5))
  const smooth: Float32Array[][] = []
  for (const picture of pictures) {
    smooth.push(radii.map(radius => folded(smoothed(picture, radius))))
    yield
  }
  const sharp = pictures.map(folded)
  const cells = pictures[0]!.width / cellSide
  const session = await createSession(trainingGraph(), { ...options, provider: 'cpu' })
  try {
    const state = createOptimizerState(begun(random))
    const weights = feedsOf(state.weights)
    for (let step = 0; step < steps; step++) {
      const [x, y] = [0, 1].map(() => new Float32Array(batch * channels * groundCells ** 2)) as [
        Float32Array,
        Float32Array,
      ]
      for (let at = 0; at < batch; at++) {
        const picture = random.below(pictures.length)
        const place = { cells, column: cropStart(random, cells), row: cropStart(random, cells) }
        copyCrop(smooth[picture]![random.below(radii.length)]!, place, x, at)
        copyCrop(sharp[picture]!, place, y, at)
      }
      const shape = [batch, channels, groundCells, groundCells]
      const found = await session.run({ ...weights, picture: float32(x, shape), target: float32(y, shape) })
      const gradient = textureWeights.map(({ name }) => found[`${name}_grad`]!.data as Float32Array)
      let offset = 0
      const pieces = gradient.map(values => {
        offset += values.length
        return { offset: offset - values.length, values }
      })
      const norm = adamStep(state, pieces, step, { ...adam, steps })
      if (!Number.isFinite(norm)) throw new Error(`Expected a finite gradient of the texture after step ${step}.`)
      yield
    }
    const texture = new Float32Array(textureLength)
    texture.set(state.average)
    rangeOf(texture).set(rangeIn(smooth.map(([first]) => first!)))
    return texture
  } finally {
    await session.release()
  }
}

/** Share of the pixels that are darker or lighter than the range. */
const outside = 0.005

/** The range of red, green and blue over folded pictures: 2 × 3. */
function rangeIn(pictures: readonly Float32Array[]): number[] {
  const sorted = [0, 1, 2].map(colour => {
    const third = pictures[0]!.length / 3
    return Float32Array.from(
      pictures.flatMap(cells => [...cells.subarray(colour * third, (colour + 1) * third)]),
    ).sort()
  })
  return [outside, 1 - outside].flatMap(share => sorted.map(values => values[Math.floor(share * (values.length - 1))]!))
}

/** Crops begin where the ground does. */
const cropStart = (random: Random, cells: number): number => groundCells * random.below(cells / groundCells)

interface Place {
  /** Of a side of the picture. */
  readonly cells: number
  readonly column: number
  readonly row: number
}

function copyCrop(from: Float32Array, { cells, column, row }: Place, into: Float32Array, index: number): void {
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < groundCells; y++) {
      const start = (channel * cells + row + y) * cells + column
      const to = ((index * channels + channel) * groundCells + y) * groundCells
      into.set(from.subarray(start, start + groundCells), to)
    }
}

/** Nothing is added at first: the last layer and every block begin at zero. */
function begun(random: Random): Float32Array {
  const values = new Float32Array(networkLength)
  const first = partsOfTexture(values)['in.weight']!
  const within = 1 / Math.sqrt(channels * 9)
  for (let at = 0; at < first.length; at++) first[at] = (2 * random.uniform() - 1) * within
  return values
}

function feedsOf(values: Float32Array): Record<string, Tensor> {
  const parts = partsOfTexture(values)
  return Object.fromEntries(textureWeights.map(({ name, shape }) => [name, float32(parts[name]!, shape)]))
}

function trainingGraph(): Uint8Array {
  const t = new Tape()
  const shape = [batch, channels, groundCells, groundCells]
  const picture = t.input('picture', 'float32', shape)
  const weights = Object.fromEntries(textureWeights.map(({ name, shape }) => [name, t.input(name, 'float32', shape)]))
  const loss = pseudoHuber(t, textured(t, picture, weights), t.input('target', 'float32', shape), huberC)
  const names = textureWeights.map(({ name }) => name)
  const found = gradients(t, loss, names)
  return t.encode(Object.fromEntries(names.map(name => [`${name}_grad`, found.get(name)!])))
}
