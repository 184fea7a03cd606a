import { limits } from '../../protocol/limits.ts'
import type { Box, Element, Placement } from '../../protocol/scene.ts'

/** What has to change on an element when the box around a selection becomes another box. */
export function reshape(element: Element, from: Box, to: Box): Placement {
  const sx = from.width > 0 ? to.width / from.width : 1
  const sy = from.height > 0 ? to.height / from.height : 1
  const x = round(to.x + (element.x - from.x) * sx)
  const y = round(to.y + (element.y - from.y) * sy)
  if (sx === 1 && sy === 1) return { x, y }
  switch (element.kind) {
    case 'stroke':
      return { x, y, scaleX: element.scaleX * sx, scaleY: element.scaleY * sy }
    case 'frame':
      return { x, y, width: frameSide(element.width * sx), height: frameSide(element.height * sy) }
    default:
      return { x, y, width: round(element.width * sx), height: round(element.height * sy) }
  }
}

/** Hundredths of a unit: finer than any screen shows, and short on the wire. */
export const round = (value: number): number => Math.round(value * 100) / 100

export const frameSide = (length: number): number =>
  Math.round(Math.min(limits.maxFrameSize, Math.max(limits.minFrameSize, length)))

/** A box from two corners; `square` makes its sides equal, towards the second corner. */
export function boxBetween(
  a: { readonly x: number; readonly y: number },
  b: { readonly x: number; readonly y: number },
  options: { square: boolean },
): Box {
  const side = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y))
  const width = options.square ? side : Math.abs(b.x - a.x)
  const height = options.square ? side : Math.abs(b.y - a.y)
  return {
    x: round(b.x < a.x ? a.x - width : a.x),
    y: round(b.y < a.y ? a.y - height : a.y),
    width: round(width),
    height: round(height),
  }
}
