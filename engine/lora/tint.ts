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
