import type { Element } from '../../../protocol/scene.ts'
import type { Board } from '../board.ts'
import { elementsInside, elementsWithin, holds } from '../hit.ts'
import { boxBetween } from '../reshape.ts'
import type { Point } from '../view.ts'
import type { Gesture, Touch } from './tool.ts'

/**
 * A box or a lasso around things, or, if nothing was dragged, a click: on a frame it chooses the frame, on the desk
 * nothing.
 */
export function beginCatch(first: Touch, board: Board): Gesture {
  const before = first.shift ? board.selection.ids.get() : new Set<string>()
  board.selection.ids.set(before)
  const outline = board.tools.catches.get() === 'lasso' ? beginLasso(first, board) : beginBox(first, board)
  let moved = false
  return {
    move(touches) {
      const last = touches.at(-1)!
      moved ||= Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) > 3
      if (!moved) return
      const caught = outline.follow(touches).map(element => element.id)
      board.selection.ids.set(new Set([...before, ...caught]))
    },
    end() {
      outline.hide()
      if (moved) return
      const frame = board.session.frames.get().findLast(one => holds(one, first.scene))
      board.frameViews.active.set(frame?.id ?? null)
      if (frame) board.selection.ids.set(new Set([frame.id]))
    },
    cancel: outline.hide,
  }
}

interface Outline {
  /** Goes on to where the pointer is, and says what is caught by then. */
  follow(touches: readonly Touch[]): readonly Element[]
  hide(): void
}

function beginBox(first: Touch, board: Board): Outline {
  return {
    follow(touches) {
      const box = boxBetween(first.scene, touches.at(-1)!.scene, { square: false })
      board.marquee.set(box)
      return elementsWithin(board.layers.reachable(), box)
    },
    hide: () => board.marquee.set(null),
  }
}

/** Screen pixels: nearer points say nothing new. */
const nearestPx = 3

function beginLasso(first: Touch, board: Board): Outline {
  let points: readonly Point[] = [first.scene]
  return {
    follow(touches) {
      const nearest = nearestPx / board.viewport.view.get().zoom
      for (const { scene } of touches) {
        const last = points.at(-1)!
        if (Math.hypot(scene.x - last.x, scene.y - last.y) >= nearest) points = [...points, scene]
      }
      board.lasso.set(points)
      return elementsInside(board.layers.reachable(), points)
    },
    hide: () => board.lasso.set(null),
  }
}
