import { boundsOf } from '../../protocol/geometry.ts'
import type { Element, FrameElement } from '../../protocol/scene.ts'
import { holds } from './hit.ts'

/**
 * The frame on whose sheet an element lies: the topmost one that holds its middle. What lies on a sheet is cut off at the
 * sheet's edge, as paint is, and goes where the sheet goes. `frames` come from back to front.
 */
export function sheetOf(element: Element, frames: readonly FrameElement[]): FrameElement | undefined {
  if (element.kind === 'frame') return undefined
  const { x, y, width, height } = boundsOf(element)
  return frames.findLast(frame => holds(frame, { x: x + width / 2, y: y + height / 2 }))
}
