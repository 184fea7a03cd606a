import type { NewElement } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import { topZ } from '../depth.ts'
import { holds } from '../hit.ts'
import { boxBetween } from '../reshape.ts'
import type { Tool } from './tool.ts'

export const rectangle: Tool = shapeTool('rectangle')
export const ellipse: Tool = shapeTool('ellipse')

/** Below this many pixels a drag was a slip of the hand. */
const minDragPx = 4

function shapeTool(kind: 'rectangle' | 'ellipse'): Tool {
  return {
    begin(first, board) {
      const { session } = board
      const frame = session.frames.get().findLast(one => holds(one, first.scene))
      const layer = board.layers.forInk(frame)
      if (!layer) return null
      const id = newId()
      const z = topZ(board.session.elements)
      let shape: NewElement | null = null
      return {
        move(touches) {
          const last = touches.at(-1)!
          const { color, size } = board.tools.brush.get()
          const far = Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) >= minDragPx
          const box = boxBetween(first.scene, last.scene, { square: last.shift })
          const look = board.tools.filled.get()
            ? { stroke: null, fill: color, size: 0 }
            : { stroke: color, fill: null, size }
          shape = far ? { id, kind, z, ...layer, ...box, ...look } : null
          if (shape) board.lifted.lift({ ...shape, author: '', removed: false })
        },
        end() {
          const gesture = newId()
          if (shape && frame) board.paper.drawnOn(frame, gesture, layer)
          if (shape) session.operate([{ type: 'add', element: shape }], gesture)
          board.lifted.drop(id)
        },
        cancel: () => board.lifted.drop(id),
      }
    },
  }
}
