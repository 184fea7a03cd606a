import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import type { PaintOutput, Rgb } from '../../engine/index.ts'
import type { EveryField } from '../shared/fields.ts'
import type { Recipe, StyleInRecipe } from './recipe.ts'

/**
 * Text inside a PNG file, by keyword. W3C PNG (third edition), section 11.3.3: a `tEXt` chunk holds Latin-1, an `iTXt`
 * chunk UTF-8; both stand here uncompressed, right after the header, where every reader views.
 */
export type Texts = Readonly<Record<string, string>>

/** The keyword of our own JSON; `parameters` is the one that AUTOMATIC1111 and its many readers use. */
export const recipeKeyword = 'fourstroke'

/** The same picture and recipe always give the same bytes, so that a picture painted twice is one file. */
export async function encodePicture(picture: Rgb, recipe: Recipe, output: PaintOutput): Promise<Uint8Array> {
  const { width, height, data } = picture
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
  return withTexts(png, { parameters: parametersOf(recipe), [recipeKeyword]: recipeJson(recipe, output) })
}

/** Everything that makes the picture again. In an order of its own: a database may give a recipe back in another. */
function recipeJson(recipe: Recipe, { timesteps, device }: PaintOutput): string {
  const { prompt, understoodAs, negativePrompt, unsaid, seed, variation, steps, customTimesteps } = recipe
  const { guidance, guidanceByStep } = recipe
  const { width, height, image, strength, maskImage, maskBlur, regions, prefix, endStep, upscale } = recipe
  const { inkMask, autoencoder, model, modelHash } = recipe
  const styles = recipe.styles?.map(
    ({ style, name, version, weight }) => ({ style, name, version, weight }) satisfies EveryField<StyleInRecipe>,
  )
  const whole = {
    ...{ prompt, understoodAs, negativePrompt, unsaid, seed, variation: sorted(variation), steps, customTimesteps },
    ...{ guidance, guidanceByStep, width, height, image, strength, maskImage, maskBlur, inkMask, styles },
    ...{ regions: sorted(regions), prefix: sorted(prefix), endStep, upscale, autoencoder, model, modelHash },
  } satisfies EveryField<Recipe>
  return JSON.stringify({ ...whole, timesteps, device })
}

/** The same value with the fields of all its objects in alphabetical order. */
function sorted<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted) as Value
  const entries = Object.entries(value).map(([field, inner]) => [field, sorted(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as Value
}

/** The recipe that a PNG of ours carries; undefined for any other picture. */
export function readRecipe(png: Uint8Array): Recipe | undefined {
  const text = readTexts(png)[recipeKeyword]
  if (text === undefined) return undefined
  try {
    // Which timesteps were visited and on what device follows from the rest.
    const { timesteps: _, device: __, ...recipe } = JSON.parse(text) as Recipe & Record<'timesteps' | 'device', unknown>
    return typeof recipe.prompt === 'string' ? recipe : undefined
  } catch {
    return undefined
  }
}

type Settings = Readonly<Record<string, string | number | undefined>>
/**
 * What other tools call each field of a recipe, in the order of their line. null: it stands elsewhere, or they have
 * nothing like it (a file of ours).
 */
const settingsOf: { readonly [K in keyof Required<Recipe>]: ((recipe: Recipe) => Settings) | null } = {
  prompt: null,
  negativePrompt: null,
  unsaid: null,
  steps: ({ steps }) => ({ Steps: steps, Sampler: 'LCM' }),
  guidance: ({ guidance }) => ({ 'CFG scale': guidance }),
  seed: ({ seed }) => ({ Seed: seed }),
  width: ({ width, height }) => ({ Size: `${width}x${height}` }),
  height: null,
  image: null,
  // Cut to ten digits, as theirs.
  modelHash: ({ modelHash }) => ({ 'Model hash': modelHash.slice(0, 10) }),
  model: ({ model }) => ({ Model: model }),
  strength: ({ strength }) => ({ 'Denoising strength': strength }),
  variation: ({ variation }) => ({ 'Variation seed': variation?.seed, 'Variation seed strength': variation?.strength }),
  maskImage: null,
  maskBlur: ({ maskBlur }) => ({ 'Mask blur': maskBlur }),
  inkMask: null,
  customTimesteps: null,
  guidanceByStep: null,
  regions: null,
  prefix: null,
  endStep: null,
  autoencoder: null,
  upscale: ({ upscale }) => ({ 'Hires upscale': upscale && 2 }),
  understoodAs: ({ understoodAs }) => ({ 'Understood as': understoodAs }),
  // As the command line takes them; a style's name holds neither colons nor commas.
  styles: ({ styles }) => ({ Styles: styles?.map(({ name, weight }) => `${name}:${weight}`).join(', ') }),
}

/** What image tools show and can paste back. */
export function parametersOf(recipe: Recipe): string {
  const settings: Settings = Object.assign({}, ...Object.values(settingsOf).map(setting => setting?.(recipe)))
  const line = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${/[,:"\n]/.test(String(value)) ? JSON.stringify(value) : value}`)
  const negative = recipe.negativePrompt === undefined ? '' : `Negative prompt: ${escaped(recipe.negativePrompt)}\n`
  return `${escaped(recipe.prompt)}\n${negative}${line.join(', ')}`
}

/**
 * Lines of a prompt that their readers would take for a field begin with a backslash, which those tools' own syntax of
 * prompts drops: what they paint again is the prompt.
 */
function escaped(prompt: string): string {
  return prompt.replace(/^(?=[^\S\n]*(Negative prompt|Steps):)/gm, '\\')
}

/** The same PNG file with these texts right after its header. */
export function withTexts(png: Uint8Array, texts: Texts): Uint8Array {
  const afterHeader = 8 + 12 + 13 // signature · chunk frame · IHDR
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text))
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)])
}

/** The texts of a PNG file, by keyword. */
export function readTexts(png: Uint8Array): Texts {
  const texts: Record<string, string> = {}
  for (const { type, data } of chunksOf(png)) {
    const text = type === 'tEXt' || type === 'iTXt' ? Buffer.from(data) : null
    if (!text) continue
    const keywordEnd = text.indexOf(0)
    const keyword = text.toString('latin1', 0, keywordEnd)
    if (type === 'tEXt') texts[keyword] = text.toString('latin1', keywordEnd + 1)
    else if (text[keywordEnd + 1] === 0) {
      // After keyword, compression flag and method come language and translated keyword, each ended by a zero.
      const languageEnd = text.indexOf(0, keywordEnd + 3)
      texts[keyword] = text.toString('utf8', text.indexOf(0, languageEnd + 1) + 1)
    }
  }
  return texts
}

/** One chunk of a PNG file, without its length and checksum. */
export interface PngChunk {
  readonly type: string
  readonly data: Uint8Array
}

/** The chunks of a PNG file in order, as far as the bytes reach; stops at a chunk that is cut off. */
export function* chunksOf(png: Uint8Array): Generator<PngChunk> {
  const view = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  for (let at = 8; at + 12 <= view.length; ) {
    const length = view.readUInt32BE(at)
    if (at + 12 + length > view.length) return
    yield { type: view.toString('latin1', at + 4, at + 8), data: view.subarray(at + 8, at + 8 + length) }
    at += 12 + length
  }
}

function textChunk(keyword: string, text: string): Buffer {
  const isLatin1 = /^[\n\x20-\x7e\xa0-\xff]*$/.test(text)
  return isLatin1
    ? chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
    : chunk('iTXt', Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')]))
}

/** length · type · data · CRC-32 over type and data */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
