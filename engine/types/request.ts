import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { type ScheduleConfig, timestepsOn } from '../diffusion/scheduler.ts'
import type { ModelInfo, PaintRequest } from './engine.ts'
import type { Mask } from './mask.ts'
import { type BranchedSettings, type PromptSettings, promptsIn, rowsAt, type StepSettings } from './settings.ts'

/** Throws `UserError` for a request that this model can never paint: it names the field, what was expected and what came. */
export function validatePaintRequest(request: PaintRequest, model: ModelInfo): void {
  checkSize(request, model)
  expect(
    Number.isInteger(request.steps) && request.steps >= 1 && request.steps <= limits.maxSteps,
    'request/steps',
    `steps to be a whole number from 1 to ${limits.maxSteps}`,
    request.steps,
  )
  checkSettings(request, request, model)
  if (request.image) checkImage(request, request.image, model)
  if (request.maskImage) checkMaskOf('maskImage', request)
  if (request.inkMask) checkMaskOf('inkMask', request)
  if (request.autoencoder === 'tiny') {
    expect(model.hasTinyAutoencoder, 'request/image', 'a model with a vae_decoder_tiny for this picture', model.name)
  }
  if (request.upscale) checkUpscale(request, request.upscale, model)
  const count = checkTimesteps(request, model).length
  checkSteps(request, count, model)
}

/** The timesteps of the whole schedule of a request; throws `RangeError` for what the schedule cannot do. */
export function timestepsOf(request: PaintRequest, schedule: ScheduleConfig): number[] {
  return timestepsOn(schedule, {
    steps: request.steps,
    custom: request.timesteps,
    strength: request.image ? (request.strength ?? 1) : 1,
  })
}

/** The timesteps that a request visits: all of its schedule, unless it ends earlier, and those of a second pass. */
export function visitedTimesteps(request: PaintRequest, schedule: ScheduleConfig): number[] {
  return [...timestepsOf(request, schedule).slice(0, request.endStep), ...secondPassTimesteps(request, schedule)]
}

/** The timesteps of the second pass: as many as the first has, or as its strength reaches; none without one. */
export function secondPassTimesteps(
  { steps, upscale }: Pick<PaintRequest, 'steps' | 'upscale'>,
  schedule: ScheduleConfig,
): number[] {
  const strength = upscale?.strength ?? 0
  const reach = Math.trunc(schedule.originalInferenceSteps * strength)
  return reach === 0 ? [] : timestepsOn(schedule, { steps: Math.min(steps, reach), strength })
}

/** Tiles of a second pass, each as large as the picture was before it (`pipeline/tiles.ts`). */
export const tileCount = 9

/** What decides how much a request costs. */
export type CostedRequest = BranchedSettings &
  Pick<PaintRequest, 'steps' | 'timesteps' | 'endStep' | 'upscale' | 'width' | 'height'>

/**
 * What a request costs, in pixels that the UNet computes: width × height for each row of each step. Four steps of
 * 128 × 128 cost 65 536; guidance without an embedding doubles that, each region costs as much again, and a step of a
 * second pass as much as nine.
 */
export function costOf(request: CostedRequest, model: Pick<ModelInfo, 'guidanceEmbedding' | 'schedule'>): number {
  const { width, height, timesteps } = request
  const all = timesteps?.length ?? request.steps
  let rows = 0
  for (let step = 0; step < (request.endStep ?? all); step++) rows += rowsAt(request, step, model)
  rows += tileCount * secondPassTimesteps(request, model.schedule).length * rowsAt(request, all - 1, model)
  return rows * width * height
}

type Size = Pick<PaintRequest, 'width' | 'height'>

function checkSize(request: Size, { sizes: { min, max, multiple } }: ModelInfo): void {
  for (const side of ['width', 'height'] as const) {
    const pixels = request[side]
    expect(
      Number.isInteger(pixels) && pixels >= min && pixels <= max && pixels % multiple === 0,
      'request/size',
      `${side} to be a multiple of ${multiple} from ${min} to ${max}`,
      pixels,
    )
  }
}

function checkTimesteps(request: PaintRequest, { schedule }: ModelInfo): number[] {
  try {
    return timestepsOf(request, schedule)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new UserError(request.image ? 'request/strength' : 'request/steps', cause.message, { cause })
  }
}

/** What speaks of single steps, of which there are `count`. */
function checkSteps(request: PaintRequest, count: number, model: ModelInfo): void {
  const { endStep, prefix = [] } = request
  if (endStep !== undefined) {
    const holds = Number.isInteger(endStep) && endStep >= 1 && endStep <= count
    expect(holds, 'request/steps', `endStep to be a whole number from 1 to ${count}, the steps`, endStep)
  }
  let before = 0
  for (const { untilStep, ...settings } of prefix) {
    const holds = Number.isInteger(untilStep) && untilStep > before && untilStep < count
    expect(
      holds,
      'request/branch',
      `each prefix to end at a whole step after ${before} and before the last, ${count}`,
      untilStep,
    )
    before = untilStep
    checkSettings(settings, request, model)
  }
  for (const { guidanceByStep } of promptsIn(request)) {
    if (guidanceByStep === undefined) continue
    expect(
      Array.isArray(guidanceByStep) && guidanceByStep.length === count,
      'request/guidance',
      `guidanceByStep to hold ${count} numbers, one for each step`,
      guidanceByStep.length,
    )
    for (const guidance of guidanceByStep) checkGuidance(guidance)
  }
}

