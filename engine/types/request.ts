import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { type ScheduleConfig, timestepsOn } from '../diffusion/scheduler.ts'
import type { ModelInfo, PaintRequest } from './engine.ts'

/** Throws `UserError` for a request that this model can never paint: it names the field, what was expected and what came. */
export function validatePaintRequest(request: PaintRequest, model: ModelInfo): void {
  const { min, max, multiple } = model.sizes
  expect(
    typeof request.prompt === 'string' && [...request.prompt].length <= limits.maxPromptCharacters,
    'request/prompt',
    `prompt to be text of at most ${limits.maxPromptCharacters} characters`,
    typeof request.prompt === 'string' ? `${[...request.prompt].length} characters` : typeof request.prompt,
  )
  for (const side of ['width', 'height'] as const) {
    const pixels = request[side]
    expect(
      Number.isInteger(pixels) && pixels >= min && pixels <= max && pixels % multiple === 0,
      'request/size',
      `${side} to be a multiple of ${multiple} from ${min} to ${max}`,
      pixels,
    )
  }
  expect(
    Number.isInteger(request.seed) && request.seed >= 0 && request.seed <= limits.maxSeed,
    'request/seed',
    `seed to be a whole number from 0 to ${limits.maxSeed}`,
    request.seed,
  )
  expect(
    request.guidance >= limits.minGuidance && request.guidance <= limits.maxGuidance,
    'request/guidance',
    `guidance to be a number from ${limits.minGuidance} to ${limits.maxGuidance}`,
    request.guidance,
  )
  expect(
    Number.isInteger(request.steps) && request.steps >= 1 && request.steps <= limits.maxSteps,
    'request/steps',
    `steps to be a whole number from 1 to ${limits.maxSteps}`,
    request.steps,
  )
  if (request.image) checkImage(request, request.image, model)
  if (request.maskImage) checkMask(request, request.maskImage)
  try {
    timestepsOf(request, model.schedule)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new UserError(request.image ? 'request/strength' : 'request/steps', cause.message, { cause })
  }
}

/** The timesteps that a request visits; throws `RangeError` for what the schedule cannot do. */
export function timestepsOf(request: PaintRequest, schedule: ScheduleConfig): number[] {
  return timestepsOn(schedule, {
    steps: request.steps,
    custom: request.timesteps,
    strength: request.image ? (request.strength ?? 1) : 1,
  })
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

function checkMask({ image, width, height }: PaintRequest, mask: NonNullable<PaintRequest['maskImage']>): void {
  expect(image !== undefined, 'request/mask', 'an image with maskImage, of which it says what may change', 'none')
  expect(
    mask.width === width && mask.height === height,
    'request/mask',
    `maskImage to be ${width}×${height} as the picture`,
    `${mask.width}×${mask.height}`,
  )
  expect(
    mask.data instanceof Uint8Array && mask.data.length === width * height,
    'request/mask',
    `maskImage.data to hold ${width * height} bytes, one for each pixel`,
    mask.data?.length,
  )
  expect(
    mask.data.some(value => value > 0),
    'request/mask',
    'maskImage to be white where the picture may change',
    'one that is black everywhere',
  )
}

function expect(holds: boolean, code: ErrorCode, expected: string, came: unknown): void {
  if (!holds) throw new UserError(code, `Expected ${expected}, got ${came}.`)
}
