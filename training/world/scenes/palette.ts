import type { Colour } from './attributes.ts'

/** Red, green, blue; 0 … 255. */
export type Tint = readonly [number, number, number]

export const tint = (hex: string): Tint => {
  const value = Number.parseInt(hex, 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** `amount` 0 is `a`, 1 is `b`. */
export const mix = (a: Tint, b: Tint, amount: number): Tint => [
  a[0] + (b[0] - a[0]) * amount,
  a[1] + (b[1] - a[1]) * amount,
  a[2] + (b[2] - a[2]) * amount,
]

export const white = tint('ffffff')
export const black = tint('000000')
export const lighter = (colour: Tint, amount: number): Tint => mix(colour, white, amount)
/** Shadows lean to blue, as outdoors. */
export const darker = (colour: Tint, amount: number): Tint => mix(colour, tint('161238'), amount)

/** Perceived brightness, 0 … 1 (Rec. 601 weights). */
export const brightness = ([red, green, blue]: Tint): number => (0.299 * red + 0.587 * green + 0.114 * blue) / 255

export const css = ([red, green, blue]: Tint): string =>
  `#${((1 << 24) | (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue)).toString(16).slice(1)}`

/** What a thing of a named colour is painted with in plain daylight. */
export const thingTints: Record<Colour, Tint> = {
  red: tint('e5322f'),
  orange: tint('fb8b1e'),
  yellow: tint('ffd42e'),
  green: tint('37ad52'),
  blue: tint('2a72e0'),
  purple: tint('8d47d6'),
  pink: tint('fb8dc3'),
  brown: tint('8b5a34'),
  white: tint('faf7f0'),
  black: tint('2c2a36'),
}
