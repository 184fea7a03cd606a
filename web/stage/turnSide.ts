import type { Box } from '../../protocol/scene.ts'
import { clearOfPanels } from '../canvas/camera.ts'
import type { Point, Size } from '../canvas/view.ts'

/** Sides of a box that its turning handle may stand at, the best first. */
const sides = ['top', 'bottom', 'right', 'left'] as const
export type TurnSide = (typeof sides)[number]

/** From the box to the middle of the handle, and from there to the handle's edge, in CSS pixels. */
const distance = 40
const radius = 14
/** Things shown whole keep so much more away from the panels than a handle needs. */
const slack = 10
/** A caption reaches so far above its frame; the bars at the top so far down. */
const captionHeight = 58
const topBarHeight = 66

/** The first side where neither a frame's caption nor a panel lies over the handle; boxes are on the screen. */
export function turnSide(box: Box, frames: readonly Box[], size: Size, panels: { hasFramePanel: boolean }): TurnSide {
  const padding = clearOfPanels(size, panels)
  const isInSight = ({ x, y }: Point) =>
    x - radius >= padding.left - slack &&
    x + radius <= size.width - padding.right + slack &&
    y - radius >= topBarHeight &&
    y + radius <= size.height - padding.bottom + slack
  const isOnCaption = ({ x, y }: Point) =>
    frames.some(
      frame =>
        x + radius > frame.x &&
        x - radius < frame.x + frame.width &&
        y + radius > frame.y - captionHeight &&
        y - radius < frame.y,
    )
  const isFree = (side: TurnSide) => {
    const at = handleAt(box, side)
    return isInSight(at) && !isOnCaption(at)
  }
  return sides.find(isFree) ?? 'top'
}

function handleAt({ x, y, width, height }: Box, side: TurnSide): Point {
  const [middleX, middleY] = [x + width / 2, y + height / 2]
  switch (side) {
    case 'top':
      return { x: middleX, y: y - distance }
    case 'bottom':
      return { x: middleX, y: y + height + distance }
    case 'right':
      return { x: x + width + distance, y: middleY }
    case 'left':
      return { x: x - distance, y: middleY }
    default:
      return side satisfies never
  }
}
