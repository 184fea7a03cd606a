/**
 * How a picture is painted, written out: prompt → noise → steps → picture.
 *
 * It is a generator. Whatever needs a network is yielded, and whoever runs the generator answers: alone, or together
 * with the same need of other pictures in one call (`batching.ts`). Between two needs a picture can wait, be cancelled
 * or be forgotten and painted again: the same request gives the same picture.
 */

import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import { embedGuidance } from '../diffusion/guidance.ts'
import { Noise, slerp } from '../diffusion/random.ts'
import { openScheduler, type Scheduler } from '../diffusion/scheduler.ts'
import { type AdapterRegistry, createAdapterRegistry } from '../lora/adapterRegistry.ts'
import type { PaintRequest, Rgb } from '../types/engine.ts'
import { timestepsOf } from '../types/request.ts'
import { settingsAt } from '../types/settings.ts'
import { LruCache } from './lruCache.ts'
import { composited, hold, latentMask } from './masks.ts'
import type { ModelFolder } from './modelFolder.ts'
import {
  coloured,
  guided,
  mixed,
  type Part,
  partsOfSteps,
  promptsOf,
  type RowContext,
  rowsOfPart,
  uncoloured,
} from './parts.ts'
import { type LatentSize, pieces, type Row } from './rows.ts'

export type StepRequest =
  | { readonly type: 'promptEmbeds'; readonly prompt: string }
  | { readonly type: 'latents'; readonly picture: Rgb; readonly noise: Float32Array }
  /** One call for all that is heard in a step; an output for each row. */
  | { readonly type: 'prediction'; readonly rows: readonly Row[]; readonly size: LatentSize }
  /** No need of a network: a moment to tell who listens. `denoised` is what the picture would be if it ended here. */
  | { readonly type: 'stepped'; readonly step: number; readonly timestep: number; readonly denoised: Float32Array }
  | { readonly type: 'picture'; readonly latents: Float32Array; readonly size: LatentSize }

interface StepResults {
  promptEmbeds: Float32Array
  latents: Float32Array
  prediction: readonly Float32Array[]
  stepped: undefined
  picture: Rgb
}
export type StepResult = StepResults[StepRequest['type']]
export type Painter = Generator<StepRequest, Rgb, StepResult>

/** What painting needs to know about a model; no session among it. */
export interface PaintContext {
  readonly scheduler: Scheduler
  readonly folder: Pick<
    ModelFolder,
    'latentChannels' | 'spatialFactor' | 'scalingFactor' | 'encoderSamples' | 'guidanceDim'
  >
  noise(seed: number, size: number): Noise
  guidance(scale: number): Float32Array | undefined
  style: AdapterRegistry['mix']
}

const rememberedSeeds = 16
const rememberedScales = 64

export function createPaintContext(
  folder: ModelFolder,
  adapters: AdapterRegistry = createAdapterRegistry(undefined),
): PaintContext {
  const seeds = new LruCache<Noise>(rememberedSeeds)
  const scales = new LruCache<Float32Array>(rememberedScales)
  const { guidanceDim } = folder
  return {
    scheduler: openScheduler(folder.schedule),
    folder,
    noise(seed, size) {
      const key = `${seed}:${size}`
      return seeds.get(key) ?? seeds.set(key, new Noise(seed, size))
    },
    guidance(scale) {
      if (guidanceDim === undefined) return undefined
      return scales.get(`${scale}`) ?? scales.set(`${scale}`, embedGuidance(scale, guidanceDim))
    },
    style: adapters.mix,
  }
}

