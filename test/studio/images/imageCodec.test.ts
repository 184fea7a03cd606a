import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../protocol/limits.ts'
import { fitImage, fitMask, readImage } from '../../../studio/images/imageCodec.ts'
import { withTexts } from '../../../studio/images/png.ts'

/** Left half red, right half blue. */
async function twoHalves(width = 40, height = 20): Promise<Sharp> {
  const half = { width: width / 2, height, channels: 3 as const }
  const blue = await sharp({ create: { ...half, background: '#0000ff' } })
    .png()
    .toBuffer()
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([
    { input: blue, left: width / 2, top: 0 },
  ])
}

describe('images that people bring', () => {
  it.each([
    ['png', 'png', {}],
    ['jpeg', 'webp', {}],
    ['webp', 'webp', {}],
    ['webp', 'png', { lossless: true }],
  ] as const)('takes %s and makes it %s', async (format, stored, options) => {
    const { bytes, width, height } = await readImage(await (await twoHalves()).toFormat(format, options).toBuffer())
    expect([width, height]).toEqual([40, 20])
    expect((await sharp(bytes).metadata()).format).toBe(stored)
  })

  it('keeps a photograph about as small as it came', async () => {
    const photo = await sharp(await noise().png().toBuffer())
      .resize(900, 600)
      .blur(2)
      .jpeg({ quality: 85 })
      .toBuffer()
    const { bytes } = await readImage(photo)
    expect(bytes.length / photo.length).toBeLessThan(1.3)
  })

  it('reads one that waits only when its turn comes', async () => {
    const image = await (await twoHalves()).png().toBuffer()
    let inMemory = 0
    let most = 0
    const read = async () => {
      most = Math.max(most, ++inMemory)
      await new Promise(resolve => setTimeout(resolve, 5))
      inMemory--
      return image
    }
    await Promise.all(Array.from({ length: 8 }, () => readImage(read)))
    expect(most).toBe(1)
  })

  it('turns a photograph upright and forgets where it was taken', async () => {
    const exif = { IFD0: { Copyright: 'me' }, IFD3: { GPSLatitude: '52/1 30/1 0/1' } }
    const photo = await (await twoHalves()).withExif(exif).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const { bytes: file, width, height } = await readImage(photo)
    expect([width, height]).toEqual([20, 40])
    const metadata = await sharp(file).metadata()
    expect([metadata.exif, metadata.icc, metadata.orientation]).toEqual([undefined, undefined, undefined])
    // Orientation 6 turns by 90° clockwise: what was left is on top.
    const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
    expect(data[0]).toBeGreaterThan(200)
    expect(data[data.length - 1]).toBeGreaterThan(200)
  })

  it('keeps what is transparent', async () => {
    const clear = { r: 0, g: 255, b: 0, alpha: 0.5 }
    const { bytes } = await readImage(
      await sharp({ create: { width: 8, height: 8, channels: 4, background: clear } })
        .webp({ lossless: true })
        .toBuffer(),
    )
    expect((await sharp(bytes).metadata()).hasAlpha).toBe(true)
  })

  it('takes the largest that is allowed', async () => {
    const side = limits.maxImageSide
    const large = await sharp({ create: { width: side, height: side, channels: 3, background: '#777777' } })
      .png()
      .toBuffer()
    expect(await readImage(large)).toMatchObject({ width: side, height: side })
  })

  it('scales down what is larger, in its shape', async () => {
    const photograph = await sharp({ create: { width: 8_000, height: 6_000, channels: 3, background: '#777777' } })
      .jpeg()
      .toBuffer()
    expect(await readImage(photograph)).toMatchObject({ width: 4_096, height: 3_072 })
  })

  const bad: [string, string, () => Promise<Uint8Array>][] = [
    ['nothing at all', 'image/type', async () => new Uint8Array()],
    ['text', 'image/type', async () => Buffer.from('hello, I am a picture')],
    ['SVG', 'image/type', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['SVG that claims to be a PNG by its name', 'image/type', async () => Buffer.from('<?xml version="1.0"?><svg/>')],
    ['TIFF', 'image/type', async () => (await twoHalves()).tiff().toBuffer()],
    ['a GIF', 'image/animated', async () => (await twoHalves()).gif().toBuffer()],
    ['an animated WebP', 'image/animated', () => animatedWebp()],
    ['an animated PNG', 'image/animated', () => animatedPng()],
    ['a PNG that is cut off', 'image/broken', async () => half(await noise().png().toBuffer())],
    ['a JPEG that is cut off', 'image/broken', async () => half(await noise().jpeg().toBuffer())],
    ['a WebP that is cut off', 'image/broken', async () => half(await noise().webp().toBuffer())],
    ['a PNG that is only its signature', 'image/broken', async () => Buffer.from('89504e470d0a1a0a', 'hex')],
    ['a PNG with a wrong checksum', 'image/broken', async () => damaged(await noise().png().toBuffer())],
    ['20 000 × 20 000 pixels', 'image/large', () => huge(20_000)],
    ['one pixel too wide', 'image/large', () => huge(limits.maxBroughtImageSide + 1)],
    ['too many pixels', 'image/large', () => huge(8_000, 8_000)],
    ['more than 10 MB', 'image/large', async () => tooManyBytes()],
  ]
  it.each(bad)('refuses %s as %s', async (_, code, make) => {
    await expect(readImage(await make())).rejects.toMatchObject({ name: 'UserError', code })
  })

  it('judges size before it decodes', async () => {
    // A header that promises 20 000 × 20 000 and no pixels: a decoder would call it broken.
    const png = Buffer.from(await noise().png().toBuffer())
    png.writeUInt32BE(20_000, 16)
    png.writeUInt32BE(20_000, 20)
    await expect(readImage(png)).rejects.toMatchObject({ code: expect.stringMatching(/^image\/(large|broken)$/) })
  })
})

describe('an image to paint over', () => {
  it('covers the size from its middle', async () => {
    const { data, width, height } = await fitImage(await (await twoHalves(80, 20)).png().toBuffer(), 20, 20)
    expect([width, height, data.length]).toEqual([20, 20, 20 * 20 * 3])
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0])
    expect([...data.subarray(-3)]).toEqual([0, 0, 255])
  })

  it('is white where it was transparent, and three channels even if it was grey', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 }
    const png = await sharp({ create: { width: 8, height: 8, channels: 4, background: clear } })
      .png()
      .toBuffer()
    expect(new Set((await fitImage(png, 8, 8)).data)).toEqual(new Set([255]))
    const grey = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#808080' } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect((await fitImage(grey, 8, 8)).data).toEqual(new Uint8Array(8 * 8 * 3).fill(128))
  })
})

