/**
 * Principal components of 8×8 patches: the best linear codec, and where the autoencoder begins.
 * A patch has 3·b·b numbers, channel by channel, row by row.
 */
export interface PatchCodec {
  readonly mean: Float64Array
  /** One unit vector for each channel, the strongest first. */
  readonly axes: readonly Float64Array[]
  /** Standard deviation along each axis. */
  readonly deviations: readonly number[]
}

export function fitPatches(patches: readonly Float32Array[], channels: number): PatchCodec {
  const size = patches[0]!.length
  const mean = new Float64Array(size)
  for (const patch of patches) {
    for (let at = 0; at < size; at++) mean[at]! += patch[at]! / patches.length
  }
  const covariance = new Float64Array(size * size)
  const centred = new Float64Array(size)
  for (const patch of patches) {
    for (let at = 0; at < size; at++) centred[at] = patch[at]! - mean[at]!
    for (let row = 0; row < size; row++) {
      for (let column = row; column < size; column++)
        covariance[row * size + column]! += centred[row]! * centred[column]!
    }
  }
  for (let row = 0; row < size; row++) {
    for (let column = row; column < size; column++) {
      covariance[row * size + column]! /= patches.length
      covariance[column * size + row] = covariance[row * size + column]!
    }
  }
  const axes: Float64Array[] = []
  const deviations: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const { axis, variance } = strongestAxis(covariance, size, channel)
    axes.push(axis)
    deviations.push(Math.sqrt(variance))
    // Deflate: what the axis explains is gone for those that follow.
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++)
        covariance[row * size + column]! -= variance * axis[row]! * axis[column]!
    }
  }
  return { mean, axes, deviations }
}

/** Power iteration. */
function strongestAxis(matrix: Float64Array, size: number, seed: number): { axis: Float64Array; variance: number } {
  let axis = Float64Array.from({ length: size }, (_, at) => Math.sin(1 + at * (seed + 1.7)))
  let variance = 0
  for (let round = 0; round < 300; round++) {
    const next = new Float64Array(size)
    for (let row = 0; row < size; row++) {
      let sum = 0
      for (let column = 0; column < size; column++) sum += matrix[row * size + column]! * axis[column]!
      next[row] = sum
    }
    variance = Math.hypot(...next)
    axis = next.map(value => value / variance)
  }
  return { axis, variance }
}
