import type { Mask, Rgb } from '../types/engine.ts'
import { maskedFrom } from './masks.ts'

/** Rows of RGB bytes → planes of −1 … 1, (3, H, W), as diffusers' VaeImageProcessor. What is masked is 0, a mean grey. */
export function toTensor({ width, height, data }: Rgb, masked?: Mask): Float32Array {
  const area = width * height
  const planes = new Float32Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) {
      if (masked && masked.data[i]! >= maskedFrom) continue
      planes[channel * area + i] = (data[i * 3 + channel]! / 255) * 2 - 1
    }
  }
  return planes
}

/** Planes of −1 … 1, (3, H, W) → rows of RGB bytes. A Uint8ClampedArray bounds and rounds ties to even, as numpy does. */
export function toRgb(planes: Float32Array, width: number, height: number): Rgb {
  const area = width * height
  const data = new Uint8ClampedArray(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) data[i * 3 + channel] = Math.fround(planes[channel * area + i]! / 2 + 0.5) * 255
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}
