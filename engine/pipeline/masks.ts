/**
 * Masks: what of a picture is painted anew, in latents while it is painted and in pixels when it is done. As diffusers'
 * `StableDiffusionInpaintPipeline` does it with a UNet of four channels: after each step everything outside the mask is
 * the original again, noised as far as the rest is. A soft edge is held for some of the steps, the longer the darker it
 * is ("Differential Diffusion", arXiv 2306.00950), so that no two noises are ever mixed. Ink over a picture is held in the
 * same way: a model takes lines that its prompt does not say for flaws, and would paint them away.
 */
import type { PaintRequest } from '../types/engine.ts'
import type { Mask } from '../types/mask.ts'
import type { Rgb } from '../types/rgb.ts'

/** From which value on a pixel counts as masked where there is no between: half of white, as in diffusers. */
export const maskedFrom = 128

/** What of `image` may change. */
export interface Change {
  /** Of each pixel. */
  readonly mask: Mask
  /** How much each latent pixel may change, 0 … 1, (h, w). */
  readonly cells: Float32Array
}

/** What mask and ink of a request let change; undefined: everything may. `factor`: pixels for one latent pixel. */
export function changeOf({ maskImage, inkMask, strength = 1 }: PaintRequest, factor: number): Change | undefined {
  // Of ink, as much is held as strength says may not change.
  const held = 1 - strength
  if (inkMask === undefined || held === 0) {
    return maskImage && { mask: maskImage, cells: latentMask(maskImage, factor) }
  }
  const masked = maskImage ?? { ...inkMask, data: new Uint8Array(inkMask.data.length).fill(255) }
  const inCells = latentMask(inkMask, factor)
  return {
    mask: { ...masked, data: masked.data.map((value, i) => Math.round(value * (1 - (held * inkMask.data[i]!) / 255))) },
    cells: latentMask(masked, factor).map((value, i) => value * (1 - held * inCells[i]!)),
  }
}

/** A mask at twice the side. */
export function doubledMask({ width, height, data }: Mask): Mask {
  const doubled = new Uint8Array(4 * data.length)
  for (let i = 0; i < doubled.length; i++) {
    const [x, y] = [i % (2 * width), Math.floor(i / (2 * width))]
    doubled[i] = data[Math.floor(y / 2) * width + Math.floor(x / 2)]!
  }
  return { width: 2 * width, height: 2 * height, data: doubled }
}

/**
 * How much each latent pixel may change, 0 … 1, (h, w): the most that any pixel of its cell may, or thin strokes would
 * be lost. `factor`: pixels for one latent pixel, in each direction.
 */
export function latentMask({ width, height, data }: Mask, factor: number): Float32Array {
  const columns = width / factor
  const cells = new Float32Array(columns * (height / factor))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / factor) * columns + Math.floor(x / factor)
      cells[cell] = Math.max(cells[cell]!, data[y * width + x]! / 255)
    }
  }
  return cells
}

/**
 * `painted` where the mask lets it change and `original` elsewhere, both (C, h, w). `progress`: the share of the steps
 * that are done, 0 … 1; a cell of 0.25 is held for three quarters of them.
 */
export function hold(
  painted: Float32Array,
  original: Float32Array,
  cells: Float32Array,
  progress: number,
): Float32Array {
  const held = painted.slice()
  for (let i = 0; i < held.length; i++) if (1 - cells[i % cells.length]! >= progress) held[i] = original[i]!
  return held
}

/** The painted picture within the mask, the original outside, and between them at soft edges, byte by byte. */
export function composited(painted: Rgb, original: Rgb, mask: Mask): Rgb {
  const data = original.data.slice()
  for (let i = 0; i < data.length; i++) {
    const share = mask.data[Math.floor(i / 3)]! / 255
    if (share > 0) data[i] = Math.round(painted.data[i]! * share + original.data[i]! * (1 - share))
  }
  return { width: painted.width, height: painted.height, data }
}
