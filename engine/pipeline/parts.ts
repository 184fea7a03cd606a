/**
 * The prompts that take part in one step: the picture's own and those of its regions. Each has rows of its own in the
 * call of the UNet, and what they believe is mixed in latents after each step, as MultiDiffusion does it (arXiv
 * 2302.08113): a region counts by its weight where its mask is white, the picture's own prompt where no mask is.
 */
import { texturesOf } from '../lora/texture.ts'
import { type LatentSpread, tinted, withoutTint } from '../lora/tint.ts'
import type { PaintRequest } from '../types/engine.ts'
import type { Mask } from '../types/mask.ts'
import {
  guidanceAt,
  needsTwoRows,
  type PromptSettings,
  type Region,
  type StepSettings,
  settingsAt,
} from '../types/settings.ts'
import type { Adapter, TextureLayer } from '../types/styles.ts'
import type { Row } from './rows.ts'

/** One prompt in a step. */
export interface Part {
  readonly settings: PromptSettings
  readonly style: Adapter | undefined
  /** How much it counts in each latent pixel, 0 … 1, (h, w); undefined for the picture's own, which has the rest. */
  readonly share: Float32Array | undefined
}

type StyleOf = (styles: PromptSettings['styles']) => Adapter | undefined

/** The parts of each step, the picture's own first. `factor`: pixels for one latent pixel, in each direction. */
export function partsOfSteps(request: PaintRequest, steps: number, factor: number, styleOf: StyleOf): Part[][] {
  const known = new Map<StepSettings, Part[]>()
  return Array.from({ length: steps }, (_, step) => {
    const settings = settingsAt(request, step)
    const parts = known.get(settings) ?? partsOf(settings, factor, styleOf)
    known.set(settings, parts)
    return parts.map(part => ({
      ...part,
      settings: { ...part.settings, guidance: guidanceAt(part.settings, step) },
    }))
  })
}

function partsOf(settings: StepSettings, factor: number, styleOf: StyleOf): Part[] {
  const regions = settings.regions ?? []
  const shares = sharesOf(regions, factor)
  return [
    { settings, style: styleOf(settings.styles), share: undefined },
    ...regions.map((region, at) => ({ settings: region, style: styleOf(region.styles), share: shares[at]! })),
  ]
}

/** Where regions cover a cell more than once, their weights are divided by their sum; the picture's own has the rest. */
function sharesOf(regions: readonly Region[], factor: number): Float32Array[] {
  const shares = regions.map(({ mask, weight = 1 }) => coverage(mask, factor).map(covered => covered * weight))
  const covered = regions.map(({ mask }) => coverage(mask, factor))
  const length = shares[0]?.length ?? 0
  for (let cell = 0; cell < length; cell++) {
    const sum = shares.reduce((total, share) => total + share[cell]!, 0)
    const whole = Math.min(
      1,
      covered.reduce((total, share) => total + share[cell]!, 0),
    )
    for (const share of shares) share[cell] = sum === 0 ? 0 : (share[cell]! / sum) * whole
  }
  return shares
}

/** The mean of a mask over each cell, 0 … 1, (h, w). */
function coverage({ width, height, data }: Mask, factor: number): Float32Array {
  const columns = width / factor
  const cells = new Float32Array(columns * (height / factor))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / factor) * columns + Math.floor(x / factor)
      cells[cell]! += data[y * width + x]! / (255 * factor * factor)
    }
  }
  return cells
}

/** Own + Σ share · (part − own), cell by cell, of latents (C, h, w): where all agree it is exactly the picture's own. */
export function mixed(values: readonly Float32Array[], parts: readonly Part[]): Float32Array {
  const [own, ...others] = values
  if (others.length === 0) return own!
  const sum = own!.slice()
  for (const [at, value] of others.entries()) {
    const share = parts[at + 1]!.share!
    for (let i = 0; i < sum.length; i++) sum[i]! += share[i % share.length]! * (value[i]! - own![i]!)
  }
  return sum
}

/** Latents in the colours of the parts' styles. `channels`: of the latents. */
export function coloured(latents: Float32Array, parts: readonly Part[], channels: number): Float32Array {
  const inColours = parts.map(({ style }) => (style?.tint ? tinted(latents, style.tint, channels) : latents))
  return mixed(inColours, parts)
}

/** Latents of a picture that is painted over, without the colours that are put on at the end. */
export function uncoloured(latents: Float32Array, parts: readonly Part[], spread: LatentSpread): Float32Array {
  const bare = parts.map(({ style }) => (style?.tint ? withoutTint(latents, style.tint, spread) : latents))
  return mixed(bare, parts)
}

/** The textures of the parts' styles, each on its own part of the picture. */
export function texturesOn(parts: readonly Part[]): TextureLayer[] {
  const shares = sharesOfParts(parts)
  return parts.flatMap(({ style }, at) => texturesOf(style).map(use => ({ ...use, share: shares[at] })))
}

/** How much of each cell is a part's, (h, w): regions have theirs, the picture's own has the rest; undefined for all of it. */
function sharesOfParts([, ...regions]: readonly Part[]): (Float32Array | undefined)[] {
  if (regions.length === 0) return [undefined]
  const own = regions[0]!.share!.map((_, cell) => 1 - regions.reduce((sum, { share }) => sum + share![cell]!, 0))
  return [own, ...regions.map(({ share }) => share)]
}

/** What rows need to know that the parts do not say. */
export interface RowContext extends Pick<Row, 'sample' | 'inpainting' | 'timestep'> {
  readonly promptEmbedsOf: (prompt: string | null) => Float32Array
  /** undefined for a model without guidance embedding. */
  readonly guidanceOf: (scale: number) => Float32Array | undefined
  readonly guidanceEmbedding: boolean
}

/** The prompts of a part in the order of its rows: the negative one first, as in diffusers, if it is guided by two rows. */
export function promptsOf({ settings }: Part, guidanceEmbedding: boolean): (string | null)[] {
  const { prompt, negativePrompt, guidance } = settings
  return needsTwoRows(guidance, guidanceEmbedding) ? [negativePrompt || null, prompt] : [prompt]
}

/** The rows of a part in the call of the UNet: one, or two where guidance is not an embedding. */
export function rowsOfPart(part: Part, { promptEmbedsOf, ...context }: RowContext): Row[] {
  const { sample, inpainting, timestep } = context
  const guidance = context.guidanceOf(part.settings.guidance)
  return promptsOf(part, context.guidanceEmbedding).map(prompt => ({
    ...{ sample, inpainting, timestep, guidance, style: part.style },
    promptEmbeds: promptEmbedsOf(prompt),
  }))
}

/** Classifier-free guidance (arXiv 2207.12598): what the outputs of a part's rows come to. */
export function guided(outputs: readonly Float32Array[], guidance: number): Float32Array {
  const [first, conditional] = outputs
  if (!conditional) return first!
  return first!.map((unconditional, i) => unconditional + guidance * (conditional[i]! - unconditional))
}