export function* paint(request: PaintRequest, context: PaintContext): Painter {
  const { scheduler, folder } = context
  const { latentChannels, spatialFactor, scalingFactor } = folder
  const size = { width: request.width / spatialFactor, height: request.height / spatialFactor }
  const timesteps = timestepsOf(request, scheduler.config)
  // Styles are taken as they are now: later changes do not reach a picture that has begun.
  const parts = partsOfSteps(request, timesteps.length, spatialFactor, context.style)
  const { image, maskImage } = request
  const cells = maskImage && latentMask(maskImage, spatialFactor) // (h, w)
  const draws = drawsOf(request, latentChannels * size.width * size.height, context)

  const embeds = new Map<string, Float32Array>() // (T, D)
  yield* encodePrompts(parts[0]!)
  const begun = image && (yield* encoded(image))
  const firstNoise = draws.next(0)
  // diffusers draws another posterior then, for the picture without what is masked, which only other UNets look at.
  if (maskImage && !folder.encoderSamples) draws.next(0)

  // A new picture begins as noise. One that is painted over begins as itself, noised to where the schedule sets in.
  const isNew = !begun || (maskImage !== undefined && request.strength === 1)
  let sample = isNew ? firstNoise : scheduler.addNoise(begun.bare, firstNoise, timesteps[0]!) // (C, h, w)
  let latents = sample
  for (const [i, timestep] of timesteps.slice(0, request.endStep).entries()) {
    const denoised = yield* step(parts[i]!, sample, timestep)
    if (!isFinite32(denoised)) throw new NonFiniteError(`the latents after step ${i + 1}`)
    latents = shown(denoised, parts[i]!)
    yield* requested({ type: 'stepped', step: i + 1, timestep, denoised: latents })

    const next = timesteps[i + 1]
    if (next === undefined) break
    sample = scheduler.addNoise(denoised, draws.next(i + 1), next)
    if (begun && cells) {
      const noised = scheduler.addNoise(begun.bare, firstNoise, next)
      sample = hold(sample, noised, cells, (i + 1) / timesteps.length)
    }
  }

  const picture = yield* requested({ type: 'picture', latents: latents.map(z => z / scalingFactor), size })
  return image && maskImage ? composited(picture, image, maskImage) : picture

  /** What the model believes the finished latents are, with everybody who is heard in this step, (C, h, w). */
  function* step(heard: readonly Part[], sample: Float32Array, timestep: number): Needing<Float32Array> {
    yield* encodePrompts(heard)
    const rowContext: RowContext = {
      ...{ sample, timestep, guidanceOf: context.guidance, guidanceEmbedding: folder.guidanceDim !== undefined },
      promptEmbedsOf: prompt => embeds.get(prompt)!,
    }
    const rows = heard.map(part => rowsOfPart(part, rowContext))
    const outputs = yield* requested({ type: 'prediction', rows: rows.flat(), size })
    const outputsOf = pieces(
      outputs,
      rows.map(own => own.length),
    )
    const denoised = heard.map(({ settings }, at) =>
      scheduler.denoise(guided(outputsOf[at]!, settings.guidance), sample, timestep),
    )
    return mixed(denoised, heard)
  }

  /** Each prompt once, when it is first heard. */
  function* encodePrompts(heard: readonly Part[]): Needing<void> {
    for (const prompt of heard.flatMap(part => promptsOf(part, folder.guidanceDim !== undefined))) {
      if (!embeds.has(prompt)) embeds.set(prompt, yield* requested({ type: 'promptEmbeds', prompt }))
    }
  }

  /** Latents of a picture that is painted over, (C, h, w): as they are, and without the colours of the first step's styles. */
  function* encoded(picture: Rgb): Needing<{ original: Float32Array; bare: Float32Array }> {
    // An encoder that has sampled already takes no draw in diffusers; what it needs from us comes after all others.
    const noise = folder.encoderSamples ? draws.at(timesteps.length, 0) : draws.next(0)
    const encodedLatents = yield* requested({ type: 'latents', picture, noise })
    const original = encodedLatents.map(z => z * scalingFactor)
    return { original, bare: uncoloured(original, parts[0]!, latentChannels) }
  }

  /** Latents as they are shown: in the colours of the styles, and with the original around the mask. */
  function shown(z: Float32Array, heard: readonly Part[]): Float32Array {
    const inColours = coloured(z, heard, latentChannels)
    return begun && cells ? hold(inColours, begun.original, cells, 1) : inColours
  }
}

/** The noise of a picture, one draw after another; each by the settings of the step that it is for. */
function drawsOf(request: PaintRequest, size: number, context: Pick<PaintContext, 'noise'>) {
  let count = 0
  const at = (index: number, step: number): Float32Array => {
    const { seed, variation } = settingsAt(request, step)
    const noise = context.noise(seed, size).at(index)
    return variation ? slerp(noise, context.noise(variation.seed, size).at(index), variation.strength) : noise
  }
  return { at, next: (step: number) => at(count++, step) }
}

type Needing<Result> = Generator<StepRequest, Result, StepResult>

/** Yields a need and gives back its answer under the right type, which a generator's own types cannot say. */
function* requested<N extends StepRequest>(need: N): Needing<StepResults[N['type']]> {
  return (yield need) as StepResults[N['type']]
}
