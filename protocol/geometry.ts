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
  const rotation = rotationOf(element)
  return rotation === 0 ? measureUpright(element) : measureTurned(element, rotation)
}

/** The box around all points of a turned stroke, or around the corners of anything else. */
function measureTurned(element: Element, rotation: number): Box {
  const pivot = pivotOf(element)
  if (element.kind !== 'stroke') return boxAround(cornersOf(measureUpright(element)), pivot, rotation)
  const { points, x, y, size, scaleX, scaleY } = element
  const line = Array.from({ length: points.length / 3 }, (_, index) => ({
    x: x + points[index * 3]! * scaleX,
    y: y + points[index * 3 + 1]! * scaleY,
  }))
  if (line.length === 0) return { x, y, width: 0, height: 0 }
  const reach = (size / 2) * Math.max(Math.abs(scaleX), Math.abs(scaleY)) + 1
  return grow(boxAround(line, pivot, rotation), reach, reach)
}

function boxAround(points: readonly Point[], pivot: Point, rotation: number): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const point of points) {
    const { x, y } = rotate(point, pivot, rotation)
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The corners of a box, one after the other around it. */
export const cornersOf = ({ x, y, width, height }: Box): readonly Point[] => [
  { x, y },
  { x: x + width, y },
  { x: x + width, y: y + height },
  { x, y: y + height },
]

function measureUpright(element: Element): Box {
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

interface Point {
  readonly x: number
  readonly y: number
}

/** A point turned around another, `rotation` radians clockwise as y grows downwards. */
export function rotate({ x, y }: Point, around: Point, rotation: number): Point {
  const [dx, dy] = [x - around.x, y - around.y]
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)]
  return { x: around.x + dx * cos - dy * sin, y: around.y + dx * sin + dy * cos }
}

/** Radians clockwise; frames are never turned. */
export const rotationOf = (element: Element): number => (element.kind === 'frame' ? 0 : (element.rotation ?? 0))

/** The point that an element is turned around: a stroke's place, the middle of anything else. */
export const pivotOf = (element: Element): Point =>
  element.kind === 'stroke'
    ? { x: element.x, y: element.y }
    : { x: element.x + element.width / 2, y: element.y + element.height / 2 }

/** The same element before it was turned; the same object each time, so that what is known of it stays known. */
export function uprightOf(element: Element): Element {
  if (rotationOf(element) === 0) return element
  const known = uprights.get(element)
  if (known) return known
  const upright = { ...element, rotation: 0 } as Element
  uprights.set(element, upright)
  return upright
}
const uprights = new WeakMap<Element, Element>()

export const grow = ({ x, y, width, height }: Box, dx: number, dy: number): Box => ({
  x: x - dx,
  y: y - dy,
  width: width + 2 * dx,
  height: height + 2 * dy,
})

/** The box around all of them; null: there are none. */
export function unionOf(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null
  const left = Math.min(...boxes.map(box => box.x))
  const top = Math.min(...boxes.map(box => box.y))
  const right = Math.max(...boxes.map(box => box.x + box.width))
  const bottom = Math.max(...boxes.map(box => box.y + box.height))
  return { x: left, y: top, width: right - left, height: bottom - top }
}

export const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
