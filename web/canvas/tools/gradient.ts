import type { GradientLine, Paper } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import { holds } from '../hit.ts'
import type { Tool } from './tool.ts'

/** Below this many pixels a drag was a slip of the hand. */
const minDragPx = 4

/** A line across a frame along which its paper goes from the brush's color to the second one. */
export const gradient: Tool = {
  begin(first, board) {
    const { session } = board
    const frame = session.frames.get().findLast(one => holds(one, first.scene))
    if (!frame) {
      notify(t('gradient.where'))
      return null
    }
    board.frameViews.active.set(frame.id)
    const gesture = newId()
    const before = frame.paper ?? null
    const from = board.tools.brush.get().color
    const to = board.tools.secondColor.get()
    let isSet = false
    const share = ({ x, y }: { readonly x: number; readonly y: number }) => [
      Math.round(((x - frame.x) / frame.width) * 1e4) / 1e4,
      Math.round(((y - frame.y) / frame.height) * 1e4) / 1e4,
    ]
    const set = (paper: Paper | null) => session.operate([{ type: 'change', id: frame.id, change: { paper } }], gesture)
    return {
      move(touches) {
        const last = touches.at(-1)!
        const far = Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) >= minDragPx
        if (!far && !isSet) return
        isSet = true
        // Two ends of two numbers each.
        const line = [...share(first.scene), ...share(last.scene)] as unknown as GradientLine
        set({ kind: 'gradient', from, to, line })
      },
      end: () => undefined,
      cancel() {
        if (isSet) set(before)
      },
    }
  },
}
