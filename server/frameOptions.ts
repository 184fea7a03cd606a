import type { FrameOptions, FrameRegion, FrameStyle, PaintOptions, RecipeOptions } from '../protocol/frameOptions.ts'
import { isSameValue } from '../protocol/sameValue.ts'
import type { FrameElement } from '../protocol/scene.ts'
import {
  asFileHash,
  asPersonId,
  asStyleId,
  type PictureOptions,
  type Recipe,
  type StyleId,
  type StyleSelection,
} from '../studio/studio.ts'

/** What frame options are to the studio. */
export type PictureSettings = Pick<
  PictureOptions,
  | 'negativePrompt'
  | 'guidanceByStep'
  | 'timesteps'
  | 'variation'
  | 'maskImage'
  | 'maskBlur'
  | 'regions'
  | 'endStep'
  | 'upscale'
  | 'outpaint'
>

/** How much of a finer picture may change over the one that it follows. */
const finerStrength = 0.2
/** The second pass of a frame whose options say `isFiner`. */
export const finerPass = { upscale: { strength: finerStrength } } as const

type Said = RecipeOptions & Pick<PaintOptions, 'endStep' | 'upscale' | 'outpaint'>

/** Options of a frame or a request as the studio takes them; `select` finds the versions of styles. */
export function pictureSettings(
  { maskImage, regions, ...rest }: Said,
  select: (styles: readonly FrameStyle[]) => readonly StyleSelection[],
): PictureSettings {
  return {
    ...rest,
    // The protocol knows hashes as plain strings.
    ...(maskImage !== undefined && { maskImage: asFileHash(maskImage) }),
    ...(regions && {
      regions: regions.map(({ mask, styles, ...region }) => ({
        ...{ ...region, mask: asFileHash(mask) },
        ...(styles && { styles: select(styles) }),
      })),
    }),
  }
}

/** Who has lent each style to a frame: its pictures may be in it, whoever asks for them. */
export function selectLent(frame: FrameElement, known: readonly FrameStyle[]) {
  return (styles: readonly FrameStyle[]): StyleSelection[] =>
    styles.map(({ style, weight }) => {
      const lender = known.find(one => one.style === style)
      return {
        ...{ style: asStyleId(style), weight },
        ...(lender && { lender: asPersonId(lender.by ?? frame.author) }),
      }
    })
}

/**
 * Options of a frame without the negative prompts that the model would refuse: where guidance is 1, as it is while somebody
 * moves its slider, or of a model that reads none, in a drawing that came from another studio. The frame keeps them.
 */
export function withoutIdleWords(
  options: FrameOptions,
  { guidance, readsThem }: { readonly guidance: number; readonly readsThem: boolean },
): FrameOptions {
  function withoutIdle<T extends RecipeOptions | FrameRegion>(said: T, scales: readonly number[]): T {
    const { negativePrompt, ...rest } = said
    const isIdle = !readsThem || !scales.some(scale => scale > 1)
    // Only what may be left out is.
    return isIdle && negativePrompt ? (rest as T) : said
  }
  const { guidanceByStep, regions } = options
  const whole = guidanceByStep ?? [guidance]
  return {
    ...withoutIdle(options, whole),
    ...(regions && {
      regions: regions.map(region =>
        withoutIdle(region, region.guidanceByStep ?? (region.guidance === undefined ? whole : [region.guidance])),
      ),
    }),
  }
}

/**
 * What a recipe says that a frame can say too; null: nothing. What a region has in common with the whole it leaves out, so
 * that it follows the frame again. `mayStay`: whether a style may stay in the frame.
 */
export function frameOptionsOf(recipe: Recipe, mayStay: (style: StyleId) => boolean): FrameOptions | null {
  const { negativePrompt, guidanceByStep, customTimesteps, variation, maskImage, maskBlur, regions } = recipe
  const options: FrameOptions = {
    ...(negativePrompt !== undefined && { negativePrompt }),
    ...(guidanceByStep && { guidanceByStep }),
    ...(customTimesteps && { timesteps: customTimesteps }),
    ...(variation && { variation }),
    ...(maskImage !== undefined && { maskImage }),
    ...(maskBlur !== undefined && { maskBlur }),
    ...(regions && { regions: regions.map(region => frameRegionOf(region, recipe, mayStay)) }),
  }
  return Object.keys(options).length > 0 ? options : null
}

function frameRegionOf(
  {
    mask,
    prompt,
    negativePrompt = '',
    guidance,
    guidanceByStep,
    styles = [],
    weight,
  }: NonNullable<Recipe['regions']>[number],
  whole: Recipe,
  mayStay: (style: StyleId) => boolean,
): FrameRegion {
  const isGuidedAlike = guidance === whole.guidance && isSameValue(guidanceByStep, whole.guidanceByStep)
  const left = styles.filter(one => mayStay(one.style)).map(one => ({ style: one.style, weight: one.weight }))
  return {
    ...{ mask, prompt },
    ...(negativePrompt !== (whole.negativePrompt ?? '') && { negativePrompt }),
    ...(!isGuidedAlike && { guidance, ...(guidanceByStep && { guidanceByStep }) }),
    ...(!isSameValue(styles, whole.styles ?? []) && { styles: left }),
    ...(weight !== undefined && { weight }),
  }
}
