/**
 * Pictures as CLIP looks at them: transformers' CLIPImageProcessor, to the byte where it resizes (Pillow's `resize`),
 * and to rounding where it normalizes.
 */
import type { Rgb } from '../types/rgb.ts'

/** `preprocessor_config.json`, with transformers' names; what is left out has transformers' defaults. */
export interface ClipImageConfig {
  readonly do_resize?: boolean
  readonly size?: ClipImageSize
  /** Pillow's number of the filter: 2 bilinear, 3 bicubic. */
  readonly resample?: number
  readonly do_center_crop?: boolean
  readonly crop_size?: ClipImageSize
  readonly do_rescale?: boolean
  readonly rescale_factor?: number
  readonly do_normalize?: boolean
  readonly image_mean?: readonly number[]
  readonly image_std?: readonly number[]
}

/** Pixels. A number is the shortest edge where it is resized, and both sides where it is cropped. */
export type ClipImageSize =
  | number
  | { readonly shortest_edge: number }
  | { readonly height: number; readonly width: number }

const defaults = {
  size: 224,
  resample: 3,
  crop_size: 224,
  rescale_factor: 1 / 255,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
} as const satisfies ClipImageConfig

/** A picture as planes (3, height, width), resized, cropped from the middle and normalized. */
export interface ClipImage {
  readonly width: number
  readonly height: number
  readonly planes: Float32Array
}

/** What CLIPImageProcessor gives as `pixel_values` for one picture. Throws `RangeError` for a filter that is not known. */
export function clipImage(picture: Rgb, config: ClipImageConfig): ClipImage {
  const { do_resize = true, do_center_crop = true, do_rescale = true, do_normalize = true } = config
  const { size, resample, crop_size, rescale_factor, image_mean, image_std } = { ...defaults, ...config }
  let seen = picture
  if (do_resize) seen = resized(seen, resizedSize(seen, size), resample)
  if (do_center_crop) seen = cropped(seen, sidesOf(crop_size))
  const { width, height, data } = seen
  const area = width * height
  const planes = new Float32Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    const mean = do_normalize ? image_mean[channel]! : 0
    const std = do_normalize ? image_std[channel]! : 1
    const scale = do_rescale ? rescale_factor : 1
    for (let i = 0; i < area; i++) planes[channel * area + i] = (data[i * 3 + channel]! * scale - mean) / std
  }
  return { width, height, planes }
}

interface Sides {
  readonly width: number
  readonly height: number
}

function sidesOf(size: ClipImageSize): Sides {
  if (typeof size === 'number') return { width: size, height: size }
  return 'shortest_edge' in size ? { width: size.shortest_edge, height: size.shortest_edge } : size
}

function resizedSize({ width, height }: Sides, size: ClipImageSize): Sides {
  if (typeof size === 'object' && 'height' in size) return size
  const short = typeof size === 'number' ? size : size.shortest_edge
  const long = Math.trunc((short * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: short, height: long } : { width: long, height: short }
}

/** From the middle; black where the picture is smaller than what is wanted. */
function cropped(picture: Rgb, { width, height }: Sides): Rgb {
  const top = offset(picture.height, height)
  const left = offset(picture.width, width)
  const data = new Uint8Array(3 * width * height)
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top); y++) {
    const from = Math.max(0, left)
    const row = picture.data.subarray(
      3 * ((y + top) * picture.width + from),
      3 * ((y + top) * picture.width + Math.min(picture.width, left + width)),
    )
    data.set(row, 3 * (y * width + from - left))
  }
  return { width, height, data }
}

/** Where what is wanted begins; half a pixel goes to the side that transformers gives it to. */
function offset(has: number, wanted: number): number {
  return has >= wanted ? Math.floor((has - wanted) / 2) : -Math.ceil((wanted - has) / 2)
}

// Pillow's resize of bytes (src/libImaging/Resample.c): first rows, then columns, each rounded to bytes. Pillow 13 begins
// with the columns where much is taken from the height; that moves a few bytes by a few.

const filters: Readonly<Record<number, { readonly support: number; readonly weight: (x: number) => number }>> = {
  2: { support: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  3: { support: 2, weight: x => bicubic(Math.abs(x)) },
}

/** Keys 1981 with a = −0.5. */
function bicubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
}

function resized(picture: Rgb, { width, height }: Sides, resample: number): Rgb {
  const filter = filters[resample]
  if (!filter) throw new RangeError(`Expected resample to be 2 (bilinear) or 3 (bicubic), got ${resample}`)
  const horizontal = taps(picture.width, width, filter)
  const wide = new Uint8Array(3 * width * picture.height)
  for (let y = 0; y < picture.height; y++) {
    stretch(picture.data, wide, horizontal, { from: 3 * y * picture.width, to: 3 * y * width, step: 3 })
  }
  const data = new Uint8Array(3 * width * height)
  const vertical = taps(picture.height, height, filter)
  for (let x = 0; x < width; x++) stretch(wide, data, vertical, { from: 3 * x, to: 3 * x, step: 3 * width })
  return { width, height, data }
}

/** Which pixels a new one is made of, and how much of each, in fixed point. */
interface Taps {
  readonly first: number
  readonly weights: readonly number[]
}

/** Bits behind the point of a weight: PRECISION_BITS. */
const precision = 2 ** (32 - 8 - 2)

function taps(from: number, to: number, { support, weight }: (typeof filters)[number]): Taps[] {
  const scale = from / to
  const reach = Math.max(scale, 1)
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - support * reach + 0.5))
    const end = Math.min(from, Math.trunc(centre + support * reach + 0.5))
    const weights = Array.from({ length: end - first }, (_, i) => weight((i + first - centre + 0.5) / reach))
    const sum = weights.reduce((a, b) => a + b, 0)
    return { first, weights: weights.map(w => Math.trunc((w / sum) * precision + Math.sign(w / sum) * 0.5)) }
  })
}

/** One line of pixels of three bytes; `step` from one pixel to the next. */
function stretch(
  source: Uint8Array,
  target: Uint8Array,
  line: readonly Taps[],
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
): void {
  for (const [at, { first, weights }] of line.entries()) {
    for (let channel = 0; channel < 3; channel++) {
      let sum = precision / 2
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * source[from + (first + i) * step + channel]!
      target[to + at * step + channel] = Math.min(255, Math.max(0, Math.floor(sum / precision)))
    }
  }
}
