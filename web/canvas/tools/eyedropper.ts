import { colorAt } from '../colorAt.ts'
import type { Tool } from './tool.ts'

/** Takes the color under the pointer into the brush, and goes on with the tool before it. */
export const eyedropper: Tool = {
  begin(first, board) {
    let at = first.scene
    return {
      move(touches) {
        at = touches.at(-1)!.scene
      },
      end() {
        board.eyedropper.pick(colorAt(board, at))
        board.eyedropper.putDown()
      },
      cancel: board.eyedropper.putDown,
    }
  },
}
