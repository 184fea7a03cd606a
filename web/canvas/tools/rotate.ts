import { boundsOf, unionOf } from '../../../protocol/geometry.ts'
import type { Board } from '../board.ts'
import { canTurn, middleOf, turned } from '../reshape.ts'
import type { Point } from '../view.ts'
import { beginArrangement } from './arrangement.ts'
import type { Gesture, Touch } from './tool.ts'

/** With Shift, and from key to key. */
export const angleStep = Math.PI / 12

/** Turns what is selected around its middle, after the pointer; with Shift in steps. */
export function beginRotate(first: Touch, board: Board): Gesture | null {
  const chosen = board.selection.elements().filter(canTurn)
  const around = unionOf(chosen.map(boundsOf))
  if (!around) return null
  const middle = middleOf(around)
  const from = angleOf(first.scene, middle)
  return beginArrangement(board, chosen, ({ scene, shift }) => {
    const angle = angleOf(scene, middle) - from
    const snapped = shift ? Math.round(angle / angleStep) * angleStep : angle
    return element => turned(element, snapped, middle)
  })
}

const angleOf = ({ x, y }: Point, from: Point): number => Math.atan2(y - from.y, x - from.x)
