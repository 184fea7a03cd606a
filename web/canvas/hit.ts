import { boundsOf, cornersOf, pivotOf, rotate, rotationOf, uprightOf } from '../../protocol/geometry.ts'
import { type AreaElement, type Box, type Element, ringUnits, type StrokeElement } from '../../protocol/scene.ts'
import type { Point } from './view.ts'

/** The topmost element at a scene point. `reach` is how far beside it a finger may land, in scene units. */
export function elementAt(elements: readonly Element[], at: Point, reach: number): Element | undefined {
  return elements.findLast(element => {
    const { x, y, width, height } = boundsOf(element)
    const near = at.x >= x - reach && at.x <= x + width + reach && at.y >= y - reach && at.y <= y + height + reach
    if (!near) return false
    return touches(uprightOf(element), rotate(at, pivotOf(element), -rotationOf(element)), reach)
  })
}

/** Elements that lie wholly inside a box, which is what a person means by drawing a box around them. */
export function elementsWithin(elements: readonly Element[], box: Box): Element[] {
  return elements.filter(element => contains(box, boundsOf(element)))
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}

export function holds(box: Box, { x, y }: Point): boolean {
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height
}

function touches(element: Element, at: Point, reach: number): boolean {
  switch (element.kind) {
    case 'stroke':
      return !element.erases && touchesStroke(element, at, reach)
    case 'area':
      return touchesArea(element, at)
    case 'image':
      return holds(element, at)
    case 'rectangle':
      return element.fill !== null ? holds(element, at) : !holds(inset(element, element.size / 2 + reach), at)
    case 'ellipse': {
      // Distance from the rim, measured along the ray from the middle: exact for circles, close enough to click for the rest.
      const dx = at.x - element.x - element.width / 2
      const dy = at.y - element.y - element.height / 2
      const rx = Math.max(element.width / 2, 1)
      const ry = Math.max(element.height / 2, 1)
      const share = Math.hypot(dx / rx, dy / ry)
      if (share <= 1 && element.fill !== null) return true
      return Math.abs(share - 1) * Math.min(rx, ry) <= element.size / 2 + reach
    }
    case 'frame':
      return !holds(inset(element, reach), at)
    default:
      return element satisfies never
  }
}

/** By the even-odd rule, as it is drawn. */
function touchesArea({ x, y, width, height, rings }: AreaElement, at: Point): boolean {
  const px = ((at.x - x) / width) * ringUnits
  const py = ((at.y - y) / height) * ringUnits
  let isInside = false
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const [ax, ay] = [ring[i]!, ring[i + 1]!]
      const [bx, by] = [ring.at(i - 2)!, ring.at(i - 1)!]
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) isInside = !isInside
    }
  }
  return isInside
}

function inset(box: Box, by: number): Box {
  return { x: box.x + by, y: box.y + by, width: box.width - 2 * by, height: box.height - 2 * by }
}

function touchesStroke(stroke: StrokeElement, at: Point, reach: number): boolean {
  const { points, scaleX, scaleY } = stroke
  const within = (stroke.size / 2) * Math.max(Math.abs(scaleX), Math.abs(scaleY)) + reach
  const x = (i: number) => stroke.x + points[i]! * scaleX
  const y = (i: number) => stroke.y + points[i + 1]! * scaleY
  if (points.length === 3) return Math.hypot(at.x - x(0), at.y - y(0)) <= within
  for (let i = 0; i + 5 < points.length; i += 3) {
    if (distanceToSegment(at, x(i), y(i), x(i + 3), y(i + 3)) <= within) return true
  }
  return false
}

function distanceToSegment(at: Point, ax: number, ay: number, bx: number, by: number): number {
  const lengthSquared = (bx - ax) ** 2 + (by - ay) ** 2
  const t = lengthSquared === 0 ? 0 : ((at.x - ax) * (bx - ax) + (at.y - ay) * (by - ay)) / lengthSquared
  const clamped = Math.min(1, Math.max(0, t))
  return Math.hypot(at.x - ax - (bx - ax) * clamped, at.y - ay - (by - ay) * clamped)
}

/** Elements of which most lies inside a line that closes itself. */
export function elementsInside(elements: readonly Element[], outline: readonly Point[]): Element[] {
  return elements.filter(element => {
    const points = pointsOf(element)
    const inside = points.filter(point => isInside(point, outline))
    return inside.length * 2 > points.length
  })
}

/** A stroke's own points, or the corners and the middle of anything else; turned as it is. */
function pointsOf(element: Element): readonly Point[] {
  const turn = (point: Point) => rotate(point, pivotOf(element), rotationOf(element))
  if (element.kind === 'stroke') {
    const { points, x, y, scaleX, scaleY } = element
    return Array.from({ length: points.length / 3 }, (_, index) =>
      turn({ x: x + points[index * 3]! * scaleX, y: y + points[index * 3 + 1]! * scaleY }),
    )
  }
  const middle = { x: element.x + element.width / 2, y: element.y + element.height / 2 }
  return [...cornersOf(element).map(turn), middle]
}

/** By the even-odd rule. */
function isInside({ x, y }: Point, outline: readonly Point[]): boolean {
  let inside = false
  outline.forEach((a, index) => {
    const b = outline.at(index - 1)!
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside
  })
  return inside
}
