/**
 * How a picture is painted, written out: prompt → noise → steps → picture.
 *
 * It is a generator. Whatever needs a network is yielded, and whoever runs the generator answers: alone, or together
 * with the same need of other pictures in one call (`batching.ts`). Between two needs a picture can wait, be cancelled
 * or be forgotten and painted again: the same request gives the same picture.
 */

import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import { embedGuidance } from '../diffusion/guidance.ts'
import { Noise } from '../diffusion/random.ts'
import { openScheduler, type Scheduler } from '../diffusion/scheduler.ts'
import { type AdapterRegistry, createAdapterRegistry } from '../lora/adapterRegistry.ts'
import { tinted, withoutTint } from '../lora/tint.ts'
import type { PaintRequest, Rgb } from '../types/engine.ts'
import { timestepsOf } from '../types/request.ts'
import { LruCache } from './lruCache.ts'
import { composited, hold, latentMask } from './masks.ts'
import type { ModelFolder } from './modelFolder.ts'
import type { LatentSize, Row } from './pipeline.ts'

export type StepRequest =
  | { readonly type: 'promptEmbeds'; readonly prompt: string }
  | { readonly type: 'latents'; readonly picture: Rgb; readonly noise: Float32Array }
  | { readonly type: 'prediction'; readonly row: Row; readonly size: LatentSize }
  /** No need of a network: a moment to tell who listens. `denoised` is what the picture would be if it ended here. */
  | { readonly type: 'stepped'; readonly step: number; readonly timestep: number; readonly denoised: Float32Array }
  | { readonly type: 'picture'; readonly latents: Float32Array; readonly size: LatentSize }

interface StepResults {
  promptEmbeds: Float32Array
  latents: Float32Array
  prediction: Float32Array
  stepped: undefined
  picture: Rgb
}
export type StepResult = StepResults[StepRequest['type']]
export type Painter = Generator<StepRequest, Rgb, StepResult>

/** What painting needs to know about a model; no session among it. */
export interface PaintContext {
  readonly scheduler: Scheduler
  readonly folder: Pick<ModelFolder, 'latentChannels' | 'spatialFactor' | 'scalingFactor' | 'encoderSamples'>
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

export function* paint(request: PaintRequest, { scheduler, folder, ...context }: PaintContext): Painter {
  const { latentChannels, spatialFactor, scalingFactor } = folder
  const size = { width: request.width / spatialFactor, height: request.height / spatialFactor }
  const timesteps = timestepsOf(request, scheduler.config)
  const noise = context.noise(request.seed, latentChannels * size.width * size.height)
  const style = context.style(request.styles)
  const { maskImage } = request
  const cells = maskImage && latentMask(maskImage, spatialFactor) // (h, w)
  let draws = 0

  const promptEmbeds = yield* requested({ type: 'promptEmbeds', prompt: request.prompt }) // (T, D)
  const guidance = context.guidance(request.guidance) // (guidanceDim)

  const draw = () => noise.at(draws++)
  const begun = request.image && (yield* encoded(request.image))
  const firstNoise = draw()
  // diffusers draws another posterior then, for the picture without what is masked, which only other UNets look at.
  if (maskImage && !folder.encoderSamples) draws++

  // A new picture begins as noise. One that is painted over begins as itself, noised to where the schedule sets in.
  const isNew = !begun || (maskImage !== undefined && request.strength === 1)
  let sample = isNew ? firstNoise : scheduler.addNoise(begun.untinted, firstNoise, timesteps[0]!) // (C, h, w)
  let denoised = sample
  for (const [i, timestep] of timesteps.entries()) {
    const row = { sample, timestep, promptEmbeds, guidance, style }
    const output = yield* requested({ type: 'prediction', row, size })
    denoised = scheduler.denoise(output, sample, timestep)
    if (!isFinite32(denoised)) throw new NonFiniteError(`the latents after step ${i + 1}`)
    yield* requested({ type: 'stepped', step: i + 1, timestep, denoised: shown(denoised) })

    const next = timesteps[i + 1]
    if (next === undefined) break
    sample = scheduler.addNoise(denoised, draw(), next)
    if (begun && cells) {
      const noised = scheduler.addNoise(begun.untinted, firstNoise, next)
      sample = hold(sample, noised, cells, (i + 1) / timesteps.length)
    }
  }

  const latents = shown(denoised).map(z => z / scalingFactor)
  const picture = yield* requested({ type: 'picture', latents, size })
  return request.image && maskImage ? composited(picture, request.image, maskImage) : picture

  /** Latents of a picture that is painted over, (C, h, w): as they are, and without the tint that is put on at the end. */
  function* encoded(
    image: Rgb,
  ): Generator<StepRequest, { original: Float32Array; untinted: Float32Array }, StepResult> {
    // An encoder that has sampled already takes no draw in diffusers; what it needs from us comes after all others.
    const posterior = folder.encoderSamples ? noise.at(timesteps.length) : draw()
    const latents = yield* requested({ type: 'latents', picture: image, noise: posterior })
    const original = latents.map(z => z * scalingFactor)
    return { original, untinted: style?.tint ? withoutTint(original, style.tint, latentChannels) : original }
  }

  /** Latents as they are shown: in the colours of the style, and with the original around the mask. */
  function shown(z: Float32Array): Float32Array {
    const coloured = style?.tint ? tinted(z, style.tint, latentChannels) : z
    return begun && cells ? hold(coloured, begun.original, cells, 1) : coloured
  }
}

/** Yields a need and gives back its answer under the right type, which a generator's own types cannot say. */
function* requested<N extends StepRequest>(need: N): Generator<StepRequest, StepResults[N['type']], StepResult> {
  return (yield need) as StepResults[N['type']]
}
