/**
 * The guidance scale as a vector, `get_guidance_scale_embedding` of diffusers' LCM pipelines: sines and cosines of
 * 1000·w at geometrically falling frequencies, w = guidance − 1 (Imagen's scale counts from 1, the paper's from 0).
 *
 * Every operation rounds to float32 as torch does: the arguments reach thousands of radians, where float64 would give
 * other values already in the third decimal.
 */
export function embedGuidance(guidance: number, dim: number): Float32Array {
  const half = Math.floor(dim / 2)
  const w = Math.fround(Math.fround(guidance - 1) * 1000)
  const decay = Math.fround(Math.fround(Math.log(10000)) / (half - 1))
  const embedding = new Float32Array(dim) // an odd dim ends in 0
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(Math.exp(Math.fround(i * -decay)))
    const angle = Math.fround(w * frequency)
    embedding[i] = Math.sin(angle)
    embedding[half + i] = Math.cos(angle)
  }
  return embedding
}
