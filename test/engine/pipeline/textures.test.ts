import { afterAll, describe, expect, it } from 'vitest'
import { mixTextures, partsOfTexture, rangeOf, textureLength, texturesOf } from '../../../engine/lora/texture.ts'
import { folded, smoothed, squaredDifference, unfolded } from '../../../engine/pipeline/cells.ts'
import { openTexturing } from '../../../engine/pipeline/textures.ts'
import type { Rgb } from '../../../engine/types/rgb.ts'

const pictureOf = (width: number, height: number, of: (x: number, y: number) => number): Rgb => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3)
    return of(pixel % width, Math.floor(pixel / width)) + (at % 3)
  }),
})
const ramp = pictureOf(96, 64, (x, y) => 40 + x + y)
const redAt = ({ width, data }: Rgb, x: number, y: number) => data[(y * width + x) * 3]!

/** Zeros, for pictures of any colours. */
function blank(): Float32Array {
  const values = new Float32Array(textureLength)
  rangeOf(values).set([-1, -1, -1, 1, 1, 1])
  return values
}

/** A texture that adds to the red of the first pixel of each cell, by its last layer alone. */
function dots(amount: number): Float32Array {
  const values = blank()
  partsOfTexture(values)['out.bias']![0] = amount
  return values
}

/** One that darkens every second column of cells, by its ground. */
function stripes(): Float32Array {
  const values = blank()
  const parts = partsOfTexture(values)
  for (let cell = 0; cell < 64; cell++) parts['ground']![cell] = cell % 2 === 0 ? 4 : 0
  for (let out = 0; out < 192; out++) parts['out.weight']![out * 48] = -0.1
  return values
}

describe('cells', () => {
  it('hold every pixel once, and give the picture back', () => {
    const cells = folded(ramp)
    expect(unfolded(cells, ramp.width, ramp.height)).toEqual(ramp)
    // Channel 0 is the red of each cell's first pixel.
    expect(Math.round((cells[1]! + 1) * 127.5)).toBe(redAt(ramp, 8, 0))
    expect(Math.round((cells[ramp.width / 8]! + 1) * 127.5)).toBe(redAt(ramp, 0, 8))
  })

  it('are smoothed without a shift, and flat ones stay', () => {
    const flat = pictureOf(32, 32, () => 77)
    expect(smoothed(flat, 4)).toEqual(flat)
    const smooth = smoothed(ramp, 3)
    expect(redAt(smooth, 48, 32)).toBe(redAt(ramp, 48, 32))
    const fine = pictureOf(64, 64, x => (x % 4 < 2 ? 60 : 180))
    expect(
      squaredDifference(
        smoothed(fine, 4),
        pictureOf(64, 64, () => 120),
      ),
    ).toBeLessThan(100)
  })
})

describe('a texture', () => {
  const texturing = openTexturing({ threads: 1 })
  afterAll(() => texturing.release())
  const put = (values: Float32Array, weight = 1, share?: Float32Array) =>
    texturing.textured(ramp, [{ values, weight, share }])

  it('of zeros changes nothing', async () => {
    expect(await put(blank())).toEqual(ramp)
  })

  it('is put on pixel by pixel, by its weight', async () => {
    const [whole, half] = [await put(dots(0.4)), await put(dots(0.4), 0.5)]
    expect(redAt(whole, 16, 24) - redAt(ramp, 16, 24)).toBe(51)
    expect(Math.abs(redAt(half, 16, 24) - redAt(ramp, 16, 24) - 25.5)).toBeLessThan(1)
    expect(redAt(whole, 17, 24)).toBe(redAt(ramp, 17, 24))
  })

  it('does to colours that it was not learned on what it does to the nearest that it was', async () => {
    // Adds what the first pixel's red is, so that black takes red away and white adds it.
    const doubling = blank()
    partsOfTexture(doubling)['in.weight']![4] = 40
    partsOfTexture(doubling)['out.weight']![0] = 0.025
    const grey = (level: number) => pictureOf(64, 64, () => level)
    const added = async (level: number, values: Float32Array) =>
      redAt(await texturing.textured(grey(level), [{ values, weight: 1 }]), 8, 8) - level
    const narrow = doubling.slice()
    rangeOf(narrow).set([-1, -1, -1, 0.1, 1, 1])
    expect(await added(150, doubling)).toBeGreaterThan(15)
    expect(await added(200, narrow)).toBe(await added(160, narrow))
    expect(await added(160, narrow)).toBeLessThan(await added(160, doubling))
    expect(await added(100, narrow)).toBe(await added(100, doubling))
  })

  it('knows where on its ground it is, in pictures of any whole number of cells', async () => {
    const striped = await put(stripes())
    const darker = (x: number) => redAt(ramp, x, 20) - redAt(striped, x, 20)
    expect([4, 12, 20, 68, 76, 92].map(x => darker(x) > 20)).toEqual([true, false, true, true, false, false])
  })

  it('lies on its share of the picture only', async () => {
    // Two by three cells of latents of 32 pixels: the left half.
    const share = Float32Array.of(1, 1, 0, 1, 1, 0)
    const partly = await put(dots(0.4), 1, share)
    expect(redAt(partly, 56, 8)).toBeGreaterThan(redAt(ramp, 56, 8))
    expect(redAt(partly, 64, 8)).toBe(redAt(ramp, 64, 8))
  })

  it('is taken off a picture that has it, and no other', async () => {
    const flat = pictureOf(64, 64, () => 100)
    const layers = [{ values: dots(1), weight: 1 }]
    const dotted = await texturing.textured(flat, layers)
    expect(await texturing.untextured(dotted, layers)).toEqual(smoothed(dotted, 4))
    const drawn = pictureOf(64, 64, x => (x < 32 ? 20 : 200))
    expect(await texturing.untextured(drawn, layers)).toBe(drawn)
  })

  it('comes with a style, and in a mix no more of all than one whole', () => {
    const style = { rank: 1, values: new Float32Array(1), texture: dots(1) }
    const plain = { rank: 1, values: new Float32Array(1) }
    expect(texturesOf(undefined)).toEqual([])
    expect(texturesOf(plain)).toEqual([])
    expect(texturesOf(style)).toEqual([{ values: style.texture, weight: 1 }])
    const weights = (...of: number[]) =>
      mixTextures(of.map(weight => ({ adapter: style, weight }))).map(({ weight }) => weight)
    expect(weights(0.5)).toEqual([0.5])
    expect(weights(1.5)).toEqual([1])
    expect(weights(1, 1)).toEqual([0.5, 0.5])
    expect(mixTextures([{ adapter: plain, weight: 1 }])).toEqual([])
  })
})
