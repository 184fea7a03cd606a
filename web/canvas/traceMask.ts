import type { Mask } from './floodFill.ts'
import type { Point } from './view.ts'

/**
 * The outlines of a mask as closed lines of at most `maxPoints` points together, in pixels: what an odd number of them
 * surrounds belongs to the mask. They are as exact as so many points allow; specks are left out.
 */
export function traceMask(mask: Mask, maxPoints: number): Point[][] {
  const outlines = traceEdges(mask)
  for (let tolerance = 0.8; ; tolerance *= 1.4) {
    const rings = outlines.map(outline => simplify(outline, tolerance)).filter(ring => ring.length >= 3)
    if (rings.reduce((sum, ring) => sum + ring.length, 0) <= maxPoints) return rings
  }
}

/** Along the edges between pixels inside and outside, with the inside always on the same hand; corners only. */
function traceEdges({ width, height, data }: Mask): Point[][] {
  const stride = width + 1
  const edges = new Map<number, number[]>()
  const add = (from: number, to: number) => {
    const ends = edges.get(from)
    if (ends) ends.push(to)
    else edges.set(from, [to])
  }
  const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isInside(x, y)) continue
      const corner = y * stride + x
      if (!isInside(x, y - 1)) add(corner, corner + 1)
      if (!isInside(x + 1, y)) add(corner + 1, corner + stride + 1)
      if (!isInside(x, y + 1)) add(corner + stride + 1, corner + stride)
      if (!isInside(x - 1, y)) add(corner + stride, corner)
    }
  }
  const outlines: Point[][] = []
  // Deleting from a map while it is walked is well defined.
  for (const start of edges.keys()) {
    const outline: Point[] = []
    let last = 0
    for (let at = start, next = takeEdge(edges, at); next !== undefined; next = takeEdge(edges, at)) {
      if (next - at !== last) outline.push({ x: at % stride, y: Math.floor(at / stride) })
      last = next - at
      at = next
    }
    outlines.push(outline)
  }
  return outlines
}

function takeEdge(edges: Map<number, number[]>, from: number): number | undefined {
  const ends = edges.get(from)
  const to = ends?.pop()
  if (ends?.length === 0) edges.delete(from)
  return to
}

/** After Douglas and Peucker: a closed line whose dropped points lie within `tolerance` of what stays. */
function simplify(line: readonly Point[], tolerance: number): Point[] {
  const far = farthest(line, 0, 0, line.length)
  const corners = new Set([0, far.index])
  const spans: [number, number][] = [
    [0, far.index],
    [far.index, line.length],
  ]
  for (let span = spans.pop(); span; span = spans.pop()) {
    const { index, distance } = farthest(line, ...span)
    if (distance <= tolerance) continue
    corners.add(index)
    spans.push([span[0], index], [index, span[1]])
  }
  return line.filter((_, index) => corners.has(index))
}

/** The point between two others that lies farthest from the line through them; from their place, if they are one. */
function farthest(
  line: readonly Point[],
  from: number,
  to: number,
  end = to,
): { readonly index: number; readonly distance: number } {
  const a = line[from]!
  const b = line[to % line.length]!
  const length = Math.hypot(b.x - a.x, b.y - a.y)
  let best = { index: from, distance: 0 }
  for (let index = from + 1; index < end; index++) {
    const { x, y } = line[index]!
    const distance =
      length === 0 ? Math.hypot(x - a.x, y - a.y) : Math.abs((b.x - a.x) * (a.y - y) - (a.x - x) * (b.y - a.y)) / length
    if (distance > best.distance) best = { index, distance }
  }
  return best
}
