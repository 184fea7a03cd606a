import { eigenOf } from '../../onnx/linalg/matrix.ts'

/**
 * The tint of a style: what it does to colours, as an affine map of every latent pixel, z′ = z + M z + b. It comes after
 * the last step, so that the network sees the colours that it knows all the way. Zeros are none, and half of it goes half
 * the way. As a vector: C rows of C values of M and one of b.
 */
export const tintLength = (channels: number): number => channels * (channels + 1)

/** Latents (C, h, w) in the colours of a style. */
export function tinted(latents: Float32Array, tint: Float32Array, channels: number): Float32Array {
  const area = latents.length / channels
  const moved = latents.slice()
  for (let row = 0; row < channels; row++) {
    const factors = tint.subarray(row * (channels + 1), (row + 1) * (channels + 1))
    for (let pixel = 0; pixel < area; pixel++) {
      let change = factors[channels]!
      for (let column = 0; column < channels; column++) change += factors[column]! * latents[column * area + pixel]!
      moved[row * area + pixel]! += change
    }
  }
  return moved
}

/** What latents of pictures in general are like, channel by channel. */
export interface LatentSpread {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** What a scaling factor is chosen for, as Stable Diffusion's is. */
export const standardSpread = (channels: number): LatentSpread => ({
  mean: Array<number>(channels).fill(0),
  deviation: Array<number>(channels).fill(1),
})

/**
 * Latents of a picture that is painted over, without the tint if it has it already, as one that was painted in the style
 * has: put on again and again, it would turn pictures into mud. Which of the two is likelier, with T = I + M and latents
 * of pictures in general taken for normal, each channel by itself:
 *
 *   log p(T⁻¹ (z − b)) − log det T  >  log p(z)
 */
export function withoutTint(latents: Float32Array, tint: Float32Array, spread: LatentSpread): Float32Array {
  const channels = spread.mean.length
  const { values, vectors } = spectrumOf(tint, channels)
  const area = latents.length / channels
  const bare = new Float32Array(latents.length)
  for (let pixel = 0; pixel < area; pixel++) {
    for (const [each, value] of values.entries()) {
      const vector = vectors.subarray(each * channels, (each + 1) * channels)
      let along = 0
      for (let channel = 0; channel < channels; channel++) {
        const shift = tint[channel * (channels + 1) + channels]!
        along += vector[channel]! * (latents[channel * area + pixel]! - shift)
      }
      for (let channel = 0; channel < channels; channel++) {
        bare[channel * area + pixel]! += (along / value) * vector[channel]!
      }
    }
  }
  const volume = area * values.reduce((sum, value) => sum + Math.log(value), 0)
  return halfSquares(bare, spread) + volume < halfSquares(latents, spread) ? bare : latents
}

/** Colours that a style leaves less of than this cannot be had back: it would be noise, blown up. */
const leastLeft = 0.05

/** Of T, which is symmetric for tints that were computed here, and for weighted means of those and of none. */
function spectrumOf(tint: Float32Array, channels: number) {
  const at = (row: number, column: number) => tint[row * (channels + 1) + column]!
  const symmetric = Float64Array.from({ length: channels * channels }, (_, index) => {
    const [row, column] = [Math.floor(index / channels), index % channels]
    return (at(row, column) + at(column, row)) / 2 + (row === column ? 1 : 0)
  })
  const { values, vectors } = eigenOf(symmetric, channels)
  return { values: values.map(value => Math.max(leastLeft, value)), vectors }
}

/** −log p of latents, but for what all have in common. */
function halfSquares(latents: Float32Array, { mean, deviation }: LatentSpread): number {
  const area = latents.length / mean.length
  let sum = 0
  for (const [channel, middle] of mean.entries())
    for (const value of latents.subarray(channel * area, (channel + 1) * area))
      sum += ((value - middle) / deviation[channel]!) ** 2
  return sum / 2
}
