/** What `fourstroke imagine` was told, as what the studio can be asked. */
import { UserError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { readRecipe } from '../studio/images/png.ts'
import { extensionOf, optionsOf, prefixOf } from '../studio/pictures/recipeOptions.ts'
import { readRegionText, splitAtEquals } from '../studio/pictures/regionText.ts'
import type { FileHash, PersonId, PictureOptions, Recipe, RegionOptions, Studio } from '../studio/studio.ts'
import { findMix } from '../studio/styles/styleNames.ts'
import { type NamedFile, readNamed } from './files.ts'

/** As the command line gives them: already numbers where numbers are meant. */
export interface ImagineOptions {
  readonly negative?: string
  readonly seed?: number
  readonly variation?: number
  readonly variationSeed?: number
  readonly steps?: number
  readonly timesteps?: readonly number[]
  readonly size?: { readonly width: number; readonly height: number }
  readonly guidance?: number
  readonly guidanceByStep?: readonly number[]
  readonly image?: string
  readonly strength?: number
  readonly mask?: string
  readonly maskBlur?: number
  /** Pixels to add to `image`: left, top, right, bottom. */
  readonly outpaint?: readonly number[]
  /** `mask.png=prompt`, and settings of its own behind ` | `. */
  readonly region?: readonly string[]
  /** A PNG of ours, whose recipe holds for all that is not said. */
  readonly from?: string
  readonly fromStep?: number
  readonly endStep?: number
  readonly upscale?: number
  readonly count?: number
  /** `name`, `name:weight`, or several of them between commas. */
  readonly style?: string
  readonly out: string
  /** A folder for every step's preview. */
  readonly previews?: string
  readonly json?: boolean
}

/** The bytes of all files that options name, by their names. */
export type NamedImages = ReadonlyMap<string, Uint8Array>

const imageFile: NamedFile = {
  code: 'image/broken',
  hint: 'name a PNG, JPEG or WebP file',
  maxBytes: limits.maxUploadBytes,
}

/** Reads the files that options name; before the engine starts, for some cannot be read. */
export async function readImages({ image, mask, from, region = [] }: ImagineOptions): Promise<NamedImages> {
  const named = [image, mask, from, ...region.map(text => parseRegion(text).file)]
  const files = [...new Set(named.filter(file => file !== undefined))]
  return new Map(await Promise.all(files.map(async file => [file, await readNamed(file, imageFile)] as const)))
}

/** Stores the images that options name, and finds the styles. */
export async function readOptions(
  studio: Studio,
  person: PersonId,
  prompt: string,
  { images, ...options }: ImagineOptions & { readonly images: NamedImages },
): Promise<PictureOptions> {
  const take = async (file: string) => (await studio.pictures.files.take(person, images.get(file)!)).file
  const { negative, seed, variation, variationSeed, steps, timesteps, size, guidance, guidanceByStep } = options
  const {
    image,
    strength,
    mask,
    maskBlur,
    outpaint,
    region,
    from,
    fromStep,
    endStep,
    upscale,
    count,
    style,
    previews,
  } = options
  if (fromStep !== undefined && from === undefined) {
    throw new UserError('request/branch', 'A branch begins at a step of a picture.', { hint: 'Name it with --from.' })
  }
  const recipe = from === undefined ? undefined : recipeOf(from, images.get(from)!)
  const { inkMask, ...others } = recipe ? optionsOf(recipe, { same: true }) : { prompt }
  // Where ink lay speaks of the image that it lay on.
  const inherited = { ...others, ...(inkMask && image === undefined && { inkMask }) }
  return {
    ...(outpaint && recipe ? extensionOf(inherited, await take(image ?? from!)) : inherited),
    prompt,
    ...(negative !== undefined && { negativePrompt: negative }),
    ...(seed !== undefined && { seed }),
    ...(variation !== undefined && {
      variation: { strength: variation, ...(variationSeed !== undefined && { seed: variationSeed }) },
    }),
    ...(steps !== undefined && { steps }),
    ...(timesteps !== undefined && { timesteps }),
    ...size,
    ...(guidance !== undefined && { guidance }),
    ...(guidanceByStep !== undefined && { guidanceByStep }),
    ...(image !== undefined && { image: await take(image) }),
    ...(strength !== undefined && { strength }),
    ...(mask !== undefined && { maskImage: await take(mask) }),
    ...(maskBlur !== undefined && { maskBlur }),
    ...(outpaint !== undefined && { outpaint: marginsOf(outpaint) }),
    ...(region !== undefined && { regions: await readRegions(studio, person, region, take) }),
    ...(recipe && fromStep !== undefined && { prefix: prefixOf(recipe, fromStep) }),
    ...(endStep !== undefined && { endStep }),
    ...(upscale !== undefined && { upscale: { strength: upscale } }),
    ...(count !== undefined && { count }),
    ...(style !== undefined && { styles: style === '' ? [] : await findMix(studio.styles, person, style) }),
    ...(previews !== undefined && { previews: true }),
  }
}

/** What is missing is refused as what is no number. */
function marginsOf([left = Number.NaN, top = Number.NaN, right = Number.NaN, bottom = Number.NaN]: readonly number[]) {
  return { left, top, right, bottom }
}

function recipeOf(file: string, png: Uint8Array): Recipe {
  const recipe = readRecipe(png)
  if (recipe) return recipe
  throw new UserError('request/branch', `Expected ${file} to carry a recipe: name a PNG that was painted here.`)
}

async function readRegions(
  studio: Studio,
  person: PersonId,
  texts: readonly string[],
  take: (file: string) => Promise<FileHash>,
): Promise<RegionOptions[]> {
  const regions: RegionOptions[] = []
  for (const text of texts) {
    const { file, style, ...region } = parseRegion(text)
    regions.push({
      ...region,
      mask: await take(file),
      ...(style !== undefined && { styles: style === '' ? [] : await findMix(studio.styles, person, style) }),
    })
  }
  return regions
}

/** `left.png=a red house`, and behind it what `readRegionText` knows. */
export function parseRegion(text: string) {
  const [file, region] = splitAtEquals(text)
  if (file && region) return { file, ...readRegionText(region) }
  throw new UserError('request/region', `Expected a region to be mask.png=prompt, got "${text}".`)
}
