/**
 * UNets that were trained to inpaint take more than latents: which cells are masked, and the latents of the picture
 * without what is masked, as diffusers' `StableDiffusionInpaintPipeline` gives them. Nothing is renewed after a step then:
 * the UNet sees what lies around the mask.
 */
import type { Mask } from '../types/mask.ts'
import type { Rgb } from '../types/rgb.ts'
import { latentMask, maskedFrom } from './masks.ts'
import { joinedChannels } from './rows.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Everything is masked: what such a UNet is told where no mask is asked for. */
export function fullMask({ width, height }: Size): Mask {
  return { width, height, data: new Uint8Array(width * height).fill(255) }
}

/** A picture of which nothing is seen. */
export function blank({ width, height }: Size): Rgb {
  return { width, height, data: new Uint8Array(3 * width * height) }
}

/** What the UNet takes behind the latents, (1 + C, h, w). `latents`: of the picture without what is masked, (C, h, w). */
export function inpaintingInput(mask: Mask, latents: Float32Array, factor: number): Float32Array {
  const cells = latentMask({ ...mask, data: mask.data.map(value => (value >= maskedFrom ? 255 : 0)) }, factor)
  return joinedChannels(cells, latents)
}
