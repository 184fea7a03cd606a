import sharp from 'sharp'
import type { Mask, Rgb } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import { chunksOf } from './png.ts'

// One thread for each image, and nothing kept of one for the next: painting needs the processors, and each size of image
// its own memory.
sharp.concurrency(1)
sharp.cache(false)

/** Decoding a large image takes a few hundred megabytes: two of ours at once. */
const decoding = limitConcurrency(2)
/** What people bring may be larger, and whoever paints does not wait for it: one at once. */
const bringing = limitConcurrency(1)

const largest = { width: limits.maxImageSide, height: limits.maxImageSide }

/** An image's bytes, or what reads them when their turn comes: however many wait, few are in memory. */
export type ImageSource = Uint8Array | (() => Promise<Uint8Array>)

/**
 * Makes an image that a person brought ours: checked by its header before anything is decoded (no decompression bomb is
 * ever unpacked), turned upright, scaled down where it is larger than we store, freed of its metadata and written again
 * in sRGB, about as large as it came: what has lost something already as WebP, everything else as PNG.
 */
export async function readImage(source: ImageSource): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  return bringing(async () => {
    const bytes = typeof source === 'function' ? await source() : source
    const isLossy = checkType(bytes)
    if (bytes.length > limits.maxUploadBytes) throw new UserError('image/large')
    // sharp's own pixel limit would refuse with its own message; ours stands two lines below.
    const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch(broken)
    const { width, height } = header
    if (Math.max(width, height) > limits.maxBroughtImageSide || width * height > limits.maxBroughtImagePixels) {
      throw new UserError('image/large')
    }
    if ((header.pages ?? 1) > 1) throw new UserError('image/animated')

    const upright = sharp(bytes, { failOn: 'warning' })
      .autoOrient()
      .resize({ ...largest, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
    const written = isLossy ? upright.webp({ quality: lossyQuality, effort: 0 }) : upright.png()
    const { data, info } = await written.toBuffer({ resolveWithObject: true }).catch(broken)
    return { bytes: data, width: info.width, height: info.height }
  })
}

/** A 2048² photograph of 375 kB becomes 289 kB in a third of a second; as PNG it was 4.8 MB. */
const lossyQuality = 90

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

/** One of our files, no longer on any side than this, in the format that it has. */
export async function shrinkImage(
  file: Uint8Array,
  side: number,
): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  const { data, info } = await decoding(() => {
    const shrunk = sharp(file).resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    const written =
      imageTypeOf(file) === 'image/webp' ? shrunk.webp({ quality: lossyQuality, effort: 0 }) : shrunk.png()
    return written.toBuffer({ resolveWithObject: true })
  })
  return { bytes: data, width: info.width, height: info.height }
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

/** A mask as a PNG file, as `fitMask` reads it. */
export function encodeMask({ width, height, data }: Mask): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** What the first bytes of a file say that it is; of those that browsers draw and never run. */
export function imageTypeOf(bytes: Uint8Array): 'image/png' | 'image/jpeg' | 'image/webp' | null {
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (startsWith(bytes, '\xff\xd8\xff')) return 'image/jpeg'
  return startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8) ? 'image/webp' : null
}

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  return Buffer.from(bytes.subarray(at, at + text.length)).toString('latin1') === text
}

/**
 * By the first bytes, never by a name or a declared type: nothing else reaches a decoder. Returns whether the format has
 * lost something already: a JPEG, and a WebP that is not lossless.
 */
function checkType(bytes: Uint8Array): boolean {
  const type = imageTypeOf(bytes)
  if (startsWith(bytes, 'GIF8')) {
    throw new UserError('image/animated', 'GIF images cannot be used: send a single picture as PNG, JPEG or WebP.')
  }
  if (type === null) throw new UserError('image/type')
  if (type === 'image/png' && isAnimatedPng(bytes)) throw new UserError('image/animated')
  // RFC 9649: a lossless image is one chunk "VP8L", inside an extended one or by itself.
  return type === 'image/jpeg' || (type === 'image/webp' && !Buffer.from(bytes.subarray(12, 4096)).includes('VP8L'))
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
