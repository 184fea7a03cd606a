/**
 * Carries the palette of a style over to other pictures, in latents: the linear map between two Gaussians of channels
 * that moves them the least (Monge and Kantorovich; Pitié and Kokaram 2007 use it for colours),
 *
 *   z′ = μ_s + T (z − μ_p),   T = P^-½ (P^½ S P^½)^½ P^-½.
 *
 * The base model's own pictures keep a student from forgetting what it can paint. Left as they are, they would also
 * teach that its own prompts are to be painted without the style.
 */
import { type Gaussian, gaussianOf } from '../evaluation/frechet.ts'
import { eigenOf, multiply, squareRoot } from '../evaluation/matrix.ts'

/** One map of latents (C, h, w) for all pictures, so that a night stays darker than a day. */
export function recolouring(
  pictures: readonly Float32Array[],
  style: readonly Float32Array[],
  channels: number,
): (latents: Float32Array) => Float32Array {
  const [from, to] = [pictures, style].map(some => gaussianOf(some.flatMap(latents => pixelsOf(latents, channels))))
  const map = mapBetween(from!, to!, channels)
  return latents => {
    const area = latents.length / channels
    const moved = new Float32Array(latents.length)
    for (let pixel = 0; pixel < area; pixel++) {
      for (let row = 0; row < channels; row++) {
        let value = to!.mean[row]!
        for (let column = 0; column < channels; column++) {
          value += map[row * channels + column]! * (latents[column * area + pixel]! - from!.mean[column]!)
        }
        moved[row * area + pixel] = value
      }
    }
    return moved
  }
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
