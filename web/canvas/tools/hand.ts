import type { Point } from '../view.ts'
import type { Tool } from './tool.ts'

/** Moves the desk under the window; back, if it was a palm that rested there before the pen came. */
export const hand: Tool = {
  begin(first, board) {
    let last = first.screen
    function moveTo(screen: Point): void {
      board.viewport.pan(screen.x - last.x, screen.y - last.y)
      last = screen
    }
    return {
      move: touches => moveTo(touches.at(-1)!.screen),
      end: () => undefined,
      cancel: () => moveTo(first.screen),
    }
  },
}
