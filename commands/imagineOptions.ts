/** What `fourstroke imagine` was told, as what the studio can be asked. */
import { readFile } from 'node:fs/promises'
import { UserError } from '../protocol/errors.ts'
import { readRecipe } from '../studio/images/png.ts'
import { optionsOf, prefixOf } from '../studio/pictures/recipeOptions.ts'
import type { FileHash, PersonId, PictureOptions, Recipe, RegionOptions, Studio } from '../studio/studio.ts'
import { findMix } from '../studio/styles/styleNames.ts'

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
  /** `mask.png=prompt`, and settings of its own behind ` | `. */
  readonly region?: readonly string[]
  /** A PNG of ours, whose recipe holds for all that is not said. */
  readonly from?: string
  readonly fromStep?: number
  readonly endStep?: number
  readonly count?: number
  /** `name`, `name:weight`, or several of them between commas. */
  readonly style?: string
  readonly out: string
  /** A folder for every step's preview. */
  readonly previews?: string
  readonly json?: boolean
}

/** Reads the files that options name, stores them, and finds the styles. */
export async function readOptions(
  studio: Studio,
  person: PersonId,
  prompt: string,
  options: ImagineOptions,
): Promise<PictureOptions> {
  const { negative, seed, variation, variationSeed, steps, timesteps, size, guidance, guidanceByStep } = options
  const { image, strength, mask, maskBlur, region, from, fromStep, endStep, count, style, previews } = options
  if (fromStep !== undefined && from === undefined) {
    throw new UserError('request/branch', 'A branch begins at a step of a picture.', { hint: 'Name it with --from.' })
  }
  const recipe = from === undefined ? undefined : await recipeOf(from)
  return {
    ...(recipe && optionsOf(recipe, { same: true })),
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
    ...(image !== undefined && { image: await take(studio, person, image) }),
    ...(strength !== undefined && { strength }),
    ...(mask !== undefined && { maskImage: await take(studio, person, mask) }),
    ...(maskBlur !== undefined && { maskBlur }),
    ...(region !== undefined && { regions: await readRegions(studio, person, region) }),
    ...(recipe && fromStep !== undefined && { prefix: prefixOf(recipe, fromStep) }),
    ...(endStep !== undefined && { endStep }),
    ...(count !== undefined && { count }),
    ...(style !== undefined && { styles: await findMix(studio.styles, person, style) }),
    ...(previews !== undefined && { previews: true }),
  }
}

async function recipeOf(file: string): Promise<Recipe> {
  const recipe = readRecipe(await readImage(file))
  if (recipe) return recipe
  throw new UserError('request/branch', `Expected ${file} to carry a recipe: name a PNG that was painted here.`)
}

async function readRegions(studio: Studio, person: PersonId, texts: readonly string[]): Promise<RegionOptions[]> {
  const regions: RegionOptions[] = []
  for (const text of texts) {
    const { file, style, ...region } = parseRegion(text)
    regions.push({
      ...region,
      mask: await take(studio, person, file),
      ...(style !== undefined && { styles: await findMix(studio.styles, person, style) }),
    })
  }
  return regions
}

/** `left.png=a red house | guidance=4 | style=ink:0.5 | weight=2 | negative=a cat`, of which only the first part is needed. */
export function parseRegion(text: string) {
  const [said = '', ...settings] = text.split(' | ')
  const [file, prompt] = splitAt(said)
  const known = new Map(settings.map(splitAt))
  const unknown = [...known.keys()].find(name => !['guidance', 'weight', 'style', 'negative'].includes(name))
  if (!file || !prompt || unknown !== undefined) {
    const expected = 'mask.png=prompt, and behind it | guidance=…, | weight=…, | style=… or | negative=…'
    throw new UserError('request/region', `Expected a region to be ${expected}, got "${text}".`)
  }
  const number = (name: string) => (known.has(name) ? { [name]: Number(known.get(name)) } : {})
  return {
    ...{ file, prompt, ...number('guidance'), ...number('weight') },
    ...(known.has('style') && { style: known.get('style')! }),
    ...(known.has('negative') && { negativePrompt: known.get('negative')! }),
  }
}

function splitAt(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

/** Stores an image of the person's own. */
async function take({ pictures }: Studio, by: PersonId, file: string): Promise<FileHash> {
  return (await pictures.files.take(by, await readImage(file))).file
}

async function readImage(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new UserError('image/broken', `The image ${file} cannot be read: name a PNG, JPEG or WebP file.`, { cause })
  }
}
