import sharp from 'sharp'
import type { Mask, Rgb } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import { chunksOf } from './png.ts'

/** Decoding a large image takes a few hundred megabytes: two at once. */
const decoding = limitConcurrency(2)

const largest = { width: limits.maxImageSide, height: limits.maxImageSide }

/**
 * Makes an image that a person brought ours: checked by its header before anything is decoded (no decompression bomb is
 * ever unpacked), turned upright, scaled down where it is larger than we store, freed of its metadata and written again
 * as PNG in sRGB.
 */
export async function readImage(bytes: Uint8Array): Promise<{ png: Uint8Array; width: number; height: number }> {
  checkType(bytes)
  if (bytes.length > limits.maxUploadBytes) throw new UserError('image/large')
  // sharp's own pixel limit would refuse with its own message; ours stands two lines below.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch(broken)
  const { width, height } = header
  if (Math.max(width, height) > limits.maxBroughtImageSide || width * height > limits.maxBroughtImagePixels) {
    throw new UserError('image/large')
  }
  if ((header.pages ?? 1) > 1) throw new UserError('image/animated')

  const { data, info } = await decoding(() =>
    sharp(bytes, { failOn: 'warning' })
      .autoOrient()
      .resize({ ...largest, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png()
      .toBuffer({ resolveWithObject: true }),
  ).catch(broken)
  return { png: data, width: info.width, height: info.height }
}

/** One of our files as pixels: covers the size from its middle, white where it was transparent. */
export async function fitImage(png: Uint8Array, width: number, height: number): Promise<Rgb> {
  const data = await decoding(() =>
    sharp(png)
      .resize(width, height, { fit: 'cover' })
      .flatten({ background: '#ffffff' })
      .removeAlpha()
      .raw()
      .toBuffer(),
  )
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
}

/**
 * One of our files as a mask: its brightness, black where it was transparent, fitted as the image that it belongs to.
 * `blur`: σ of the Gaussian that softens its edges, in pixels.
 */
export async function fitMask(png: Uint8Array, width: number, height: number, blur = 0): Promise<Mask> {
  const data = await decoding(() => {
    const fitted = sharp(png).flatten({ background: '#000000' }).resize(width, height, { fit: 'cover' })
    // sharp takes a σ from 0.3 on.
    return (blur < 0.3 ? fitted : fitted.blur(blur)).toColourspace('b-w').raw().toBuffer()
  })
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
}

/** One of our files, no longer on any side than this. */
export async function shrinkImage(
  png: Uint8Array,
  side: number,
): Promise<{ png: Uint8Array; width: number; height: number }> {
  const { data, info } = await decoding(() =>
    sharp(png)
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .png()
      .toBuffer({ resolveWithObject: true }),
  )
  return { png: data, width: info.width, height: info.height }
}

/** Wider or higher pictures are cut where the least happens. */
const widest = 2

/** A picture to learn from, as small as can be for a model of this side: the engine cuts it to its own proportions. */
export async function fitForLearning(png: Uint8Array, side: number): Promise<Rgb> {
  const { width, height } = await sharp(png).metadata()
  const aspect = Math.min(Math.max(width / height, 1 / widest), widest)
  const size = { width: Math.round(side * Math.max(1, aspect)), height: Math.round(side / Math.min(1, aspect)) }
  const { data, info } = await decoding(() =>
    sharp(png)
      .resize({ ...size, fit: 'cover', position: 'attention' })
      .flatten({ background: '#ffffff' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  )
  return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
}

/** Pixels as one of our files, without any recipe. */
export async function encodeImage({ width, height, data }: Rgb): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** A mask as one of our files: a PNG in shades of grey. */
export async function encodeMask({ width, height, data }: Mask): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** By the first bytes, never by a name or a declared type: nothing else reaches a decoder. */
function checkType(bytes: Uint8Array): void {
  const starts = (text: string, at = 0) => Buffer.from(bytes.subarray(at, at + text.length)).toString('latin1') === text
  if (starts('\x89PNG\r\n\x1a\n')) {
    if (isAnimatedPng(bytes)) throw new UserError('image/animated')
  } else if (starts('GIF8')) {
    throw new UserError('image/animated', 'GIF images cannot be used: send a single picture as PNG, JPEG or WebP.')
  } else if (!starts('\xff\xd8\xff') && !(starts('RIFF') && starts('WEBP', 8))) {
    throw new UserError('image/type')
  }
}

/** An animation control chunk stands before the pixels (APNG specification); libvips would show the first frame. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  for (const { type } of chunksOf(bytes)) {
    if (type === 'acTL') return true
    if (type === 'IDAT') return false
  }
  return false
}

function broken(cause: unknown): never {
  throw new UserError('image/broken', undefined, { cause })
}
