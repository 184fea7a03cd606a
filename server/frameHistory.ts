import type { FrameResult } from '../protocol/events.ts'
import { stylesOfFrame } from '../protocol/frameOptions.ts'
import { limits } from '../protocol/limits.ts'
import { isSameValue } from '../protocol/sameValue.ts'
import type { Change, FrameElement } from '../protocol/scene.ts'
import {
  type PersonId,
  type Picture,
  paintedSize,
  type RoomId,
  type Studio,
  type StyleId,
  type StyleSelection,
} from '../studio/studio.ts'
import { decodeRgb } from './encoding.ts'
import type { FrameInput } from './frameInput.ts'
import { frameOptionsOf } from './frameOptions.ts'
import { openingFrameId } from './opening.ts'
import { mayUse } from './stylePermission.ts'

/** The durable pictures of one frame, newest first. */
export interface FrameHistory {
  pictures(): Promise<readonly Picture[]>
  results(): Promise<FrameResult[]>
  /** A finished picture of this frame with its file's bytes; null if there is none. */
  find(picture: string): Promise<{ readonly picture: Picture; readonly image: Uint8Array } | null>
}

export function createFrameHistory(options: {
  readonly studio: Pick<Studio, 'pictures'>
  readonly room: RoomId
  readonly frameId: string
  /** The picture that the room opened with: the oldest one of the opening frame. */
  readonly opening: Picture | null
}): FrameHistory {
  const { studio, room, frameId, opening } = options

  async function newest(limit: number): Promise<readonly Picture[]> {
    const pictures = await studio.pictures.ofFrame(room, frameId, limit)
    const endsWithOpening = frameId === openingFrameId && opening !== null && pictures.length < limit
    return endsWithOpening ? [...pictures, opening] : pictures
  }

  return {
    pictures: () => newest(limits.maxResultsPerFrame),
    async results() {
      const pictures = await newest(limits.maxResultsPerFrame)
      return pictures.map(picture => resultOf(picture, frameId)).filter(result => result !== null)
    },
    async find(id) {
      // Older ones than a page lists: a page that has been open for long may still show them.
      const pictures = await newest(limits.maxResultsPerFrame * 5)
      const picture = pictures.find(one => one.id === id)
      const image = picture?.file ? await studio.pictures.files.read(picture.file) : null
      return picture && image ? { picture, image } : null
    },
  }
}

/** A durable picture as browsers know it; null if it is not finished. */
export function resultOf(picture: Picture, frameId: string): FrameResult | null {
  const { id, file, state, recipe, finishedAt, requestedAt } = picture
  if (state !== 'finished' || file === null) return null
  // What browsers need not know of a recipe is named here, so that a field added later goes to them.
  const { width, height, image, inkMask, model, modelHash, strength = null, styles = [], ...rest } = recipe
  const madeAt = (finishedAt ?? requestedAt).getTime()
  return {
    picture: id,
    frameId,
    file,
    ...paintedSize(recipe),
    madeAt,
    recipe: { ...rest, strength, styles },
  }
}

/** Whether a picture with its recipe back in the frame was painted from what is drawn there now. */
export async function isPaintedFrom(
  studio: Pick<Studio, 'pictures'>,
  { recipe }: Picture,
  { frame, recipe: { strength, styles }, raster }: FrameInput,
): Promise<boolean> {
  // No frame says these: they were asked for once.
  if (recipe.prefix || recipe.endStep !== undefined || (recipe.upscale && !frame.options?.isFiner)) return false
  const { isFiner: _, ...settings } = frame.options ?? {}
  if (!isSameValue(frameOptionsOf(recipe, () => true) ?? {}, settings)) return false
  if (raster.width !== recipe.width || raster.height !== recipe.height) return false
  // Styles that this person may not use stayed behind.
  if (styles.length !== (recipe.styles?.length ?? 0)) return false
  // Pictures from before ink was held look different.
  if ((recipe.inkMask !== undefined) !== (raster.inkMask !== null && strength !== null)) return false
  // Words alone need no drawing.
  if (recipe.image === undefined || strength === null) return recipe.image === undefined && strength === null
  const image = await studio.pictures.files.read(recipe.image)
  return image !== null && (await decodeRgb(image)).equals(raster.data)
}

/** Whether a picture is what the frame says and holds now: then it need not be painted again. */
export async function isPictureOf(
  studio: Pick<Studio, 'pictures' | 'engine'>,
  picture: Picture,
  input: FrameInput,
): Promise<boolean> {
  const { recipe } = picture
  const { prompt, seed, steps, guidance, strength, styles, settings } = input.recipe
  const said = { prompt, seed, steps, guidance, strength, model: studio.engine.model.hash }
  const painted = {
    ...{ prompt: recipe.prompt, seed: recipe.seed, steps: recipe.steps, guidance: recipe.guidance },
    ...{ strength: recipe.strength ?? null, model: recipe.modelHash },
  }
  if (!isSameValue(said, painted) || !areSameStyles(styles, recipe.styles)) return false
  const areRegionsAlike = (settings.regions ?? []).every(
    (region, index) => !region.styles || areSameStyles(region.styles, recipe.regions?.[index]?.styles),
  )
  return areRegionsAlike && isPaintedFrom(studio, picture, input)
}

/** In the same versions: a style may have been taught anew since. */
function areSameStyles(one: readonly StyleSelection[], other: Picture['recipe']['styles'] = []): boolean {
  const plain = (styles: readonly Pick<StyleSelection, 'style' | 'weight' | 'version'>[]) =>
    styles.map(({ style, weight, version }) => [style, weight, version])
  return isSameValue(plain(one), plain(other))
}

/** The change that puts a picture's recipe back into its frame, with those of its styles that this person may use there. */
export async function changeToRecipe(
  studio: Studio,
  { recipe }: Picture,
  { by, frame }: { readonly by: PersonId; readonly frame: FrameElement | null },
): Promise<Change> {
  const { prompt, seed, steps, guidance, strength, styles = [], regions = [] } = recipe
  const present = frame ? stylesOfFrame(frame) : []
  const usable = new Set<StyleId>()
  for (const { style } of [...styles, ...regions.flatMap(region => region.styles ?? [])]) {
    if (present.some(one => one.style === style) || (await mayUse(studio, by, style))) usable.add(style)
  }
  const settings = frameOptionsOf(recipe, style => usable.has(style))
  const options = frame?.options?.isFiner ? { ...settings, isFiner: true } : settings
  return {
    ...{ prompt, seed, steps, guidance },
    styles: styles.filter(({ style }) => usable.has(style)).map(({ style, weight }) => ({ style, weight })),
    ...(strength !== undefined && { strength }),
    ...((options || frame?.options) && { options }),
  }
}
