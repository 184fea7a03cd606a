import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { extendCanvas } from '../../../studio/images/outpaint.ts'

const slope = () =>
  sharp(
    Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.floor(i / 3) % 64),
    {
      raw: { width: 64, height: 64, channels: 3 },
    },
  )
    .png()
    .toBuffer()
const pixels = async (png: Uint8Array, channels: 1 | 3) =>
  new Uint8Array(await (channels === 1 ? sharp(png).toColourspace('b-w') : sharp(png)).raw().toBuffer())

describe('a larger canvas', () => {
  it('has the mirror image around the picture, and a mask that fades into it', async () => {
    const canvas = await extendCanvas(await slope(), { left: 32, top: 0, right: 0, bottom: 0 })
    expect([canvas.width, canvas.height]).toEqual([96, 64])
    const row = (await pixels(canvas.image, 3)).slice(0, 96 * 3).filter((_, i) => i % 3 === 0)
    expect([...row.slice(32)]).toEqual(Array.from({ length: 64 }, (_, x) => x))
    expect([...row.slice(0, 32)]).toEqual([...row.slice(32, 64)].reverse())
    const mask = (await pixels(canvas.mask, 1)).slice(0, 96)
    expect(new Set(mask.slice(0, 32))).toEqual(new Set([255]))
    expect([...mask.slice(32, 48)]).toEqual([...mask.slice(32, 48)].toSorted((a, b) => b - a))
    expect(new Set(mask.slice(48))).toEqual(new Set([0]))
  })

  it.each([-1, 0.5, 65, Number.NaN])('refuses a margin of %s', async right => {
    const refused = extendCanvas(await slope(), { left: 0, top: 0, right, bottom: 0 })
    await expect(refused).rejects.toMatchObject({ code: 'request/size' })
  })
})
