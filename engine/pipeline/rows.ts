import type { Adapter } from '../types/styles.ts'

/** One sample before one step. */
export interface Row {
  /** (C, h, w) */
  readonly sample: Float32Array
  /** (1 + C, h, w), for a UNet that was trained to inpaint (`inpainting.ts`). */
  readonly inpainting?: Float32Array | undefined
  readonly timestep: number
  /** (T, D), and behind it the pooled embedding where there are two text encoders. */
  readonly promptEmbeds: Float32Array
  /** (guidanceDim), where the model takes one. */
  readonly guidance: Float32Array | undefined
  readonly style?: Adapter | undefined
}

/** In latent pixels. */
export interface LatentSize {
  readonly width: number
  readonly height: number
}

/** A list cut into consecutive pieces of these lengths. */
export function pieces<Value>(values: readonly Value[], lengths: readonly number[]): Value[][] {
  let start = 0
  return lengths.map(length => {
    start += length
    return values.slice(start - length, start)
  })
}

/** Planes one behind the other, (C₁, h, w) and (C₂, h, w) → (C₁ + C₂, h, w). */
export function joinedChannels(first: Float32Array, second: Float32Array): Float32Array {
  const all = new Float32Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
