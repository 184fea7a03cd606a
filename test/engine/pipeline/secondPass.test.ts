/** A second pass at twice the side: its pieces, and pictures of the embedded model. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline, type Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { doubled } from '../../../engine/pipeline/resample.ts'
import { cropped, TileSum, tilesOver } from '../../../engine/pipeline/tiles.ts'
import type { PaintRequest, Rgb } from '../../../engine/types/engine.ts'
import { tileCount } from '../../../engine/types/request.ts'
import { paintAlone } from '../support/paintAlone.ts'

describe('tiles', () => {
  const size = { width: 3, height: 2 }

  it('are as many as they cost, and cut a plane so that it can be put together again', () => {
    const tiles = tilesOver(size)
    expect(tiles).toHaveLength(tileCount)
    const whole = Float32Array.from({ length: 2 * 6 * 4 }, (_, i) => i)
    const sum = new TileSum(size, 2)
    for (const tile of tiles) {
      const values = cropped(whole, tile, size)
      sum.add(tile, (channel, i) => values[channel * 6 + i]!)
    }
    expect([...sum.mean()].map(value => Math.round(value * 1e4) / 1e4)).toEqual([...whole])
  })
})

describe('enlarging', () => {
  it('keeps what is even, and continues a slope', () => {
    const even = { width: 2, height: 2, data: new Uint8Array(12).fill(77) }
    expect(new Set(doubled(even).data)).toEqual(new Set([77]))
    const slope = { width: 6, height: 1, data: Uint8Array.from({ length: 18 }, (_, i) => Math.floor(i / 3) * 40) }
    const inside = Array.from({ length: 6 }, (_, i) => doubled(slope).data[(i + 3) * 3])
    expect(inside).toEqual([50, 70, 90, 110, 130, 150])
  })
})

describe('the embedded model', () => {
  let pipeline: Pipeline
  beforeAll(async () => {
    const folder = new URL('../../../models/fourstroke-256', import.meta.url).pathname
    pipeline = await openPipeline(await readModelFolder(folder), { device: 'cpu', threads: 1, upcast: true })
  })
  afterAll(() => pipeline?.release())
  const base: PaintRequest = {
    ...{ owner: '', priority: 'interactive', prompt: 'a red house by a lake', seed: 3, steps: 4, guidance: 3 },
    ...{ width: 128, height: 128 },
  }

  it('enlarges without painting at strength 0', async () => {
    const { picture } = await paintAlone(pipeline, base)
    expect((await paintAlone(pipeline, { ...base, upscale: { strength: 0 } })).picture).toEqual(doubled(picture))
  })

  it('paints over its tiles without seams, and no network ever sees more than a tile', async () => {
    const { picture, denoised, largest } = await paintAlone(pipeline, { ...base, upscale: { strength: 0.3 } })
    expect([picture.width, picture.height, denoised.length]).toEqual([256, 256, 4])
    expect(largest).toBe(128 * 128)
    const enlarged = (await paintAlone(pipeline, { ...base, upscale: { strength: 0 } })).picture
    // What is in the picture has borders too: those of its enlargement are the measure.
    for (const border of [64, 128, 192]) {
      expect(seamEnergy(picture, border) / seamEnergy(enlarged, border)).toBeLessThan(1.3)
    }
    const change = picture.data.reduce((sum, value, i) => sum + Math.abs(value - enlarged.data[i]!), 0)
    expect(change / picture.data.length).toBeGreaterThan(0.5)
    expect(change / picture.data.length).toBeLessThan(20)
  })
})

/** How much stronger the step over a column and a row is than over other borders of latent pixels, every eight pixels. */
function seamEnergy({ width, height, data }: Rgb, border: number): number {
  const at = (x: number, y: number, channel: number) => data[(y * width + x) * 3 + channel]!
  const stepOver = (place: number) => {
    let sum = 0
    for (let along = 0; along < Math.min(width, height); along++) {
      for (let channel = 0; channel < 3; channel++) {
        sum += Math.abs(at(place, along, channel) - at(place - 1, along, channel))
        sum += Math.abs(at(along, place, channel) - at(along, place - 1, channel))
      }
    }
    return sum
  }
  const around = [-32, -24, -16, -8, 8, 16, 24, 32].map(offset => stepOver(border + offset))
  return stepOver(border) / (around.reduce((sum, value) => sum + value, 0) / around.length)
}
