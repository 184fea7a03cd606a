/**
 * Masks: what of a picture is painted anew, in latents while it is painted and in pixels when it is done. As diffusers'
 * `StableDiffusionInpaintPipeline` does it with a UNet of four channels: after each step everything outside the mask is
 * the original again, noised as far as the rest is. A soft edge is held for some of the steps, the longer the darker it
 * is ("Differential Diffusion", arXiv 2306.00950), so that no two noises are ever mixed.
 */
import type { Mask } from '../types/mask.ts'
import type { Rgb } from '../types/rgb.ts'

/** From which value on a pixel counts as masked where there is no between: half of white, as in diffusers. */
export const maskedFrom = 128

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
