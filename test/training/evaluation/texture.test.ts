import { expect, it } from 'vitest'
import { eachWave, wavesOf } from '../../../training/evaluation/sharpness.ts'
import { directions, octaves, textureDistance, textureOf } from '../../../training/evaluation/texture.ts'

const side = 64
const picture = (of: (x: number, y: number) => number) =>
  Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3)
    return Math.round(255 * of(pixel % side, Math.floor(pixel / side)))
  })
const stripes = (pitch: number, dx: number, dy: number) =>
  picture((x, y) => 0.5 + 0.4 * Math.cos((2 * Math.PI * (x * dx + y * dy)) / pitch))
const strongest = (texture: Float64Array) => {
  const at = texture.indexOf(Math.max(...texture))
  return { octave: Math.floor(at / directions), direction: at % directions }
}

it('finds how fine stripes are, and which way they run', () => {
  expect(strongest(textureOf([stripes(3, 1, 0)], side))).toEqual({ octave: 0, direction: 0 })
  expect(strongest(textureOf([stripes(6, 0, 1)], side))).toEqual({ octave: 1, direction: 2 })
  expect(strongest(textureOf([stripes(12, 0, 1)], side))).toEqual({ octave: 2, direction: 2 })
  expect(strongest(textureOf([stripes(8 * Math.SQRT2, 1, 1)], side)).direction).toBe(1)
  expect(strongest(textureOf([stripes(8 * Math.SQRT2, 1, -1)], side)).direction).toBe(3)
  expect(octaves * directions).toBe(textureOf([stripes(3, 1, 0)], side).length)
})

it('does not mind where things are, nor colours that leave the luma', () => {
  const box = (left: number) => picture((x, y) => (x >= left && x < left + 16 && y > 20 && y < 36 ? 0.9 : 0.2))
  const [here, there] = [textureOf([box(8)], side), textureOf([box(30)], side)]
  expect(textureDistance(here, there)).toBeLessThan(0.02)
  expect(textureDistance(here, textureOf([stripes(6, 0, 1)], side))).toBeGreaterThan(1)
})

it('finds the waves that their definition finds, on sides that halve and that do not', () => {
  for (const side of [16, 12, 9]) {
    const luma = Float64Array.from({ length: side * side }, (_, at) => Math.sin(at * at))
    eachWave(luma, side, wavesOf(side), (across, down, energy) => {
      let [real, imaginary] = [0, 0]
      for (const [at, value] of luma.entries()) {
        const angle = 2 * Math.PI * (across * (at % side) + down * Math.floor(at / side))
        real += value * Math.cos(angle)
        imaginary -= value * Math.sin(angle)
      }
      expect(energy).toBeCloseTo((real ** 2 + imaginary ** 2) / side ** 4, 9)
    })
  }
})