describe('a mask', () => {
  const dots = () =>
    sharp(
      Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => (i % 4 === 3 ? (i < 16 * 8 * 4 ? 255 : 0) : 200)),
      { raw: { width: 16, height: 16, channels: 4 } },
    )
      .png()
      .toBuffer()

  it('is the brightness of an image, and black where that is transparent', async () => {
    const { data, width, height } = await fitMask(await dots(), 16, 16)
    expect([width, height, data.length]).toEqual([16, 16, 256])
    expect(new Set(data.subarray(0, 128))).toEqual(new Set([200]))
    expect(new Set(data.subarray(128))).toEqual(new Set([0]))
  })

  it('has edges as soft as the blur says', async () => {
    const { data } = await fitMask(await dots(), 16, 16, 2)
    const column = Array.from({ length: 16 }, (_, y) => data[y * 16 + 8]!)
    expect(column).toEqual(column.toSorted((a, b) => b - a))
    expect(new Set(column).size).toBeGreaterThan(6)
  })

  it('comes back as it was stored', async () => {
    const mask = { width: 16, height: 8, data: Uint8Array.from({ length: 128 }, (_, i) => i * 2) }
    const grey = sharp(mask.data, { raw: { width: 16, height: 8, channels: 1 } }).toColourspace('b-w')
    const { bytes } = await readImage(await grey.png().toBuffer())
    expect(await fitMask(bytes, 16, 8)).toEqual(mask)
  })
})

function noise(): Sharp {
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251)
  return sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length / 2)
}

function damaged(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle)
  return bytes
}

function huge(width: number, height = 8): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .png()
    .toBuffer()
}

async function tooManyBytes(): Promise<Uint8Array> {
  return withTexts(await noise().png().toBuffer(), { filler: 'x'.repeat(limits.maxUploadBytes) })
}

async function animatedWebp(): Promise<Buffer> {
  const frames = Uint8Array.from({ length: 8 * 16 * 3 }, (_, i) => (i < 8 * 8 * 3 ? 0 : 255))
  return sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
    .webp({ loop: 0 })
    .toBuffer()
}

/** The animation control chunk (APNG) between header and pixels; its checksum does not matter to the question. */
async function animatedPng(): Promise<Buffer> {
  const png = await noise().png().toBuffer()
  const control = Buffer.alloc(20)
  control.writeUInt32BE(8)
  control.write('acTL', 4, 'latin1')
  control.writeUInt32BE(2, 8)
  return Buffer.concat([png.subarray(0, 33), control, png.subarray(33)])
}
