import { pivotOf, rotate, rotationOf } from '../../protocol/geometry.ts'
import { limits } from '../../protocol/limits.ts'
import type { Box, Element, Placement } from '../../protocol/scene.ts'
import type { Point } from './view.ts'

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

/** What can be turned: frames stand straight, and a stroke that somebody still draws stays where it is. */
export const canTurn = (element: Element): boolean =>
  element.kind !== 'frame' && (element.kind !== 'stroke' || element.done)

export const middleOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 })

/** What has to change on an element when it is turned by an angle, in radians clockwise, around a point. */
export function turned(element: Element, angle: number, around: Point): Placement {
  const pivot = pivotOf(element)
  const to = rotate(pivot, around, angle)
  const rotation = normalAngle(rotationOf(element) + angle)
  return { x: round(element.x + to.x - pivot.x), y: round(element.y + to.y - pivot.y), rotation }
}

/** −π … π, in steps that no eye sees. */
function normalAngle(angle: number): number {
  const turns = angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))
  return Math.max(-Math.PI, Math.min(Math.PI, Math.round(turns * 1e5) / 1e5))
}

/** Where an element lies now: what brings it back. */
export function placementOf(element: Element): Placement {
  const { x, y } = element
  switch (element.kind) {
    case 'stroke':
      return { x, y, scaleX: element.scaleX, scaleY: element.scaleY, rotation: rotationOf(element) }
    case 'frame':
      return { x, y, width: element.width, height: element.height }
    default:
      return { x, y, width: element.width, height: element.height, rotation: rotationOf(element) }
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
