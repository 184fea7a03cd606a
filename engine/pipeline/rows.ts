import type { Adapter } from '../types/styles.ts'

/** One sample before one step. */
export interface Row {
  /** (C, h, w) */
  readonly sample: Float32Array
  readonly timestep: number
  /** (T, D) */
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
