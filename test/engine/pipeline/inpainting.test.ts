/** A UNet that was trained to inpaint (9 channels); parity.test.ts compares its pictures with those of diffusers. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { measure } from '../../../engine/pipeline/warmUp.ts'
import type { Mask, PaintRequest, Rgb } from '../../../engine/types/engine.ts'
import { paintAlone } from '../support/paintAlone.ts'
import { paintTogether } from '../support/paintTogether.ts'
import { fixtureModel, sharePipeline } from '../support/sharePipeline.ts'

const model = fixtureModel('inpaint')
const shared = sharePipeline(model)

const size = { width: 32, height: 32 }
const image: Rgb = { ...size, data: Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 37) % 256) }
const maskOf = (valueAt: (x: number) => number): Mask => ({
  ...size,
  data: Uint8Array.from({ length: 32 * 32 }, (_, i) => valueAt(i % 32)),
})
const right = maskOf(x => (x < 16 ? 0 : 255))
const soft = maskOf(x => Math.max(0, Math.min(255, (x - 8) * 16)))
const base: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 1, ...size },
}

async function together(requests: readonly Partial<PaintRequest>[]): Promise<Uint8Array[]> {
  const painted = await paintTogether(
    shared.pipeline,
    requests.map(request => ({ ...base, ...request })),
  )
  return painted.map(({ picture }) => picture.data)
}

describe('a UNet that was trained to inpaint', () => {
  it('paints with masks, without, with regions and at twice the side, alone as among others', async () => {
    const requests: Partial<PaintRequest>[] = [
      {},
      { image, strength: 0.6, maskImage: right },
      { image, strength: 1, maskImage: soft, guidance: 3, negativePrompt: 'blue' },
      { image, strength: 0.5 },
      { regions: [{ prompt: 'blue', guidance: 2, mask: right }] },
      { upscale: { strength: 0.3 } },
    ]
    const pictures = await together(requests)
    for (const [at, request] of requests.entries()) expect((await together([request]))[0]).toEqual(pictures[at])
    expect(new Set(pictures.map(data => data.join()))).toHaveLength(requests.length)
  })

  it('sees what lies around the mask, and nothing of what lies in it when all of that is painted anew', async () => {
    const change = (isChanged: (x: number) => boolean): Rgb => ({
      ...size,
      data: image.data.map((byte, i) => (isChanged(Math.floor(i / 3) % 32) ? 255 - byte : byte)),
    })
    const painted = (picture: Rgb) =>
      paintAlone(shared.pipeline, { ...base, image: picture, strength: 1, maskImage: right })
    const { decoded, picture } = await painted(image)
    expect((await painted(change(x => x >= 16))).decoded).toEqual(decoded)
    expect((await painted(change(x => x < 8))).decoded).not.toEqual(decoded)
    const isLeft = (_: number, i: number) => Math.floor(i / 3) % 32 < 16
    expect(picture.data.filter(isLeft)).toEqual(image.data.filter(isLeft))
  })

  it('is warmed up as any other', async () => {
    expect((await measure(shared.pipeline, [1, 2])).batches).toEqual([1, 2])
  })
})

describe('a folder with such a UNet', () => {
  const edited = (edit: (copy: string) => void) => {
    const copy = join(model.folder, '..', 'copy')
    rmSync(copy, { recursive: true, force: true })
    cpSync(model.folder, copy, { recursive: true })
    edit(copy)
    return readModelFolder(copy)
  }
  const config = (copy: string, change: Record<string, unknown>) => {
    const file = join(copy, 'unet/config.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
  }

  it('is known by the channels of its input, with and without config.json', async () => {
    expect(shared.pipeline.folder).toMatchObject({ isInpainting: true, latentChannels: 4 })
    const bare = await edited(copy => rmSync(join(copy, 'unet/config.json')))
    expect(bare).toMatchObject({ isInpainting: true, latentChannels: 4 })
  })

  it('is refused without the encoder that shows it what lies around a mask', async () => {
    const bare = edited(copy => rmSync(join(copy, 'vae_encoder'), { recursive: true }))
    await expect(bare).rejects.toThrow(/part vae_encoder: expected one, as the unet was trained to inpaint/)
  })

  it('is refused if its input holds anything else', async () => {
    const other = edited(copy => config(copy, { out_channels: 3 }))
    await expect(other).rejects.toThrow(/input of 3 channels as its output, or of 7 \(inpainting\); found 9; choose/)
  })
})
