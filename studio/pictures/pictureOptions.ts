import { type ModelInfo, unsaidIn } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Recipe, StyleInRecipe } from '../images/recipe.ts'
import { fromFields } from '../shared/fields.ts'
import type { FileHash, PictureId, RoomId } from '../shared/ids.ts'
import { validatePrompt } from '../shared/text.ts'
import type { StyleSelection } from '../styles/styleResolver.ts'

/** What a person may say about a picture; what is left out takes the model's default. */
export interface PictureOptions {
  readonly prompt: string
  /** Default: drawn at random. With `count` > 1 the pictures use seed, seed + 1, … */
  readonly seed?: number
  readonly steps?: number
  readonly guidance?: number
  readonly width?: number
  readonly height?: number
  /** An image to paint over: a file of ours (`files.take` or a finished picture's `file`). It is fitted to the size. */
  readonly image?: FileHash
  readonly strength?: number
  /** Where `image` may change: a file of ours, white there and black elsewhere, grey at soft edges. It is fitted too. */
  readonly maskImage?: FileHash
  /** Softens the edges of the mask: σ of a Gaussian in pixels, 0 … 64. */
  readonly maskBlur?: number
  /** Up to three, mixed. */
  readonly styles?: readonly StyleSelection[]
  /** 1 … 4 */
  readonly count?: number
  /** The picture that this one varies, rerolls or edits. */
  readonly parent?: PictureId
  /** Canvas only: the frame that it is painted for. */
  readonly frame?: { readonly room: RoomId; readonly frameId: string }
  /** Whether every step becomes a picture for those who watch. Default: yes, but for the command line. */
  readonly previews?: boolean
}

/**
 * What a person said, completed with the model's defaults: one recipe per picture. Numbers are checked afterwards, by
 * the engine's own `validatePaintRequest`.
 */
export function recipesOf(
  options: PictureOptions,
  model: ModelInfo,
  styles: readonly StyleInRecipe[],
  newSeed: () => number,
): Recipe[] {
  const { count = 1, seed = newSeed() } = options
  if (!Number.isInteger(count) || count < 1 || count > limits.maxPicturesAtOnce) throw new UserError('picture/count')
  if (options.strength !== undefined && options.image === undefined) {
    throw new UserError('request/strength', 'Strength says how much of an image may change: send an image with it.')
  }
  validateMask(options)
  const prompt = validatePrompt(options.prompt)
  const recipe = fromFields<Recipe>({
    prompt,
    unsaid: model.vocabulary && unsaidIn(prompt, model.vocabulary),
    seed,
    steps: options.steps ?? model.defaults.steps,
    guidance: options.guidance ?? model.defaults.guidance,
    width: options.width ?? model.sizes.default.width,
    height: options.height ?? model.sizes.default.height,
    image: options.image,
    strength: options.image === undefined ? undefined : (options.strength ?? defaultStrength(options, model)),
    maskImage: options.maskImage,
    maskBlur: options.maskBlur,
    styles: styles.length > 0 ? styles : undefined,
    model: model.name,
    modelHash: model.hash,
  })
  return Array.from({ length: count }, (_, index) => ({
    ...recipe,
    // The first seed stays as it came, to be refused if it is none; the next ones go on past the largest from 0.
    seed: index === 0 ? seed : (seed + index) % (limits.maxSeed + 1),
  }))
}

/** What is masked is painted from noise alone, as diffusers does; a whole picture keeps something of itself. */
function defaultStrength({ maskImage }: PictureOptions, model: ModelInfo): number {
  return maskImage === undefined ? model.defaults.strength : 1
}

function validateMask({ image, maskImage, maskBlur = 0 }: PictureOptions): void {
  if (maskImage !== undefined && image === undefined) {
    throw new UserError('request/mask', 'A mask says which part of an image may change: send an image with it.')
  }
  if (!(maskBlur >= 0 && maskBlur <= limits.maxMaskBlur)) {
    const expected = `a number from 0 to ${limits.maxMaskBlur}`
    throw new UserError('request/mask', `Expected the blur of the mask to be ${expected}, got ${maskBlur}.`)
  }
}
