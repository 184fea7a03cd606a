import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { type ScheduleConfig, timestepsOn } from '../diffusion/scheduler.ts'
import type { ModelInfo, PaintRequest } from './engine.ts'

export const paintLimits = {
  maxPromptLength: 4000,
  maxSteps: 50,
  maxSeed: 2 ** 32 - 1,
  minGuidance: 1,
  maxGuidance: 20,
} as const

/** Throws `UserError` for an ask that this model can never paint: it names the field, what was expected and what came. */
export function validatePaintRequest(ask: PaintRequest, model: ModelInfo): void {
  const { min, max, multiple } = model.sizes
  expect(
    typeof ask.prompt === 'string' && ask.prompt.length <= paintLimits.maxPromptLength,
    'request/prompt',
    `prompt to be text of at most ${paintLimits.maxPromptLength} characters`,
    typeof ask.prompt === 'string' ? `${ask.prompt.length} characters` : typeof ask.prompt,
  )
  for (const side of ['width', 'height'] as const) {
    const pixels = ask[side]
    expect(
      Number.isInteger(pixels) && pixels >= min && pixels <= max && pixels % multiple === 0,
      'request/size',
      `${side} to be a multiple of ${multiple} from ${min} to ${max}`,
      pixels,
    )
  }
  expect(
    Number.isInteger(ask.seed) && ask.seed >= 0 && ask.seed <= paintLimits.maxSeed,
    'request/seed',
    `seed to be a whole number from 0 to ${paintLimits.maxSeed}`,
    ask.seed,
  )
  expect(
    ask.guidance >= paintLimits.minGuidance && ask.guidance <= paintLimits.maxGuidance,
    'request/guidance',
    `guidance to be a number from ${paintLimits.minGuidance} to ${paintLimits.maxGuidance}`,
    ask.guidance,
  )
  expect(
    Number.isInteger(ask.steps) && ask.steps >= 1 && ask.steps <= paintLimits.maxSteps,
    'request/steps',
    `steps to be a whole number from 1 to ${paintLimits.maxSteps}`,
    ask.steps,
  )
  if (ask.image) checkImage(ask, ask.image, model)
  try {
    timestepsOf(ask, model.schedule)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new UserError(ask.image ? 'request/strength' : 'request/steps', cause.message, { cause })
  }
}

/** The timesteps that an ask visits; throws `RangeError` for what the schedule cannot do. */
export function timestepsOf(ask: PaintRequest, schedule: ScheduleConfig): number[] {
  return timestepsOn(schedule, {
    steps: ask.steps,
    custom: ask.timesteps,
    strength: ask.image ? (ask.strength ?? 1) : 1,
  })
}

function checkImage(ask: PaintRequest, image: NonNullable<PaintRequest['image']>, model: ModelInfo): void {
  expect(model.canPaintOver, 'request/image', 'a model with a vae_encoder to paint over a picture', model.name)
  expect(
    image.width === ask.width && image.height === ask.height,
    'request/image',
    `image to be ${ask.width}×${ask.height} as the picture`,
    `${image.width}×${image.height}`,
  )
  expect(
    image.data instanceof Uint8Array && image.data.length === image.width * image.height * 3,
    'request/image',
    `image.data to hold ${image.width * image.height * 3} bytes of RGB`,
    image.data?.length,
  )
  expect(
    ask.strength !== undefined && ask.strength > 0 && ask.strength <= 1,
    'request/strength',
    'strength to be a number above 0 and up to 1 with an image',
    ask.strength,
  )
}

function expect(holds: boolean, code: ErrorCode, expected: string, came: unknown): void {
  if (!holds) throw new UserError(code, `Expected ${expected}, got ${came}.`)
}
