import {
  type FrameElement,
  type GradientLine,
  type NewElement,
  type Paper,
  ringUnits,
} from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import type { Board } from '../board.ts'
import { topZ } from '../depth.ts'
import { holds } from '../hit.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

/** Below this many pixels a drag was a slip of the hand. */
const minDragPx = 4

/** A line across a frame along which the brush's color goes to the second one, as its paper, or to nothing, as ink over it. */
export const gradient: Tool = {
  begin(first, board) {
    const frame = board.session.frames.get().findLast(one => holds(one, first.scene))
    if (!frame) {
      notify(t('gradient.where'))
      return null
    }
    board.frameViews.active.set(frame.id)
    const shade = board.tools.fades.get() ? fadeOver(board, frame) : shadePaper(board, frame)
    if (!shade) return null
    let isSet = false
    return {
      move(touches) {
        const last = touches.at(-1)!
        const far = Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) >= minDragPx
        if (!far && !isSet) return
        isSet = true
        shade.set(lineAcross(frame, first, last))
      },
      end: () => isSet && shade.end(),
      cancel: () => isSet && shade.cancel(),
    }
  },
}

/** What follows the line while it is drawn. */
interface Shade extends Pick<Gesture, 'end' | 'cancel'> {
  set(line: GradientLine): void
}

function lineAcross(frame: FrameElement, first: Touch, last: Touch): GradientLine {
  const inShares = (value: number) => Math.round(value * 1e4) / 1e4
  const [x, y] = [
    (at: Touch) => (at.scene.x - frame.x) / frame.width,
    (at: Touch) => (at.scene.y - frame.y) / frame.height,
  ]
  return [inShares(x(first)), inShares(y(first)), inShares(x(last)), inShares(y(last))]
}

function shadePaper({ session, tools }: Board, frame: FrameElement): Shade {
  const gesture = newId()
  const before = frame.paper ?? null
  const from = tools.brush.get().color
  const to = tools.secondColor.get()
  const set = (paper: Paper | null) => session.operate([{ type: 'change', id: frame.id, change: { paper } }], gesture)
  return {
    set: line => set({ kind: 'gradient', from, to, line }),
    end: () => undefined,
    cancel: () => set(before),
  }
}

/** null, and said why: the frame's layer cannot be drawn on. */
function fadeOver(board: Board, frame: FrameElement): Shade | null {
  const layer = board.layers.forInk(frame)
  if (!layer) return null
  const { session, tools, lifted } = board
  const { x, y, width, height } = frame
  const { color } = tools.brush.get()
  const whole = [0, 0, ringUnits, 0, ringUnits, ringUnits, 0, ringUnits]
  const area = {
    ...{ id: newId(), kind: 'area', ...layer, z: topZ(session.elements), color },
    ...{ x, y, width, height, rings: [whole] },
  } as const satisfies NewElement
  let shown: NewElement = area
  return {
    set(line) {
      // The same color, so that nothing else shines through on the way.
      const fading = { ...area, gradient: { to: `${color}00`, line } }
      shown = fading
      lifted.lift({ ...fading, author: '', removed: false })
    },
    end() {
      const gesture = newId()
      board.paper.drawnOn(frame, gesture, layer)
      session.operate([{ type: 'add', element: shown }], gesture)
      lifted.drop(area.id)
    },
    cancel: () => lifted.drop(area.id),
  }
}
