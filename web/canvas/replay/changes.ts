import { overlaps, unionOf } from '../../../protocol/geometry.ts'
import type { Box, Element } from '../../../protocol/scene.ts'
import type { Size } from '../view.ts'

/**
 * What has come, gone or become another between two lists of elements from back to front. Elements are never altered, and
 * where one lies follows from it alone, so what is in both lies between the same neighbours.
 */
export function changedElements(before: readonly Element[], after: readonly Element[]): Element[] {
  const [old, now] = [new Set(before), new Set(after)]
  return [...before.filter(element => !now.has(element)), ...after.filter(element => !old.has(element))]
}

/** The smallest box of whole pixels around another, as far as it lies on a canvas. */
export function wholePixels({ x, y, width, height }: Box, canvas: Size): Box {
  const within = (value: number, most: number) => Math.min(most, Math.max(0, value))
  const [left, top] = [within(Math.floor(x), canvas.width), within(Math.floor(y), canvas.height)]
  const right = within(Math.ceil(x + width), canvas.width)
  const bottom = within(Math.ceil(y + height), canvas.height)
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** Boxes around these, none of which overlaps another; empty ones are left out. */
export function withoutOverlaps(boxes: readonly Box[]): Box[] {
  const apart: Box[] = []
  for (const box of boxes) {
    if (box.width <= 0 || box.height <= 0) continue
    let whole = box
    for (let at = apart.findIndex(one => overlaps(one, whole)); at >= 0; ) {
      // It may have grown over others.
      whole = unionOf([whole, ...apart.splice(at, 1)])!
      at = apart.findIndex(one => overlaps(one, whole))
    }
    apart.push(whole)
  }
  return apart
}
