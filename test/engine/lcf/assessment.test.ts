import { describe, expect, it } from 'vitest'
import { assess, preservedContent, preservedDetail, styleDistanceFrom } from '../../../engine/lcf/assessment.ts'
import type { Rgb } from '../../../engine/types/engine.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { stripes } from './pupils.ts'

const size = { width: 8, height: 8 }
const latents = (seed: number, shift = 0) => new Random(seed).normals(new Float32Array(256)).map(value => value + shift)

describe('the distance from a style', () => {
  it('is nothing for the same pictures and grows as palette or texture part', () => {
    const style = [1, 2, 3].map(seed => latents(seed))
    const distance = styleDistanceFrom(style, size)
    expect(distance(style)).toBeLessThan(1e-6)
    const near = distance([4, 5, 6].map(seed => latents(seed)))
    expect(distance([4, 5, 6].map(seed => latents(seed, 1)))).toBeGreaterThan(near + 3)
    // The same values laid out smoothly: another texture of one palette.
    expect(distance([4, 5, 6].map(seed => latents(seed).sort()))).toBeGreaterThan(near + 3)
  })
})

describe('content kept', () => {
  it('is whole in the same picture, in a darker one and in its negative, and gone in another', () => {
    const picture = stripes(1, [128, 128])
    const changed = (change: (value: number) => number) => ({ ...picture, data: picture.data.map(change) })
    expect(preservedContent(picture, picture)).toBeCloseTo(1)
    expect(
      preservedContent(
        picture,
        changed(value => value / 2),
      ),
    ).toBeGreaterThan(0.98)
    expect(
      preservedContent(
        picture,
        changed(value => 255 - value),
      ),
    ).toBeCloseTo(1)
    expect(preservedContent(picture, stripes(9, [128, 128]))).toBeLessThan(0.3)
    expect(
      preservedContent(
        picture,
        changed(() => 7),
      ),
    ).toBe(0)
  })
})

/** The same picture with little of its contrast. */
const faded = (picture: Rgb): Rgb => ({ ...picture, data: picture.data.map(value => 100 + value / 4) })

describe('detail kept', () => {
  it('is what is left of that of the recoloured pictures, and no more than all of it', () => {
    const [sharp, misty] = [stripes(1), faded(stripes(1))]
    expect(preservedDetail([sharp], [sharp])).toBe(1)
    expect(preservedDetail([sharp], [misty])).toBeCloseTo(0.25, 1)
    expect(preservedDetail([misty], [sharp])).toBe(1)
  })
})

describe('the assessment', () => {
  const evidence = {
    style: [1, 2].map(seed => latents(seed, 2)),
    without: [latents(3)],
    with: [latents(4, 1.8)],
    before: [stripes(1)],
    after: [stripes(1)],
    recoloured: [stripes(1)],
    size,
  }
  it('is good for what came closer and kept the picture', () => {
    const { better, distanceBefore, distanceAfter, summary } = assess(evidence)
    expect(better).toBe(true)
    expect(distanceAfter).toBeLessThan(distanceBefore)
    expect(summary).toMatch(/^Pictures are \d+ % closer to yours than before, and 100 % of what is painted stays/)
  })
  it.each([
    ['further away', { with: [latents(4, -1)] }, 'further from yours'],
    ['no nearer', { with: [latents(3)] }, 'hardly differ'],
    ['nearer, but another picture', { after: [stripes(9)] }, 'closer to yours, but only'],
    ['nearer, but a mist', { after: [faded(stripes(1))] }, 'turn into mist'],
  ])('is bad for what came %s, and says why', (_, change, summary) => {
    expect(assess({ ...evidence, ...change })).toMatchObject({
      better: false,
      summary: expect.stringContaining(summary),
    })
  })
})
