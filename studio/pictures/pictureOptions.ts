import { type Autoencoder, type Mask, type ModelInfo, type Rgb, unsaidIn } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { understand } from '../../protocol/vocabulary.ts'
import type { Margins } from '../images/outpaint.ts'
import type { PrefixInRecipe, PromptInRecipe, Recipe, RegionInRecipe, StyleInRecipe } from '../images/recipe.ts'
import { fromFields } from '../shared/fields.ts'
import type { FileHash, PictureId, RoomId } from '../shared/ids.ts'
import { validatePrompt } from '../shared/text.ts'
import type { StyleSelection } from '../styles/styleResolver.ts'

/** A part of a picture with a prompt of its own; what is left out is as for the whole picture, but for its weight. */
export interface RegionOptions {
  /** A file of ours: white where the prompt applies, black elsewhere. It is fitted to the size. */
  readonly mask: FileHash
  readonly prompt: string
  /** Empty: nothing, whatever the whole picture is kept away from. */
  readonly negativePrompt?: string
  readonly guidance?: number
  /** One number for each step, in place of `guidance`. */
  readonly guidanceByStep?: readonly number[]
  /** Empty: none, whatever the whole picture wears. */
  readonly styles?: readonly StyleSelection[]
  /** How much it counts where regions overlap, above 0 and up to 10. Default: 1. */
  readonly weight?: number
}

/** What a person may say about a picture; what is left out takes the model's default. */
export interface PictureOptions {
  readonly prompt: string
  /** Default: drawn at random. With `count` > 1 the pictures use seed, seed + 1, … */
  readonly seed?: number
  /** What to keep away from; for models that are guided without an embedding, with guidance above 1. */
  readonly negativePrompt?: string
  /** Noise between the seed's and another's, 0 … 1 of the way; the other is drawn at random if left out. */
  readonly variation?: { readonly seed?: number; readonly strength: number }
  readonly steps?: number
  /** In place of `steps`: strictly descending noise levels below 1000. */
  readonly timesteps?: readonly number[]
  readonly guidance?: number
  /** One number for each step, in place of `guidance`. */
  readonly guidanceByStep?: readonly number[]
  readonly width?: number
  readonly height?: number
  /** An image to paint over: a file of ours (`files.take` or a finished picture's `file`). It is fitted to the size. */
  readonly image?: FileHash
  readonly strength?: number
  /** Where `image` may change: a file of ours, white there and black elsewhere, grey at soft edges. It is fitted too. */
  readonly maskImage?: FileHash
  /** Softens the edges of the mask: σ of a Gaussian in pixels, 0 … 64. */
  readonly maskBlur?: number
  /** Where `image` is ink over a picture, which is held: a file of ours, white there and black elsewhere. It is fitted too. */
  readonly inkMask?: FileHash
  /** Pixels to add around `image`, which is then painted on where it ended; the size follows. In place of a mask. */
  readonly outpaint?: Margins
  /** Up to three, mixed. */
  readonly styles?: readonly StyleSelection[]
  /** Up to eight parts with prompts of their own; each costs as much as the whole picture. */
  readonly regions?: readonly RegionOptions[]
  /** The first steps of a branch, as another recipe has them (`prefixOf`). */
  readonly prefix?: readonly PrefixInRecipe[]
  /** Ends after this step, counted from 1: the picture is what was believed then. */
  readonly endStep?: number
  /** Twice the side: 0 enlarges the picture, up to 0.4 of it is painted over by tiles. */
  readonly upscale?: { readonly strength: number }
  /** `tiny`: quicker and coarser, for models that have such an autoencoder; live frames take it by themselves. */
  readonly autoencoder?: Autoencoder
  /** 1 … 4 */
  readonly count?: number
  /** A picture of each of these seeds, 1 … 4, in place of `seed` and `count`. */
  readonly seeds?: readonly number[]
  /** The picture that this one varies, rerolls or edits. */
  readonly parent?: PictureId
  /** Canvas only: the frame that it is painted for. */
  readonly frame?: { readonly room: RoomId; readonly frameId: string }
  /** Whether every step becomes a picture for those who watch. Default: yes, but for the command line. */
  readonly previews?: boolean
}

/** What a person said, with the styles that were found for it. */
export interface ResolvedOptions extends Omit<PictureOptions, 'styles' | 'regions' | 'image' | 'inkMask'> {
  /** The image as a file of ours, or as pixels that are in no file yet. */
  readonly image?: FileHash | Rgb
  readonly inkMask?: FileHash | Mask
  readonly styles: readonly StyleInRecipe[]
  readonly regions: readonly (Omit<RegionOptions, 'styles'> & { readonly styles: readonly StyleInRecipe[] })[]
}

/** Finds the styles that options name, for the whole picture, its regions and the first steps of a branch. */
export async function resolveStyles(
  options: Omit<PictureOptions, 'image' | 'inkMask'> & Pick<ResolvedOptions, 'image' | 'inkMask'>,
  resolve: (styles: readonly StyleSelection[]) => Promise<StyleInRecipe[]>,
): Promise<ResolvedOptions> {
  const { styles = [], regions = [], prefix = [], ...rest } = options
  if (regions.length > limits.maxRegions) {
    throw new UserError('request/region', `Expected at most ${limits.maxRegions} regions, got ${regions.length}.`)
  }
  // Those of a branch are known already; whoever asks may have lost the right to use them.
  for (const each of prefix) for (const { styles = [] } of [each, ...(each.regions ?? [])]) await resolve(styles)
  const resolved: ResolvedOptions['regions'][number][] = []
  const own = await resolve(styles)
  for (const region of regions) {
    resolved.push({ ...region, styles: region.styles ? await resolve(region.styles) : own })
  }
  return {
    ...rest,
    ...(options.prefix && { prefix }),
    styles: own,
    regions: resolved,
  }
}

