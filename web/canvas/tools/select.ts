import { boundsOf, rotationOf, unionOf } from '../../../protocol/geometry.ts'
import type { Element } from '../../../protocol/scene.ts'
import type { RoomSession } from '../../room/session.ts'
import type { Board } from '../board.ts'
import { sheetOf } from '../clipping.ts'
import { elementAt } from '../hit.ts'
import { reshape } from '../reshape.ts'
import { beginArrangement } from './arrangement.ts'
import { beginCatch } from './catch.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

export const select: Tool = {
  begin(first, board) {
    const chosen = board.selection.ids.get()
    const active = board.frameViews.active.get()
    const gesture = choose(first, board)
    return {
      move: touches => gesture?.move(touches),
      end: () => gesture?.end(),
      cancel() {
        gesture?.cancel()
        board.selection.ids.set(chosen)
        board.frameViews.active.set(active)
      },
    }
  },
}

/** Chooses what lies there, and begins to move it; on nothing, to catch. */
function choose(first: Touch, board: Board): Gesture | null {
  const { session } = board
  const selection = board.selection.ids
  const reach = (first.type === 'touch' ? 14 : 6) / board.viewport.view.get().zoom
  const hit = elementAt(board.layers.reachable(), first.scene, reach)
  if (!hit) return beginCatch(first, board)
  const chosen = new Set(selection.get())
  if (first.shift && chosen.has(hit.id)) chosen.delete(hit.id)
  else if (first.shift) chosen.add(hit.id)
  else if (!chosen.has(hit.id)) {
    chosen.clear()
    chosen.add(hit.id)
  }
  selection.set(chosen)
  if (hit.kind === 'frame') board.frameViews.active.set(hit.id)
  return session.canEdit() && chosen.size > 0 ? beginMove(first, board) : null
}

function beginMove(first: Touch, board: Board): Gesture | null {
  const chosen = board.selection.elements()
  const from = unionOf(chosen.map(boundsOf))
  if (!from) return null
  return beginArrangement(board, withContents(chosen, board.session), ({ scene, shift }) => {
    const { x, y } = { x: scene.x - first.scene.x, y: scene.y - first.scene.y }
    // Shift keeps to the straight.
    const dx = shift && Math.abs(x) < Math.abs(y) ? 0 : x
    const dy = shift && Math.abs(y) <= Math.abs(x) ? 0 : y
    return element => reshape(element, from, { ...from, x: from.x + dx, y: from.y + dy })
  })
}

/** Which sides of the selection a handle moves: -1 the left or upper, 1 the right or lower, 0 neither. */
export interface Handle {
  readonly x: -1 | 0 | 1
  readonly y: -1 | 0 | 1
}

/** Selections do not shrink below this many scene units. */
const minSide = 8

export function beginResize(first: Touch, board: Board, handle: Handle): Gesture | null {
  const chosen = board.selection.elements()
  const from = unionOf(chosen.map(boundsOf))
  if (!from) return null
  const keepsRatio = chosen.every(element => element.kind === 'image')
  // What lies askew would be sheared by anything else.
  const mustKeepRatio = chosen.some(element => rotationOf(element) !== 0)
  return beginArrangement(board, chosen, ({ scene, shift }) => {
    const delta = { x: scene.x - first.scene.x, y: scene.y - first.scene.y }
    let width = Math.max(minSide, from.width + delta.x * handle.x)
    let height = Math.max(minSide, from.height + delta.y * handle.y)
    if (mustKeepRatio || (shift !== keepsRatio && handle.x !== 0 && handle.y !== 0)) {
      const scales = [
        ...(handle.x === 0 ? [] : [width / from.width]),
        ...(handle.y === 0 ? [] : [height / from.height]),
      ]
      const scale = Math.max(...scales)
      width = from.width * scale
      height = from.height * scale
    }
    const to = {
      x: handle.x < 0 ? from.x + from.width - width : from.x,
      y: handle.y < 0 ? from.y + from.height - height : from.y,
      width,
      height,
    }
    return element => reshape(element, from, to)
  })
}

/** A frame that is moved takes along what lies on its sheet. */
function withContents(chosen: readonly Element[], { elements, frames, scene }: RoomSession): Element[] {
  const onFrames = elements.filter(element => {
    const sheet = sheetOf(element, frames.get(), scene.elements)
    return chosen.some(({ id }) => id === sheet?.id)
  })
  return [...new Set([...chosen, ...onFrames])]
}
