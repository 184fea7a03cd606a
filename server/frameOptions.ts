import type { FrameOptions, FrameRegion, FrameStyle, PaintOptions, RecipeOptions } from '../protocol/frameOptions.ts'
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

/** What a recipe says that a frame can say too; null: nothing. `mayKeep`: whether a style may stay in the frame. */
export function frameOptionsOf(recipe: Recipe, mayStay: (style: StyleId) => boolean): FrameOptions | null {
  const { negativePrompt, guidanceByStep, customTimesteps, variation, maskImage, maskBlur, regions } = recipe
  const regionOf = ({ styles, ...region }: NonNullable<typeof regions>[number]): FrameRegion => {
    const left = styles?.filter(({ style }) => mayStay(style)).map(({ style, weight }) => ({ style, weight })) ?? []
    return { ...region, ...(left.length > 0 && { styles: left }) }
  }
  const options: FrameOptions = {
    ...(negativePrompt !== undefined && { negativePrompt }),
    ...(guidanceByStep && { guidanceByStep }),
    ...(customTimesteps && { timesteps: customTimesteps }),
    ...(variation && { variation }),
    ...(maskImage !== undefined && { maskImage }),
    ...(maskBlur !== undefined && { maskBlur }),
    ...(regions && { regions: regions.map(regionOf) }),
  }
  return Object.keys(options).length > 0 ? options : null
}