/**
 * What a person said, completed with the model's defaults: one recipe per picture. Numbers are checked afterwards, by
 * the engine's own `validatePaintRequest`. An image that is in no file yet has no name in the recipe.
 */
export function recipesOf(options: ResolvedOptions, model: ModelInfo, newSeed: () => number): Recipe[] {
  const { seeds, count = seeds?.length ?? 1, seed = seeds?.[0] ?? newSeed(), regions, timesteps, prefix } = options
  if (!Number.isInteger(count) || count < 1 || count > limits.maxPicturesAtOnce) throw new UserError('picture/count')
  if (options.strength !== undefined && options.image === undefined) {
    throw new UserError('request/strength', 'Strength says how much of an image may change: send an image with it.')
  }
  validateMask(options)
  const own = promptOf(options, model, options.guidance ?? model.defaults.guidance)
  const variation = options.variation && { seed: newSeed(), ...options.variation }
  const recipe = fromFields<Recipe>({
    prompt: own.prompt,
    understoodAs: own.understoodAs,
    negativePrompt: own.negativePrompt,
    unsaid: model.vocabulary && unsaidIn(own.understoodAs ?? own.prompt, model.vocabulary),
    ...{ seed, variation },
    steps: timesteps?.length ?? options.steps ?? model.defaults.steps,
    customTimesteps: timesteps,
    guidance: own.guidance,
    guidanceByStep: options.guidanceByStep,
    width: options.width ?? model.sizes.default.width,
    height: options.height ?? model.sizes.default.height,
    image: typeof options.image === 'string' ? options.image : undefined,
    strength: options.image === undefined ? undefined : (options.strength ?? defaultStrength(options, model)),
    maskImage: options.maskImage,
    maskBlur: options.maskBlur,
    inkMask: typeof options.inkMask === 'string' ? options.inkMask : undefined,
    styles: own.styles,
    regions:
      regions.length > 0
        ? regions.map(region => regionOf(region, model, { ...options, guidance: own.guidance }))
        : undefined,
    prefix: prefix && prefix.length > 0 ? prefix : undefined,
    endStep: options.endStep,
    ...{ upscale: options.upscale, autoencoder: options.autoencoder },
    ...{ model: model.name, modelHash: model.hash },
  })
  // The first seed stays as it came, to be refused if it is none; the next ones go on past the largest from 0.
  const nth = (first: number, index: number) => (index === 0 ? first : (first + index) % (limits.maxSeed + 1))
  return Array.from({ length: count }, (_, index) =>
    // Variations are several of one picture.
    variation
      ? { ...recipe, variation: { ...variation, seed: nth(variation.seed, index) } }
      : { ...recipe, seed: seeds?.[index] ?? nth(seed, index) },
  )
}

type Prompted = Pick<ResolvedOptions, 'prompt' | 'negativePrompt' | 'styles'>

function promptOf(
  { prompt, negativePrompt = '', styles }: Prompted,
  { vocabulary }: ModelInfo,
  guidance: number,
): PromptInRecipe {
  const hasNegative = negativePrompt.trim() !== ''
  const understood = vocabulary && understand(prompt, vocabulary).text
  return {
    prompt: validatePrompt(prompt),
    ...(understood && { understoodAs: understood }),
    ...(hasNegative && { negativePrompt: validatePrompt(negativePrompt) }),
    guidance,
    ...(styles.length > 0 && { styles }),
  }
}

/** What a region leaves out is as for the whole picture: `whole`. */
function regionOf(
  region: ResolvedOptions['regions'][number],
  model: ModelInfo,
  whole: Pick<ResolvedOptions, 'negativePrompt' | 'guidanceByStep'> & { readonly guidance: number },
): RegionInRecipe {
  const { mask, weight, guidance = whole.guidance } = region
  const guidanceByStep = region.guidanceByStep ?? (region.guidance === undefined ? whole.guidanceByStep : undefined)
  // Where guidance is 1 everywhere, words to keep away from are refused: only who says them there means them.
  const isGuided = (guidanceByStep ?? [guidance]).some(each => each > 1)
  const negativePrompt = region.negativePrompt ?? (isGuided ? whole.negativePrompt : undefined)
  return {
    ...promptOf({ ...region, ...(negativePrompt !== undefined && { negativePrompt }) }, model, guidance),
    mask,
    ...(guidanceByStep && { guidanceByStep }),
    ...(weight !== undefined && { weight }),
  }
}

/** What is masked is painted from noise alone, as diffusers does; a whole picture keeps something of itself. */
function defaultStrength({ maskImage }: ResolvedOptions, model: ModelInfo): number {
  return maskImage === undefined ? model.defaults.strength : 1
}

function validateMask({ image, maskImage, maskBlur = 0 }: ResolvedOptions): void {
  if (maskImage !== undefined && image === undefined) {
    throw new UserError('request/mask', 'A mask says which part of an image may change: send an image with it.')
  }
  if (!(maskBlur >= 0 && maskBlur <= limits.maxMaskBlur)) {
    const expected = `a number from 0 to ${limits.maxMaskBlur}`
    throw new UserError('request/mask', `Expected the blur of the mask to be ${expected}, got ${maskBlur}.`)
  }
}
