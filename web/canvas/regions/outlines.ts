import type { Images } from '../images.ts'
import { traceMask } from '../traceMask.ts'
import type { Point, Size } from '../view.ts'
import { readMask } from './mask.ts'

/** Pixels on the longer side of what is traced, and corners of what comes of it: quiet lines need no more. */
const tracedSide = 256
const maxPoints = 90

/** Closed lines around the white of masks, in shares of their sides; each mask is traced once. */
export interface Outlines {
  /** null: the mask has not come yet. */
  of(file: string): readonly (readonly Point[])[] | null
}

export function createOutlines(images: Images): Outlines {
  const known = new Map<string, readonly (readonly Point[])[]>()
  return {
    of(file) {
      const traced = known.get(file)
      if (traced) return traced
      const image = images.get(file)
      if (!image) return null
      const mask = readMask(image, tracedSide)
      const rings = traceMask(mask, maxPoints).map(ring =>
        ring.map(({ x, y }) => ({ x: x / mask.width, y: y / mask.height })),
      )
      known.set(file, rings)
      return rings
    },
  }
}

/** Lines as an SVG path in a frame of this size. */
export const pathOfRings = (rings: readonly (readonly Point[])[], { width, height }: Size): string =>
  rings
    .map(ring => `M${ring.map(({ x, y }) => `${(x * width).toFixed(1)} ${(y * height).toFixed(1)}`).join('L')}Z`)
    .join('')

/** Where a region's words stand: at its uppermost point. */
export const topOf = (rings: readonly (readonly Point[])[]): Point =>
  rings.flat().reduce((top, point) => (point.y < top.y ? point : top), { x: 0, y: 1 })
