/** Pictures as cells of pixels, and without what is finer than those. */
import { cellSide } from '../lora/texture.ts'
import type { Rgb } from '../types/rgb.ts'

/** RGB bytes → (3 · 8², h, w) in −1 … 1: channel c · 8² + row · 8 + column is that pixel of each cell. Sides are whole cells. */
export function folded({ width, height, data }: Rgb): Float32Array {
  const cells = new Float32Array(data.length)
  eachPixel(width, height, (pixel, at) => {
    cells[at] = data[pixel]! / 127.5 - 1
  })
  return cells
}

/** The way back, rounded to bytes. */
export function unfolded(cells: Float32Array, width: number, height: number): Rgb {
  const data = new Uint8Array(cells.length)
  eachPixel(width, height, (pixel, at) => {
    data[pixel] = Math.min(255, Math.max(0, Math.round((cells[at]! + 1) * 127.5)))
  })
  return { width, height, data }
}

/** Where each value of an RGB picture lies in its cells. */
function eachPixel(width: number, height: number, visit: (pixel: number, at: number) => void): void {
  const [columns, rows] = [width / cellSide, height / cellSide]
  for (let y = 0; y < height; y++) {
    const [row, down] = [Math.floor(y / cellSide), y % cellSide]
    for (let x = 0; x < width; x++) {
      const [column, across] = [Math.floor(x / cellSide), x % cellSide]
      for (let channel = 0; channel < 3; channel++) {
        const inCell = (channel * cellSide + down) * cellSide + across
        visit((y * width + x) * 3 + channel, (inCell * rows + row) * columns + column)
      }
    }
  }
}

/** How many times a box runs over a picture: thrice is about a Gaussian. */
const passes = 3

/** A picture without what is finer than some pixels: about a Gaussian of deviation `radius` + ½; the border goes on outwards. */
export function smoothed({ width, height, data }: Rgb, radius: number): Rgb {
  let values: Float32Array = Float32Array.from(data)
  for (let pass = 0; pass < passes; pass++) {
    values = boxed(values, { length: width, lines: height, step: 3, line: 3 * width }, radius)
    values = boxed(values, { length: height, lines: width, step: 3 * width, line: 3 }, radius)
  }
  return { width, height, data: Uint8Array.from(values, Math.round) }
}

interface Lines {
  readonly length: number
  readonly lines: number
  /** From one pixel of a line to the next, and from one line to the next. */
  readonly step: number
  readonly line: number
}

/** The mean over 2 `radius` + 1 pixels along each line. */
function boxed(values: Float32Array, { length, lines, step, line }: Lines, radius: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let each = 0; each < lines; each++) {
    for (let channel = 0; channel < 3; channel++) {
      const start = each * line + channel
      const at = (pixel: number) => values[start + Math.min(length - 1, Math.max(0, pixel)) * step]!
      let sum = 0
      for (let pixel = -radius; pixel <= radius; pixel++) sum += at(pixel)
      for (let pixel = 0; pixel < length; pixel++) {
        out[start + pixel * step] = sum / (2 * radius + 1)
        sum += at(pixel + radius + 1) - at(pixel - radius)
      }
    }
  }
  return out
}

/** Mean square difference of two pictures, in units of 1 … 255. */
export function squaredDifference(a: Rgb, b: Rgb): number {
  let sum = 0
  for (let at = 0; at < a.data.length; at++) sum += (a.data[at]! - b.data[at]!) ** 2
  return sum / a.data.length
}
