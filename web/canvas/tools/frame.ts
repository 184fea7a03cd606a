import type { Box } from '../../../protocol/scene.ts'
import { boxBetween } from '../reshape.ts'
import type { Tool } from './tool.ts'

/** Side of a frame that was clicked rather than dragged, in scene units. */
export const usualFrameSide = 512
const minDragPx = 24

/** Drag a sheet, or click for one of the usual size; then say what it shall become. */
export const frame: Tool = {
  begin(first, board) {
    let box: Box | null = null
    return {
      move(touches) {
        const last = touches.at(-1)!
        const far = Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) >= minDragPx
        // Models like squares best: Shift, not its absence, frees the sides.
        box = far ? boxBetween(first.scene, last.scene, { square: !last.shift }) : null
        board.marquee.set(box)
      },
      end() {
        board.marquee.set(null)
        const half = usualFrameSide / 2
        const { x, y } = first.scene
        board.insert.frame(box ?? { x: x - half, y: y - half, width: usualFrameSide, height: usualFrameSide })
        board.tools.current.set('pen')
        board.promptFocus.update(count => count + 1)
      },
      cancel: () => board.marquee.set(null),
    }
  },
}
