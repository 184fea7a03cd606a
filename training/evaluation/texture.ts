/**
 * How a picture is worked: which waves its luma is made of, by fineness and by direction, whatever its colours and wherever
 * things are. No network is trained for it.
 */
import { eachWave, lumaOf, wavesOf } from './sharpness.ts'

/** Octaves of frequency, the finest first: ½ to ¼ of a cycle a pixel, ¼ to ⅛ … of a picture of 256 px. */
export const octaves = 5
export const directions = 4

/** Below it there is nothing: energy of luma that rounding to bytes leaves. */
const floor = 1e-7

/**
 * Mean log₁₀ energy in each octave and direction over square pictures (RGB bytes), `octaves` × `directions` numbers. Pictures
 * of any size are compared at their own pixels.
 */
export function textureOf(pictures: readonly Uint8Array[], side: number): Float64Array {
  const waves = wavesOf(side)
  const mean = new Float64Array(octaves * directions)
  for (const picture of pictures) {
    const energies = new Float64Array(octaves * directions)
    eachWave(lumaOf(picture), side, waves, (across, down, energy) => {
      const octave = Math.floor(-1 - Math.log2(Math.hypot(across, down)))
      if (octave >= octaves) return
      const turn = Math.atan2(down, across) / Math.PI + 1 + 0.5 / directions
      energies[Math.max(0, octave) * directions + (Math.floor(turn * directions) % directions)]! += energy
    })
    for (const [at, energy] of energies.entries()) mean[at]! += Math.log10(energy + floor) / pictures.length
  }
  return mean
}

/** Root mean square difference of two textures, in orders of magnitude. */
export function textureDistance(one: Float64Array, other: Float64Array): number {
  return Math.sqrt(one.reduce((sum, value, at) => sum + (value - other[at]!) ** 2, 0) / one.length)
}
