/**
 * The colours of a style, found without any learning: the linear map between two Gaussians of latent channels that moves
 * them the least (Monge and Kantorovich; Pitié and Kokaram 2007 use it for colours),
 *
 *   z′ = μ_s + T (z − μ_p),   T = P^-½ (P^½ S P^½)^½ P^-½.
 */
import { type Gaussian, gaussianOf } from '../../onnx/linalg/frechet.ts'
import { eigenOf, multiply, squareRoot } from '../../onnx/linalg/matrix.ts'
import { tintLength } from '../lora/tint.ts'

/** The tint that gives pictures (C, h, w) the colours of a style: one for all of them, so that a night stays darker than a day. */
export function tintBetween(
  pictures: readonly Float32Array[],
  style: readonly Float32Array[],
  channels: number,
): Float32Array {
  const [from, to] = [pictures, style].map(some => gaussianOf(some.flatMap(latents => pixelsOf(latents, channels))))
  const map = mapBetween(from!, to!, channels)
  const tint = new Float32Array(tintLength(channels))
  for (let row = 0; row < channels; row++) {
    const factors = map.subarray(row * channels, (row + 1) * channels)
    const mean = factors.reduce((sum, factor, column) => sum + factor * from!.mean[column]!, 0)
    tint.set(
      factors.map((factor, column) => (column === row ? factor - 1 : factor)),
      row * (channels + 1),
    )
    tint[row * (channels + 1) + channels] = to!.mean[row]! - mean
  }
  return tint
}

function mapBetween({ covariance: p }: Gaussian, { covariance: s }: Gaussian, size: number): Float64Array {
  const root = squareRoot(p, size)
  const inverse = inverseRoot(p, size)
  const middle = squareRoot(multiply(multiply(root, s, size), root, size), size)
  return multiply(multiply(inverse, middle, size), inverse, size)
}

/** Variances below this share of the largest are noise, which must not be blown up. */
const leastShare = 1e-4

function inverseRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = eigenOf(matrix, size)
  const least = leastShare * Math.max(...values)
  const inverse = new Float64Array(size * size)
  for (let each = 0; each < size; each++) {
    const weight = 1 / Math.sqrt(Math.max(least, values[each]!))
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        inverse[row * size + column]! += weight * vectors[each * size + row]! * vectors[each * size + column]!
      }
    }
  }
  return inverse
}

function pixelsOf(latents: Float32Array, channels: number): Float32Array[] {
  const area = latents.length / channels
  return Array.from({ length: area }, (_, pixel) =>
    Float32Array.from({ length: channels }, (_, channel) => latents[channel * area + pixel]!),
  )
}