function checkSettings(settings: StepSettings, size: Size, model: ModelInfo): void {
  const { seed, variation, regions = [] } = settings
  checkPrompt(settings, model, settings.guidanceByStep)
  checkSeed('seed', seed)
  if (variation) {
    checkSeed('variation.seed', variation.seed)
    expect(
      variation.strength >= 0 && variation.strength <= 1,
      'request/seed',
      'variation.strength to be a number from 0 to 1',
      variation.strength,
    )
  }
  expect(
    Array.isArray(regions) && regions.length <= limits.maxRegions,
    'request/region',
    `regions to be at most ${limits.maxRegions}`,
    regions.length,
  )
  for (const region of regions) {
    checkPrompt(region, model, region.guidanceByStep)
    checkMask('the mask of a region', region.mask, size, 'request/region')
    expect(
      region.weight === undefined || (region.weight > 0 && region.weight <= limits.maxRegionWeight),
      'request/region',
      `the weight of a region to be a number above 0 and up to ${limits.maxRegionWeight}`,
      region.weight,
    )
  }
}

function checkPrompt(
  { prompt, negativePrompt, guidance }: PromptSettings,
  model: ModelInfo,
  guidances: readonly number[] = [guidance],
): void {
  checkText('prompt', prompt)
  checkGuidance(guidance)
  if (negativePrompt === undefined) return
  checkText('negativePrompt', negativePrompt)
  expect(
    !model.guidanceEmbedding,
    'request/negative-prompt',
    'no negativePrompt with a model that takes its guidance as an embedding',
    'one',
  )
  expect(
    guidances.some(each => each > 1),
    'request/negative-prompt',
    'a guidance above 1 with negativePrompt, which is without effect otherwise',
    guidance,
  )
}

function checkText(field: string, text: string): void {
  const isText = typeof text === 'string'
  const length = isText ? [...text].length : 0
  expect(
    isText && length <= limits.maxPromptCharacters,
    'request/prompt',
    `${field} to be text of at most ${limits.maxPromptCharacters} characters`,
    isText ? `${length} characters` : typeof text,
  )
}

function checkSeed(field: string, seed: number): void {
  expect(
    Number.isInteger(seed) && seed >= 0 && seed <= limits.maxSeed,
    'request/seed',
    `${field} to be a whole number from 0 to ${limits.maxSeed}`,
    seed,
  )
}

function checkGuidance(guidance: number): void {
  expect(
    guidance >= limits.minGuidance && guidance <= limits.maxGuidance,
    'request/guidance',
    `guidance to be a number from ${limits.minGuidance} to ${limits.maxGuidance}`,
    guidance,
  )
}

function checkImage(request: PaintRequest, image: NonNullable<PaintRequest['image']>, model: ModelInfo): void {
  expect(model.canPaintOver, 'request/image', 'a model with a vae_encoder to paint over a picture', model.name)
  expect(
    image.width === request.width && image.height === request.height,
    'request/image',
    `image to be ${request.width}×${request.height} as the picture`,
    `${image.width}×${image.height}`,
  )
  expect(
    image.data instanceof Uint8Array && image.data.length === image.width * image.height * 3,
    'request/image',
    `image.data to hold ${image.width * image.height * 3} bytes of RGB`,
    image.data?.length,
  )
  expect(
    request.strength !== undefined && request.strength > 0 && request.strength <= 1,
    'request/strength',
    'strength to be a number above 0 and up to 1 with an image',
    request.strength,
  )
}

function checkUpscale({ maskImage }: PaintRequest, { strength }: { strength: number }, model: ModelInfo): void {
  expect(
    strength >= 0 && strength <= limits.maxUpscaleStrength,
    'request/upscale',
    `upscale.strength to be a number from 0 to ${limits.maxUpscaleStrength}`,
    strength,
  )
  expect(
    model.canPaintOver || strength === 0,
    'request/upscale',
    'a model with a vae_encoder to paint over what was enlarged',
    model.name,
  )
  expect(maskImage === undefined, 'request/upscale', 'no mask with upscale, which changes every pixel', 'one')
}

function checkMaskOf(field: 'maskImage' | 'inkMask', request: PaintRequest): void {
  const expected = `an image with ${field}, which speaks of its pixels`
  expect(request.image !== undefined, 'request/mask', expected, 'none')
  checkMask(field, request[field]!, request, 'request/mask')
}

function checkMask(field: string, mask: Mask, { width, height }: Size, code: ErrorCode): void {
  expect(
    mask.width === width && mask.height === height,
    code,
    `${field} to be ${width}×${height} as the picture`,
    `${mask.width}×${mask.height}`,
  )
  expect(
    mask.data instanceof Uint8Array && mask.data.length === width * height,
    code,
    `${field} to hold ${width * height} bytes, one for each pixel`,
    mask.data?.length,
  )
  expect(
    mask.data.some(value => value > 0),
    code,
    `${field} to be white where it takes effect`,
    'one that is black everywhere',
  )
}

function expect(holds: boolean, code: ErrorCode, expected: string, came: unknown): void {
  if (!holds) throw new UserError(code, `Expected ${expected}, got ${came}.`)
}
