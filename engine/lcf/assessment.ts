/**
 * Is the style worth having? Three questions, answered from pictures painted from the same seeds without and with it.
 *
 * Is it the style? The Fréchet distance between painted pictures and those that were given, in what one latent pixel
 * looks like: its channels, and their differences to the pixel on its right and to the one below. That tells palette,
 * contrast and texture and is blind to where things are. It needs no trained judge, so it works for every model.
 *
 * Is it still the picture? How well luminance and edges correlate, place by place, at a coarse grid.
 *
 * And is it still a picture? Learned too hard from too few, all of them turn into a mist of the right colours, which both
 * questions leave unnoticed; what goes then is the difference of a pixel to the next.
 */

import { frechetFrom, gaussianOf } from '../../onnx/linalg/frechet.ts'
import type { LatentSize } from '../pipeline/pipeline.ts'
import type { Rgb } from '../types/engine.ts'
import type { Assessment } from '../types/styles.ts'
import { type Figures, gainOf, type Outcome, outcomeOf } from './outcome.ts'

export interface Evidence {
  /** Latents (C, h, w) of the pictures that were given. */
  readonly style: readonly Float32Array[]
  /** Latents of what was painted to the same prompts. */
  readonly without: readonly Float32Array[]
  readonly with: readonly Float32Array[]
  /** Example pictures of the same seeds. */
  readonly before: readonly Rgb[]
  readonly after: readonly Rgb[]
  /** Those before in the colours of the style. */
  readonly recoloured: readonly Rgb[]
  readonly size: LatentSize
}

export function assess({ style, without, with: styled, before, after, recoloured, size }: Evidence): Assessment {
  const distance = styleDistanceFrom(style, size)
  const [distanceBefore, distanceAfter] = [distance(without), distance(styled)]
  const contentKept = mean(before.map((picture, at) => preservedContent(picture, after[at]!)))
  const detailKept = preservedDetail(recoloured, after)
  const figures = { distanceBefore, distanceAfter, contentKept, detailKept }
  const outcome = outcomeOf(figures)
  return { ...figures, better: outcome === 'better', summary: sentences[outcome](figures) }
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const remains = ({ contentKept }: Figures) => `${percent(contentKept)} of what is painted stays in its place`
const sentences: Readonly<Record<Outcome, (figures: Figures) => string>> = {
  better: figures => `Pictures are ${percent(gainOf(figures))} closer to yours than before, and ${remains(figures)}.`,
  blurred: () =>
    'Pictures have the colours of yours, but turn into mist: fewer steps or a lower rate would leave more of them.',
  lost: figures =>
    `Pictures are closer to yours, but only ${remains(figures)}: fewer steps or a lower rate would leave more of it.`,
  further: () =>
    'Pictures are further from yours than before: more of them, or some that resemble each other more, may help.',
  same: () => 'Pictures hardly differ from before: more steps, or pictures that resemble each other more, may help.',
}

/** Distance of pictures, by their latents (C, h, w), from those of a style. */
export function styleDistanceFrom(style: readonly Float32Array[], size: LatentSize) {
  const distance = frechetFrom(gaussianOf(style.flatMap(latents => featuresOf(latents, size))))
  return (pictures: readonly Float32Array[]): number =>
    distance(gaussianOf(pictures.flatMap(latents => featuresOf(latents, size))))
}

/** (C, h, w) → for each pixel that has both neighbours: channels, differences to the right, differences below (3 C). */
function featuresOf(latents: Float32Array, { width, height }: LatentSize): Float32Array[] {
  const area = width * height
  const channels = latents.length / area
  const features: Float32Array[] = []
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const feature = new Float32Array(3 * channels)
      for (let channel = 0; channel < channels; channel++) {
        const at = channel * area + y * width + x
        const value = latents[at]!
        feature[channel] = value
        feature[channels + channel] = latents[at + 1]! - value
        feature[2 * channels + channel] = latents[at + width]! - value
      }
      features.push(feature)
    }
  }
  return features
}

const gridSide = 32

/** 0 … 1. A style may turn dark into bright, so that luminance counts in both directions. */
export function preservedContent(before: Rgb, after: Rgb): number {
  const [one, other] = [luminanceGrid(before), luminanceGrid(after)]
  const luminance = Math.abs(correlation(one, other))
  const edges = correlation(edgesOf(one), edgesOf(other))
  return Math.max(0, (luminance + edges) / 2)
}

/** 0 … 1: detail of pictures, of what the same pictures have that were only recoloured: a dark style has less of it. */
export function preservedDetail(recoloured: readonly Rgb[], after: readonly Rgb[]): number {
  const expected = mean(recoloured.map(detailOf))
  return expected === 0 ? 1 : Math.min(1, mean(after.map(detailOf)) / expected)
}

/** Mean difference in luminance between a pixel and those on its right and below, 0 … 510. */
function detailOf({ width, height, data }: Rgb): number {
  const luminance = Float32Array.from({ length: width * height }, (_, at) => luminanceAt(data, at))
  let sum = 0
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const at = y * width + x
      sum += Math.abs(luminance[at + 1]! - luminance[at]!) + Math.abs(luminance[at + width]! - luminance[at]!)
    }
  }
  return sum / ((width - 1) * (height - 1))
}

/** Rec. 709. */
const luminanceAt = (data: Uint8Array, pixel: number) =>
  0.2126 * data[pixel * 3]! + 0.7152 * data[pixel * 3 + 1]! + 0.0722 * data[pixel * 3 + 2]!

/** Mean luminance in each field of a grid over the picture. */
function luminanceGrid({ width, height, data }: Rgb): Float32Array {
  const sums = new Float32Array(gridSide * gridSide)
  const counts = new Float32Array(gridSide * gridSide)
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * gridSide) / height) * gridSide
    for (let x = 0; x < width; x++) {
      const field = row + Math.floor((x * gridSide) / width)
      sums[field]! += luminanceAt(data, y * width + x)
      counts[field]! += 1
    }
  }
  return sums.map((sum, field) => sum / Math.max(1, counts[field]!))
}

function edgesOf(grid: Float32Array): Float32Array {
  return grid.map((value, at) => {
    const right = at % gridSide === gridSide - 1 ? value : grid[at + 1]!
    const below = grid[at + gridSide] ?? value
    return Math.hypot(right - value, below - value)
  })
}

/** Pearson's; 0 where one of the two has nothing to compare. */
function correlation(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  let [product, squaresA, squaresB] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at]! - meanA, b[at]! - meanB]
    product += x * y
    squaresA += x * x
    squaresB += y * y
  }
  const scale = Math.sqrt(squaresA * squaresB)
  return scale === 0 ? 0 : product / scale
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum / Math.max(1, values.length)
}
