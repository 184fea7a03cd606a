import { eigenvaluesOf, multiply, squareRoot, trace } from './matrix.ts'
import { bootstrap, type Estimate } from './statistics.ts'

/** Mean and covariance of features. */
export interface Gaussian {
  readonly mean: Float64Array
  /** (size, size), divided by n − 1 */
  readonly covariance: Float64Array
}

/** The Gaussian of some rows; `chosen` may name a row more than once. */
export function gaussianOf(rows: readonly Float32Array[], chosen: readonly number[] = [...rows.keys()]): Gaussian {
  const size = rows[0]!.length
  const mean = new Float64Array(size)
  for (const row of chosen) for (let at = 0; at < size; at++) mean[at]! += rows[row]![at]! / chosen.length
  const covariance = new Float64Array(size * size)
  const centred = new Float64Array(size)
  for (const row of chosen) {
    for (let at = 0; at < size; at++) centred[at] = rows[row]![at]! - mean[at]!
    for (let i = 0; i < size; i++) for (let j = i; j < size; j++) covariance[i * size + j]! += centred[i]! * centred[j]!
  }
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      covariance[i * size + j]! /= Math.max(1, chosen.length - 1)
      covariance[j * size + i] = covariance[i * size + j]!
    }
  }
  return { mean, covariance }
}

/**
 * Distances from one Gaussian (Dowson and Landau 1982; arXiv 1706.08500): |μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½). The last
 * root has the trace of (R C₂ R)^½ with R = C₁^½, which is symmetric, and R is computed once.
 */
export function frechetFrom(reference: Gaussian): (other: Gaussian) => number {
  const size = reference.mean.length
  const root = squareRoot(reference.covariance, size)
  return other => {
    let distance = trace(reference.covariance, size) + trace(other.covariance, size)
    for (let at = 0; at < size; at++) distance += (reference.mean[at]! - other.mean[at]!) ** 2
    const product = multiply(multiply(root, other.covariance, size), root, size)
    for (const value of eigenvaluesOf(symmetric(product, size), size)) distance -= 2 * Math.sqrt(Math.max(0, value))
    // Of two equal Gaussians rounding may leave a little less than nothing.
    return Math.max(0, distance)
  }
}

/** How far pictures are from real ones, both as their features. */
export function frechetDistance(
  real: readonly Float32Array[],
  pictures: readonly Float32Array[],
  redraws?: number,
): Estimate {
  const distanceTo = frechetFrom(gaussianOf(real))
  return bootstrap(
    pictures.length,
    chosen => distanceTo(gaussianOf(pictures, chosen)),
    redraws === undefined ? {} : { redraws },
  )
}

/** What two roundings have left unequal. */
function symmetric(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((value, at) => (value + matrix[(at % size) * size + Math.floor(at / size)]!) / 2)
}
