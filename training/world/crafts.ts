/**
 * Four crafts that turn a picture into one with lines and dots of its own: what no map of colours can make, and no model was
 * trained on. They test what a style learns beyond its colours (docs/styles.md).
 */
import type { Rgb } from '../../engine/types/engine.ts'
import { brightness, darker, lighter, mix, type Tint, tint } from './scenes/palette.ts'

export const crafts = ['halftone', 'stained glass', 'mosaic', 'woodcut'] as const
export type Craft = (typeof crafts)[number]

/** A picture of `side` × `side` RGB in a craft. Lattices have the same place in every picture: they are the manner, not the motif. */
export function inCraft({ width, height, data }: Rgb, craft: Craft): Rgb {
  const unit = width / 256
  const source = { side: width, data }
  const make = makers[craft](source, unit)
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const colour = make(x, y)
      for (const channel of [0, 1, 2]) out[(y * width + x) * 3 + channel] = Math.round(colour[channel]!)
    }
  return { width, height, data: out }
}

interface Source {
  readonly side: number
  readonly data: Uint8Array
}
type PaintPixel = (x: number, y: number) => Tint

const cream = tint('fff4dc')
const lead = tint('17161c')

/** Round dots on cream paper, on a lattice turned by 45°, as large as the place is dark. */
const halftone = (source: Source, unit: number): PaintPixel => {
  const pitch = 8 * unit
  const half = pitch / 2
  const colourAt = averaged(source, half)
  return (x, y) => {
    const [u, v] = [(x + 0.5 + y + 0.5) / pitch, (x - y) / pitch]
    const [a, b] = [Math.round(u), Math.round(v)]
    const [cx, cy] = [((a + b) * pitch) / 2, ((a - b) * pitch) / 2]
    const colour = colourAt(cx, cy)
    const dark = 1 - brightness(colour)
    const radius = half * Math.SQRT2 * Math.sqrt(0.12 + 0.75 * dark)
    const inside = clamp((radius * Math.SQRT1_2 - Math.hypot(x + 0.5 - cx, y + 0.5 - cy)) / unit + 0.5)
    return mix(mix(cream, colour, 0.18), deeper(colour), inside)
  }
}

/** Flat cells of glass, brighter than the picture, between lines of lead. */
const stainedGlass = (source: Source, unit: number): PaintPixel => {
  const pitch = 16 * unit
  const colourAt = averaged(source, pitch / 3)
  /** Cells lean in a pattern of 4 × 4 that repeats. */
  const centre = (column: number, row: number): readonly [number, number] => {
    const turn = ((column & 3) * 5 + (row & 3) * 7) % 16
    const angle = (turn / 16) * 2 * Math.PI
    return [
      (column + 0.5 + (row & 1) * 0.5 + 0.18 * Math.cos(angle)) * pitch,
      (row + 0.5 + 0.18 * Math.sin(angle)) * pitch,
    ]
  }
  return (x, y) => {
    const row = Math.floor(y / pitch)
    let [nearest, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    let at: readonly [number, number] = [0, 0]
    for (let r = row - 1; r <= row + 1; r++) {
      const column = Math.floor(x / pitch - (r & 1) * 0.5)
      for (let c = column - 1; c <= column + 1; c++) {
        const point = centre(c, r)
        const distance = Math.hypot(x + 0.5 - point[0], y + 0.5 - point[1])
        if (distance < nearest) [nearest, second, at] = [distance, nearest, point]
        else if (distance < second) second = distance
      }
    }
    const line = clamp(1.6 - (second - nearest) / (1.6 * unit))
    return mix(lighter(colourAt(at[0], at[1]), 0.12), lead, line)
  }
}

/** Square tiles in pale mortar. */
const mosaic = (source: Source, unit: number): PaintPixel => {
  const pitch = 8 * unit
  const colourAt = averaged(source, pitch / 2)
  const mortar = tint('e9e4d8')
  return (x, y) => {
    const [column, row] = [Math.floor(x / pitch), Math.floor(y / pitch)]
    const colour = colourAt((column + 0.5) * pitch, (row + 0.5) * pitch)
    const tile = (column * 7 + row * 11) % 4 < 2 ? lighter(colour, 0.1) : darker(colour, 0.1)
    const edge = Math.min(x - column * pitch, y - row * pitch)
    return edge < 2 * unit ? mortar : tile
  }
}

/** Dark grooves across tinted paper, as wide as the place is dark, and the outlines of what is drawn. */
const woodcut = (source: Source, unit: number): PaintPixel => {
  const pitch = 8 * unit
  const colourAt = averaged(source, pitch / 4)
  const light = (x: number, y: number) => brightness(colourAt(x, y))
  return (x, y) => {
    const colour = colourAt(x, y)
    const across = (y + 2.5 * unit * Math.sin((2 * Math.PI * x) / (32 * unit))) / pitch
    const away = Math.abs(across - Math.round(across)) * pitch
    const groove = clamp((pitch / 2) * (0.06 + 0.8 * (1 - brightness(colour))) - away + 0.5)
    const edge = Math.hypot(light(x + unit, y) - light(x - unit, y), light(x, y + unit) - light(x, y - unit))
    return mix(lighter(mix(colour, cream, 0.35), 0.2), lead, Math.max(groove, clamp(6 * edge - 0.6)))
  }
}

const makers: Record<Craft, (source: Source, unit: number) => PaintPixel> = {
  halftone,
  'stained glass': stainedGlass,
  mosaic,
  woodcut,
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))
const deeper = (colour: Tint): Tint => mix(colour, tint('161238'), 0.18)

/** Mean colour of a square of ± `reach` pixels around a place, by a summed-area table. */
function averaged({ side, data }: Source, reach: number): (x: number, y: number) => Tint {
  const sums = new Float64Array((side + 1) * (side + 1) * 3)
  const index = (x: number, y: number) => (y * (side + 1) + x) * 3
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++)
        sums[index(x + 1, y + 1) + c] =
          data[(y * side + x) * 3 + c]! +
          sums[index(x, y + 1) + c]! +
          sums[index(x + 1, y) + c]! -
          sums[index(x, y) + c]!
  const within = (value: number) => Math.min(side, Math.max(0, Math.round(value)))
  return (x, y) => {
    const [left, top] = [Math.min(side - 1, within(x - reach)), Math.min(side - 1, within(y - reach))]
    const [right, bottom] = [Math.max(left + 1, within(x + reach)), Math.max(top + 1, within(y + reach))]
    const area = (right - left) * (bottom - top)
    const sum = (c: number) =>
      (sums[index(right, bottom) + c]! -
        sums[index(left, bottom) + c]! -
        sums[index(right, top) + c]! +
        sums[index(left, top) + c]!) /
      area
    return [sum(0), sum(1), sum(2)]
  }
}
