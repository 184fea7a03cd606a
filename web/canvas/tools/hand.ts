import type { Tool } from './tool.ts'

/** Moves the desk under the window. */
export const hand: Tool = {
  begin(first, board) {
    let last = first.screen
    return {
      move(touches) {
        const { screen } = touches.at(-1)!
        board.viewport.pan(screen.x - last.x, screen.y - last.y)
        last = screen
      },
      end: () => undefined,
      cancel: () => undefined,
    }
  },
}
