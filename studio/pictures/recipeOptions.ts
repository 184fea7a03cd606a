/** From a recipe back to what can be asked for: the same again, or a branch of it. */
import { UserError } from '../../protocol/errors.ts'
import type { PrefixInRecipe, Recipe, StyleInRecipe } from '../images/recipe.ts'
import { fromFields } from '../shared/fields.ts'
import type { FileHash } from '../shared/ids.ts'
import type { StyleSelection } from '../styles/styleResolver.ts'
import type { PictureOptions, RegionOptions } from './pictureOptions.ts'

/** What a recipe says, but for what belongs to the request that it came from. */
export type RecipeOptions = Omit<PictureOptions, 'outpaint' | 'previews' | 'count' | 'seeds' | 'parent' | 'frame'>

/**
 * `same`: the very same picture, with its seed and the versions of its styles; else a new seed, and styles as they are
 * now. Another variation keeps the seed that it varies.
 */
export function optionsOf(recipe: Recipe, { same }: { readonly same: boolean }): RecipeOptions {
  const selected = (styles: readonly StyleInRecipe[] | undefined): StyleSelection[] | undefined =>
    styles?.map(({ style, weight, version }) => ({ style, weight, ...(same && { version }) }))
  const { prompt, negativePrompt, guidance, guidanceByStep, steps, customTimesteps, width, height } = recipe
  const { image, strength, maskImage, maskBlur, inkMask, prefix, endStep, upscale } = recipe
  return fromFields<RecipeOptions>({
    ...{ prompt, negativePrompt, guidance, guidanceByStep, steps, timesteps: customTimesteps, width, height },
    ...{ image, strength, maskImage, maskBlur, inkMask, prefix, endStep, upscale },
    seed: same || recipe.variation ? recipe.seed : undefined,
    autoencoder: same ? recipe.autoencoder : undefined,
    variation: same || !recipe.variation ? recipe.variation : { strength: recipe.variation.strength },
    styles: selected(recipe.styles),
    // A recipe says all of a region: what is not there it has not, whatever the whole picture has.
    regions: recipe.regions?.map(
      ({ styles = [], understoodAs: _, negativePrompt = '', ...region }) =>
        ({ ...region, negativePrompt, styles: selected(styles)! }) satisfies RegionOptions,
    ),
  })
}

/** What holds on when a picture is extended: it is the image now, and what spoke of its pixels or single steps is left. */
export function extensionOf(options: RecipeOptions, image: FileHash): RecipeOptions {
  const { strength, maskImage, maskBlur, inkMask, regions, prefix, ...withoutParts } = options
  const { endStep, upscale, variation, guidanceByStep, autoencoder, ...rest } = withoutParts
  return { ...rest, image }
}

/**
 * The first steps of a branch of a picture: as its recipe has them, up to `fromStep`, which is the last that is painted
 * so. Throws `request/branch` for a step that is not between two of its steps.
 */
export function prefixOf(recipe: Recipe, fromStep: number): PrefixInRecipe[] {
  const steps = recipe.endStep ?? recipe.customTimesteps?.length ?? recipe.steps
  if (!Number.isInteger(fromStep) || fromStep < 1 || fromStep > steps) {
    const expected = `a whole step from 1 to ${steps}`
    throw new UserError('request/branch', `Expected the step to branch from to be ${expected}, got ${fromStep}.`)
  }
  const before = (recipe.prefix ?? []).filter(({ untilStep }) => untilStep < fromStep)
  const { prompt, understoodAs, negativePrompt, guidance, styles, seed, variation, guidanceByStep, regions } =
    recipe.prefix?.find(({ untilStep }) => fromStep <= untilStep) ?? recipe
  const last = fromFields<PrefixInRecipe>({
    ...{ prompt, understoodAs, negativePrompt, guidance, styles, seed, variation, guidanceByStep, regions },
    untilStep: fromStep,
  })
  return [...before, last]
}
