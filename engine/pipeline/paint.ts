/**
 * How a picture is painted, written out: prompt → noise → steps → picture.
 *
 * It is a generator. Whatever needs a network is yielded, and whoever runs the generator answers: alone, or together
 * with the same need of other pictures in one call (`batching.ts`). Between two needs a picture can wait, be cancelled
 * or be forgotten and painted again: the same request gives the same picture.
 */
import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import { slerp } from '../diffusion/random.ts'
import type { Mask, PaintRequest, Rgb } from '../types/engine.ts'
import { secondPassTimesteps, timestepsOf } from '../types/request.ts'
import { settingsAt } from '../types/settings.ts'
import { codingOf } from './autoencoder.ts'
import { blank, fullMask, inpaintingInput } from './inpainting.ts'
import { changeOf, composited, doubledMask, hold } from './masks.ts'
import type { PaintContext } from './paintContext.ts'
import { coloured, type Part, partsOfSteps, texturesOn, uncoloured } from './parts.ts'
import { keysOfSteps } from './recentSteps.ts'
import { doubled } from './resample.ts'
import { secondPass } from './secondPass.ts'
import { stepper } from './step.ts'
import { type Painter, type Requesting, requested } from './stepRequests.ts'

export function* paint(request: PaintRequest, context: PaintContext): Painter {
  const { scheduler, folder, recentSteps } = context
  const { latentChannels, spatialFactor } = folder
  const coding = codingOf(folder, request.autoencoder)
  const size = { width: request.width / spatialFactor, height: request.height / spatialFactor }
  const timesteps = timestepsOf(request, scheduler.config)
  // Styles are taken as they are now: later changes do not reach a picture that has begun.
  const parts = partsOfSteps(request, timesteps.length, spatialFactor, context.style)
  const { image, maskImage } = request
  const change = image && changeOf(request, spatialFactor)
  // A UNet that was trained to inpaint sees the mask itself; for others what is masked out is renewed after each step.
  const { isInpainting } = folder
  const cells = isInpainting ? undefined : change?.cells // (h, w)
  const draws = drawsOf(request, latentChannels * size.width * size.height, context)

  const visited = timesteps.slice(0, request.endStep)
  // A live frame's steps are many, and nobody goes on from them.
  const keys = request.priority === 'live' ? [] : keysOfSteps(request, timesteps, context.styleKey)
  const past = request.reusesSteps ? recentSteps.find(keys) : undefined
  const { encodePrompts, predict } = stepper(context, size)
  yield* encodePrompts(past ? [] : parts[0]!)
  // A new picture begins as noise. One that is painted over begins as itself, noised to where the schedule sets in.
  const isNew = !image || (request.strength === 1 && (maskImage !== undefined || isInpainting))
  const begun = image && !(isNew && isInpainting) ? yield* encoded(image) : undefined
  const firstNoise = draws.next(0)
  const inpainting = isInpainting ? yield* encodedMask() : undefined
  // diffusers draws a posterior for what is not masked even where the UNet does not look at it.
  if (maskImage && !isInpainting && !coding.encoderSamples) draws.next(0)

  let sample = begun && !isNew ? scheduler.addNoise(begun.bare, firstNoise, timesteps[0]!) : firstNoise // (C, h, w)
  let latents = sample
  if (past) {
    draws.skip(past.step - 1)
    latents = shown(past.denoised, parts[past.step - 1]!)
    sample = noisedAfter(past.step, past.denoised)
  }
  for (let step = (past?.step ?? 0) + 1; step <= visited.length; step++) {
    const timestep = visited[step - 1]!
    const [denoised] = yield* predict([{ sample, inpainting, parts: parts[step - 1]! }], timestep)
    if (!isFinite32(denoised!)) throw new NonFiniteError(`the latents after step ${step}`)
    if (keys[step - 1] !== undefined) recentSteps.add(keys[step - 1]!, denoised!)
    latents = shown(denoised!, parts[step - 1]!)
    yield* requested({ type: 'stepped', step, timestep, denoised: latents })
    sample = noisedAfter(step, denoised!)
  }

  const picture = yield* requested({
    type: 'picture',
    ...{ latents: latents.map(z => z / coding.decoderScale), size, autoencoder: coding.decoder },
  })
  const { upscale } = request
  if (!upscale) return withHeld(yield* textured(picture))
  const again = secondPassTimesteps(request, scheduler.config)
  const noise = (index: number) => drawsOf(request, 4 * draws.size, context).at(index, timesteps.length - 1)
  const first = withHeld(picture)
  const finer = yield* secondPass(
    { picture: first, coding, size, inpainting, timesteps: again, parts: parts.at(-1)!, noise, before: visited.length },
    context,
  )
  const inColours = yield* textured(finer)
  return change ? composited(inColours, doubled(first), doubledMask(change.mask)) : inColours

  /** What was believed after a step, noised for the next one and as it was around the mask; after the last one as it is. */
  function noisedAfter(step: number, denoised: Float32Array): Float32Array {
    const next = timesteps[step]
    if (next === undefined) return denoised
    const noised = scheduler.addNoise(denoised, draws.next(step), next)
    if (!begun || !cells) return noised
    return hold(noised, scheduler.addNoise(begun.bare, firstNoise, next), cells, step / timesteps.length)
  }

  /** What was painted, with what is held of the image. */
  function withHeld(painted: Rgb): Rgb {
    return image && change ? composited(painted, image, change.mask) : painted
  }

  /** A finished picture with the textures of the last step's styles. */
  function* textured(finished: Rgb): Requesting<Rgb> {
    const layers = texturesOn(parts[visited.length - 1]!)
    return layers.length === 0
      ? finished
      : yield* requested({ type: 'texture', picture: finished, layers, isOff: false })
  }

  /** Latents of a picture that is painted over, (C, h, w): as they are, and without the colours of the first step's styles. */
  function* encoded(picture: Rgb, masked?: Mask): Requesting<{ original: Float32Array; bare: Float32Array }> {
    // An encoder that has sampled already takes no draw in diffusers; what it needs from us comes after all others.
    const noise = coding.encoderSamples ? draws.at(timesteps.length, 0) : draws.next(0)
    const layers = texturesOn(parts[0]!)
    const plain = layers.length === 0 ? picture : yield* requested({ type: 'texture', picture, layers, isOff: true })
    const encodedLatents = yield* requested({
      type: 'latents',
      picture: plain,
      masked,
      noise,
      autoencoder: coding.encoder,
    })
    const original = encodedLatents.map(z => z * coding.encoderScale)
    return { original, bare: uncoloured(original, parts[0]!, folder.latentSpread) }
  }

  /** What a UNet that was trained to inpaint is told besides latents. */
  function* encodedMask(): Requesting<Float32Array> {
    const mask = maskImage ?? fullMask(request)
    const { bare } = yield* encoded(image ?? blank(request), mask)
    return inpaintingInput(mask, bare, spatialFactor)
  }

  /** Latents as they are shown: in the colours of the styles, and with the original around the mask. */
  function shown(z: Float32Array, inStep: readonly Part[]): Float32Array {
    const inColours = coloured(z, inStep, latentChannels)
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
  const skip = (draws: number): void => {
    count += draws
  }
  return { size, at, skip, next: (step: number) => at(count++, step) }
}
