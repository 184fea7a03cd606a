import type { Box, Element } from './scene.ts'

/** Everything that an element may put ink on, in scene units. */
export function boundsOf(element: Element): Box {
  const known = bounds.get(element)
  if (known) return known
  const box = measure(element)
  bounds.set(element, box)
  return box
}

/** Elements are never altered in place, so what was measured stays true. */
const bounds = new WeakMap<Element, Box>()

function measure(element: Element): Box {
  if (element.kind !== 'stroke') {
    const margin = element.kind === 'rectangle' || element.kind === 'ellipse' ? element.size / 2 : 0
    return grow(element, margin, margin)
  }
  const { points, x, y, size, scaleX, scaleY } = element
  let left = Number.POSITIVE_INFINITY
  let top = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  let bottom = Number.NEGATIVE_INFINITY
  for (let i = 0; i + 2 < points.length; i += 3) {
    const px = points[i]! * scaleX
    const py = points[i + 1]! * scaleY
    left = Math.min(left, px)
    right = Math.max(right, px)
    top = Math.min(top, py)
    bottom = Math.max(bottom, py)
  }
  if (left > right) return { x, y, width: 0, height: 0 }
  const line = { x: x + left, y: y + top, width: right - left, height: bottom - top }
  // Half the brush, and one unit for antialiasing and the outline's own smoothing.
  return grow(line, (size / 2) * Math.abs(scaleX) + 1, (size / 2) * Math.abs(scaleY) + 1)
}

export const grow = ({ x, y, width, height }: Box, dx: number, dy: number): Box => ({
  x: x - dx,
  y: y - dy,
  width: width + 2 * dx,
  height: height + 2 * dy,
})

export const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
