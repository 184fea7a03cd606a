import { boundsOf } from '../../protocol/geometry.ts'
import { type ElementsById, layerOf } from '../../protocol/layers.ts'
import type { Element, FrameElement } from '../../protocol/scene.ts'
import { holds } from './hit.ts'

/**
 * The frame that an element lies on: the topmost one that holds its middle. What lies on a frame is clipped at the
 * frame's edge, and goes where the frame goes. `frames` come from back to front.
 */
export function clippingFrame(element: Element, frames: readonly FrameElement[]): FrameElement | undefined {
  if (element.kind === 'frame') return undefined
  const { x, y, width, height } = boundsOf(element)
  return frames.findLast(frame => holds(frame, { x: x + width / 2, y: y + height / 2 }))
}

/** The frame that cuts an element off and takes it along: that of its layer, or else the one that it lies on. */
export function sheetOf(
  element: Element,
  frames: readonly FrameElement[],
  elements: ElementsById,
): FrameElement | undefined {
  const layer = layerOf(element, elements)
  return layer ? frames.find(({ id }) => id === layer.frame) : clippingFrame(element, frames)
}
