import type { Tint } from '../scenes/palette.ts'
import type { SeededRandom } from '../scenes/seededRandom.ts'

/** One closed shape in one colour; a style decides how it is laid on. Coordinates are in 128ths of the picture. */
export interface Shape {
  /** SVG path data. */
  readonly d: string
  readonly fill: Tint
  /** `round` is lit from the upper left, `tall` from above, `flat` not at all; `glow` fades outwards. Default `round`. */
  readonly light?: 'round' | 'tall' | 'flat' | 'glow'
  /** 0 … 1, default 1. */
  readonly opacity?: number
  /** No outline and no cut-out shadow: details and glows. */
  readonly isDetail?: boolean
}

const n = (value: number): string => String(Math.round(value * 10) / 10)

export const rect = (x: number, y: number, width: number, height: number): string =>
  `M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}z`

export const roundRect = (x: number, y: number, width: number, height: number, radius: number): string => {
  const arc = (dx: number, dy: number) => `a${n(radius)} ${n(radius)} 0 0 1 ${n(dx)} ${n(dy)}`
  const [across, down] = [width - 2 * radius, height - 2 * radius]
  const top = `M${n(x + radius)} ${n(y)}h${n(across)}${arc(radius, radius)}v${n(down)}${arc(-radius, radius)}`
  return `${top}h${n(-across)}${arc(-radius, -radius)}v${n(-down)}${arc(radius, -radius)}z`
}

export const ellipse = (x: number, y: number, rx: number, ry: number = rx): string => {
  const half = (dx: number) => `a${n(rx)} ${n(ry)} 0 1 1 ${n(dx)} 0`
  return `M${n(x - rx)} ${n(y)}${half(2 * rx)}${half(-2 * rx)}z`
}

/** Straight edges through x, y, x, y, … */
export const polygon = (...points: readonly number[]): string => {
  const corners = points.map(n)
  return `M${corners.map((value, i) => (i % 2 === 1 ? `${value}${i < corners.length - 1 ? 'L' : ''}` : `${value} `)).join('')}z`
}

/** Land with a soft upper edge through evenly spaced heights, down to the bottom of the picture. */
export const land = (heights: readonly number[], bottom = 130): string => {
  const step = 136 / (heights.length - 1)
  const x = (i: number) => -4 + i * step
  const edge = heights.slice(1).map((y, i) => {
    const middle = n(x(i) + step / 2)
    return `C${middle} ${n(heights[i]!)} ${middle} ${n(y)} ${n(x(i + 1))} ${n(y)}`
  })
  return `M-4 ${bottom}L-4 ${n(heights[0]!)}${edge.join('')}V${bottom}z`
}

export interface Area {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * One point in each cell of a grid of `columns` × `rows`, every second row shifted by half a cell, at most `jitter` of a
 * cell from its middle. Small things that are strewn at random are nothing that a network could predict from a caption;
 * near the points of a grid they are a pattern.
 */
export function strewn(
  random: SeededRandom,
  columns: number,
  rows: number,
  { left, top, width, height }: Area,
  jitter = 0.15,
) {
  const [across, down] = [width / columns, height / rows]
  const shift = () => random.between(-jitter, jitter)
  return Array.from({ length: columns * rows }, (_, at): readonly [x: number, y: number] => {
    const row = Math.floor(at / columns)
    const column = (at % columns) + (row % 2 === 0 ? 0.25 : 0.75)
    return [left + (column + shift()) * across, top + (row + 0.5 + shift()) * down]
  })
}
