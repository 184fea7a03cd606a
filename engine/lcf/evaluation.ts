/** How far a learning is: the held-out loss, pictures painted with the style, and the assessment at the end. */
import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { Rgb } from '../types/engine.ts'
import type { Adapter, Assessment } from '../types/styles.ts'
import { assess } from './assessment.ts'
import { consistency, factorsAt, huberOf, noised } from './consistency.ts'
import { type Dataset, encode } from './dataset.ts'
import { exampleSeed } from './examples.ts'
import { huberC } from './graph.ts'
import type { LearnContext } from './learnContext.ts'
import { type Painted, paintWith } from './painting.ts'

/**
 * How far f is from held-out pictures at the steps that painting visits, always with the same noise. Unlike the
 * consistency loss, which a student of no style at all keeps low, it falls only as the style is learned.
 */
export async function* heldOutLossOf(
  { recipe, paint, pipeline, scheduler, timesteps, withAdapter }: LearnContext,
  { heldOut }: Dataset,
  adapter: Float32Array,
): AsyncGenerator<undefined, number | undefined> {
  if (heldOut.length === 0) return undefined
  const random = new Random(seedOf(recipe.seed, 3))
  const guidance = paint.guidance(pipeline.folder.defaults.guidance)
  let sum = 0
  for (const { z0, promptEmbeds } of heldOut) {
    for (const timestep of timesteps) {
      const sample = noised(z0, random.normals(new Float32Array(z0.length)), timestep, scheduler)
      const [output] = await withAdapter(adapter)([{ sample, timestep, promptEmbeds, guidance }])
      sum += huberOf(consistency(sample, output!, factorsAt(timestep, scheduler)), z0, huberC)
      yield
    }
  }
  return sum / heldOut.length / timesteps.length
}

/** One picture to each prompt, of the seeds of the examples. */
export async function* paintAll(
  { paint, predict, pipeline, side }: LearnContext,
  prompts: readonly string[],
  style?: Adapter,
): AsyncGenerator<undefined, Painted[]> {
  const all: Painted[] = []
  const styled = { ...paint, style: () => style }
  for (const [at, prompt] of prompts.entries()) {
    all.push(yield* paintWith(predict, { prompt, seed: exampleSeed(at), side }, pipeline, styled))
  }
  return all
}

/** `latents` are as the UNet sees them. */
export async function* decodeAll(
  { pipeline, size }: LearnContext,
  latents: readonly Float32Array[],
): AsyncGenerator<undefined, Rgb[]> {
  const pictures: Rgb[] = []
  for (const some of latents) {
    const unscaled = some.map(value => value / pipeline.folder.scalingFactor)
    pictures.push(...(await pipeline.decode([unscaled], size, pipeline.folder.fixedShape?.batch ?? 1)))
    yield
  }
  return pictures
}

/** `recoloured`: the examples without the style, in its colours. */
export async function* assessmentOf(
  context: LearnContext,
  dataset: Dataset,
  recoloured: readonly Rgb[],
  adapter: Adapter,
): AsyncGenerator<undefined, { assessment: Assessment; before: readonly Rgb[]; after: readonly Rgb[] }> {
  const { examples, measured, size } = context
  const prompts = [...examples, ...measured]
  const without = yield* paintAll(context, prompts)
  const styled = yield* paintAll(context, prompts, adapter)
  const [before, after] = [without, styled].map(all => picturesOf(all.slice(0, examples.length)))
  const assessment = assess({
    style: [...dataset.training.map(views => views[0]!), ...dataset.heldOut].map(({ z0 }) => z0),
    without: yield* encodeAll(context, without.slice(examples.length)),
    with: yield* encodeAll(context, styled.slice(examples.length)),
    before: before!,
    after: after!,
    recoloured,
    size,
  })
  return { assessment, before: before!, after: after! }
}

export const picturesOf = (painted: readonly Painted[]) => painted.map(({ picture }) => picture)

/** Pictures as people may see them: black where the model's safety checker finds what is not shown, as in diffusers. */
export async function* shown(
  { pipeline: { detectNsfw } }: LearnContext,
  pictures: readonly Rgb[],
): AsyncGenerator<undefined, readonly Rgb[]> {
  if (!detectNsfw) return pictures
  const all: Rgb[] = []
  for (const picture of pictures) {
    all.push((await detectNsfw(picture)) ? { ...picture, data: new Uint8Array(picture.data.length) } : picture)
    yield
  }
  return all
}

/** Pictures with the texture of the style, if it has one. */
export async function* texturedAll(
  { pipeline }: LearnContext,
  pictures: readonly Rgb[],
  texture: Float32Array | undefined,
): AsyncGenerator<undefined, readonly Rgb[]> {
  if (!texture) return pictures
  const all: Rgb[] = []
  for (const picture of pictures) {
    all.push(await pipeline.textured(picture, [{ values: texture, weight: 1 }]))
    yield
  }
  return all
}

/** What was painted went through the decoder, as the pictures of the style have come through the encoder. */
async function* encodeAll(
  { pipeline }: LearnContext,
  painted: readonly Painted[],
): AsyncGenerator<undefined, Float32Array[]> {
  const latents: Float32Array[] = []
  for (const { picture } of painted) {
    latents.push(await encode(pipeline, picture))
    yield
  }
  return latents
}
