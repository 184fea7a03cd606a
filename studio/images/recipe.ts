import type { Autoencoder } from '../../engine/index.ts'
import type { FileHash, StyleId } from '../shared/ids.ts'
import { objectIn } from '../shared/rowJson.ts'

/** What one prompt says in a recipe. */
export interface PromptInRecipe {
  readonly prompt: string
  /** What the model was told in place of the prompt, in its own words; it follows from both, and is not asked for again. */
  readonly understoodAs?: string
  readonly negativePrompt?: string
  readonly guidance: number
  readonly guidanceByStep?: readonly number[]
  readonly styles?: readonly StyleInRecipe[]
}

/** A part of the picture with a prompt of its own. */
export interface RegionInRecipe extends PromptInRecipe {
  /** Where it applies: white there, black elsewhere. */
  readonly mask: FileHash
  readonly weight?: number
}

/** What decides each step, besides what the whole picture has in common. */
export interface StepsInRecipe extends PromptInRecipe {
  readonly seed: number
  /** Noise between that of two seeds. */
  readonly variation?: { readonly seed: number; readonly strength: number }
  readonly regions?: readonly RegionInRecipe[]
}

/** The first steps of a branch, as another recipe had them. */
export interface PrefixInRecipe extends StepsInRecipe {
  /** The last step that is painted like this, counted from 1. */
  readonly untilStep: number
}

/** Everything that makes the picture again, bit for bit, on the same model and device. */
export interface Recipe extends StepsInRecipe {
  /** What the model understood where the prompt was silent; it follows from both, and is not asked for again. */
  readonly unsaid?: string
  readonly steps: number
  /** In place of those that follow from `steps`; a PNG says under `timesteps` which were visited. */
  readonly customTimesteps?: readonly number[]
  readonly width: number
  readonly height: number
  readonly image?: FileHash
  readonly strength?: number
  /** Where `image` may change: white there, black elsewhere. */
  readonly maskImage?: FileHash
  /** Pixels that the edges of the mask are softened by (σ of a Gaussian). */
  readonly maskBlur?: number
  /** Where `image` is ink over a picture, which is held: white there, black elsewhere. */
  readonly inkMask?: FileHash
  readonly prefix?: readonly PrefixInRecipe[]
  /** The step that it ends after, counted from 1; all if left out. */
  readonly endStep?: number
  /** A second pass: the picture has twice the side of `width` × `height`. */
  readonly upscale?: { readonly strength: number }
  /** `tiny`: decoded by the model's tiny autoencoder, as live frames are; the full one if left out. */
  readonly autoencoder?: Autoencoder
  readonly model: string
  readonly modelHash: string
}

/** A style as it was, in the recipe of a picture. It stays there when the style is renamed or deleted. */
export interface StyleInRecipe {
  readonly style: StyleId
  readonly name: string
  readonly version: number
  readonly weight: number
}

const unreadable: Recipe = {
  ...{ prompt: '', guidance: 1, seed: 0, steps: 1, width: 1, height: 1, model: '', modelHash: '' },
}
const lists = ['styles', 'guidanceByStep', 'regions', 'customTimesteps', 'prefix'] as const satisfies (keyof Recipe)[]

/** The recipe in a row: what must be there and is not, or is not what it should be, is blank. */
export function recipeIn(stored: unknown): Recipe {
  const found = objectIn(stored)
  const blanks = Object.entries(unreadable).filter(([field, blank]) => typeof found[field] !== typeof blank)
  const broken = lists.filter(field => found[field] !== undefined && !Array.isArray(found[field]))
  if (blanks.length + broken.length === 0) return found as unknown as Recipe // its fields were just looked at
  const readable = Object.entries(found).filter(([field]) => !broken.some(list => list === field))
  return { ...unreadable, ...Object.fromEntries(readable), ...Object.fromEntries(blanks) }
}

/** The size in pixels of the picture that comes of a recipe: a second pass doubles both sides. */
export function paintedSize({ width, height, upscale }: Recipe): { width: number; height: number } {
  const factor = upscale ? 2 : 1
  return { width: width * factor, height: height * factor }
}

/** Everything that a recipe says in words and asks to be painted. */
export function textsOf({ prompt, regions = [], prefix = [] }: Recipe): string[] {
  const regional = [regions, ...prefix.map(each => each.regions ?? [])].flat().map(region => region.prompt)
  return [prompt, ...prefix.map(each => each.prompt), ...regional]
}

/** Every style that a recipe is painted in anywhere: its own, its regions', and those of a branch's first steps. */
export function stylesOf({ styles = [], regions = [], prefix = [] }: Recipe): StyleInRecipe[] {
  const regional = [regions, ...prefix.map(each => each.regions ?? [])].flat().flatMap(region => region.styles ?? [])
  return [...styles, ...prefix.flatMap(each => each.styles ?? []), ...regional]
}

/** The masks that a recipe names, each once: files of ours. */
export function masksOf({ maskImage, inkMask, regions = [], prefix = [] }: Recipe): FileHash[] {
  const masks = [regions, ...prefix.map(each => each.regions ?? [])].flat().map(({ mask }) => mask)
  return [...new Set([maskImage, inkMask, ...masks].filter(file => file !== undefined))]
}

/** The files of ours that a recipe needs besides the picture itself. */
export function filesOf(recipe: Recipe): FileHash[] {
  return [...(recipe.image === undefined ? [] : [recipe.image]), ...masksOf(recipe)]
}
