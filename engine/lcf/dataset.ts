/** What is learned from: pictures and captions in the model's own terms, and a few that tell whether it was learned. */

import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { LearnRequest, StyleRecipe } from '../types/styles.ts'
import { fitted, mirrored } from './pictures.ts'
import { heldOutOf } from './recipe.ts'

/** A picture and its caption as the UNet sees them. */
export interface Pair {
  /** (C, h, w), scaled. */
  readonly z0: Float32Array
  /** (T, D) */
  readonly promptEmbeds: Float32Array
}

export interface Dataset {
  /** Each with all its views: itself, and itself in a mirror if wanted. */
  readonly training: readonly (readonly Pair[])[]
  /** Pictures that are not shown, to tell learning from learning by heart. */
  readonly heldOut: readonly Pair[]
}

/** The pictures of a request in the size that is learned at. */
export async function* fittedPictures(
  { pictures }: LearnRequest,
  side: number,
): AsyncGenerator<undefined, LearnRequest['pictures']> {
  const all: LearnRequest['pictures'][number][] = []
  for (const { picture, caption } of pictures) {
    all.push({ picture: await fitted(picture, side), caption })
    yield
  }
  return all
}

/** Encodes every picture and caption once, and rests between any two calls. */
export async function* readDataset(
  pictures: LearnRequest['pictures'],
  { flip, seed }: Pick<StyleRecipe, 'flip' | 'seed'>,
  pipeline: Pipeline,
): AsyncGenerator<undefined, Dataset> {
  const pairs: (readonly Pair[])[] = []
  for (const { picture: whole, caption } of pictures) {
    const promptEmbeds = await pipeline.encodePrompt(caption)
    const views: Pair[] = []
    for (const view of flip ? [whole, mirrored(whole)] : [whole]) {
      views.push({ promptEmbeds, z0: await encode(pipeline, view) })
      yield
    }
    pairs.push(views)
  }
  const order = shuffled(pairs, new Random(seedOf(seed, 1)))
  const held = heldOutOf(pairs.length)
  return { heldOut: order.slice(0, held).map(views => views[0]!), training: order.slice(held) }
}

/** Latents as the UNet sees them: the mean of the posterior, scaled. */
export async function encode(
  pipeline: Pipeline,
  picture: Parameters<Pipeline['encodePicture']>[0],
): Promise<Float32Array> {
  const { latentChannels, spatialFactor, scalingFactor } = pipeline.folder
  const area = (picture.width / spatialFactor) * (picture.height / spatialFactor)
  const latents = await pipeline.encodePicture(picture, new Float32Array(latentChannels * area))
  return latents.map(value => value * scalingFactor)
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order
}
