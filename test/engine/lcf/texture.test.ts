/** Textures, learned from pictures that the embedded model's autoencoder cannot carry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recipeFor } from '../../../engine/lcf/recipe.ts'
import { learnTexture } from '../../../engine/lcf/texture.ts'
import { smoothed, squaredDifference } from '../../../engine/pipeline/cells.ts'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline, type Pipeline } from '../../../engine/pipeline/pipeline.ts'
import type { Rgb } from '../../../engine/types/rgb.ts'
import { textureDistance, textureOf } from '../../../training/evaluation/texture.ts'
import { inCraft } from '../../../training/world/crafts.ts'
import { renderScene, sampleGarden } from '../../../training/world/index.ts'
import { patient } from '../../support/patience.ts'

const side = 128
const session = { provider: 'cpu', threads: 1, enableMemPattern: false } as const
const scenes = (from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => renderScene(sampleGarden(from + at), side)))

/** As a tint would have it: the mortar, which is 7 sixteenths of a mosaic, mixed into everything. */
const inColoursOfMosaics = (picture: Rgb): Rgb => ({
  ...picture,
  data: picture.data.map((value, at) => Math.round((9 * value + 7 * [233, 228, 216][at % 3]!) / 16)),
})

/** Around the edges, by so many pixels to the right and down. */
function moved({ width, height, data }: Rgb, right: number, down: number): Rgb {
  const out = new Uint8Array(data.length)
  const wrapped = (at: number, length: number) => ((at % length) + length) % length
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (wrapped(y - down, height) * width + wrapped(x - right, width)) * 3
      out.set(data.subarray(from, from + 3), (y * width + x) * 3)
    }
  return { width, height, data: out }
}

describe('a texture', () => {
  let pipeline: Pipeline
  beforeAll(async () => {
    pipeline = await openPipeline(await readModelFolder('models/fourstroke-256'), {
      ...{ device: 'cpu', threads: 1, upcast: true },
    })
  })
  afterAll(() => pipeline.release())

  async function learned(pictures: readonly Rgb[], textureSteps = 120): Promise<Float32Array | undefined> {
    const recipe = recipeFor(11e6, { textureSteps })
    const originals = pictures.map(picture => ({ picture, caption: 'a house' }))
    const run = learnTexture(originals, { side, pipeline, recipe }, session)
    for (;;) {
      const next = await run.next()
      if (next.done) return next.value
    }
  }

  it('of a dozen mosaics makes mosaics of pictures that it has not seen', { timeout: patient(120_000) }, async () => {
    const mosaics = (await scenes(1, 8)).map(picture => inCraft(picture, 'mosaic'))
    const values = await learned(mosaics)
    expect(values).toBeDefined()
    const unseen = await scenes(100, 4)
    const made: Rgb[] = []
    for (const picture of unseen.map(inColoursOfMosaics))
      made.push(await pipeline.textured(picture, [{ values: values!, weight: 1 }]))
    const bytes = (pictures: readonly Rgb[]) => pictures.map(({ data }) => data)
    const wanted = textureOf(bytes(unseen.map(picture => inCraft(picture, 'mosaic'))), side)
    const [before, after] = [unseen, made].map(pictures => textureDistance(textureOf(bytes(pictures), side), wanted))
    expect(after).toBeLessThan(before! / 2)
    // Of a mosaic that was smoothed it finds most of the tiles again.
    for (const picture of unseen) {
      const mosaic = inCraft(picture, 'mosaic')
      const smooth = smoothed(mosaic, 4)
      const again = await pipeline.textured(smooth, [{ values: values!, weight: 1 }])
      expect(squaredDifference(again, mosaic)).toBeLessThan(squaredDifference(smooth, mosaic) / 2)
    }
    expect(await learned(mosaics, 3)).toBeUndefined()
  })

  it('is found where the pattern lies differently in each picture', { timeout: patient(120_000) }, async () => {
    const plain = await scenes(1, 8)
    const shifted = plain.map((picture, at) =>
      moved(inCraft(moved(picture, 5 * at, 3 * at), 'woodcut'), -5 * at, -3 * at),
    )
    const values = await learned(shifted)
    expect(values).toBeDefined()
    const unseen = await scenes(100, 4)
    const bytes = (pictures: readonly Rgb[]) => pictures.map(({ data }) => data)
    const wanted = textureOf(bytes(unseen.map(picture => inCraft(picture, 'woodcut'))), side)
    const made: Rgb[] = []
    for (const picture of unseen) made.push(await pipeline.textured(picture, [{ values: values!, weight: 1 }]))
    const [before, after] = [unseen, made].map(pictures => textureDistance(textureOf(bytes(pictures), side), wanted))
    expect(after).toBeLessThan(before! / 2)
  })

  it('is none where the autoencoder carries the pictures, or nobody wants one', async () => {
    expect(await learned(await scenes(1, 4))).toBeUndefined()
    expect(
      await learned(
        (await scenes(1, 2)).map(picture => inCraft(picture, 'woodcut')),
        0,
      ),
    ).toBeUndefined()
  })
})
