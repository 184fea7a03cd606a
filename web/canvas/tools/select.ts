import { boundsOf } from '../../../protocol/geometry.ts'
import type { Box, Element } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import type { Board } from '../board.ts'
import { clippingFrame } from '../clipping.ts'
import { elementAt, elementsWithin, holds, unionOf } from '../hit.ts'
import { boxBetween, reshape } from '../reshape.ts'
import type { Point } from '../view.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

export const select: Tool = {
  begin(first, board) {
    const { session } = board
    const selection = board.selection.ids
    const reach = (first.type === 'touch' ? 14 : 6) / board.viewport.view.get().zoom
    const hit = elementAt(session.elements, first.scene, reach)
    if (!hit) return beginMarquee(first, board)
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
  },
}

/** A box around things, or, if nothing was dragged, a click: on a frame it chooses the frame, on the desk nothing. */
function beginMarquee(first: Touch, board: Board): Gesture {
  const before = first.shift ? board.selection.ids.get() : new Set<string>()
  board.selection.ids.set(before)
  let moved = false
  return {
    move(touches) {
      const last = touches.at(-1)!
      moved ||= Math.hypot(last.screen.x - first.screen.x, last.screen.y - first.screen.y) > 3
      if (!moved) return
      const box = boxBetween(first.scene, last.scene, { square: false })
      board.marquee.set(box)
      const within = elementsWithin(board.session.elements, box).map(element => element.id)
      board.selection.ids.set(new Set([...before, ...within]))
    },
    end() {
      board.marquee.set(null)
      if (moved) return
      const frame = board.session.frames.get().findLast(one => holds(one, first.scene))
      board.frameViews.active.set(frame?.id ?? null)
      if (frame) board.selection.ids.set(new Set([frame.id]))
    },
    cancel: () => board.marquee.set(null),
  }
}

function beginMove(first: Touch, board: Board): Gesture | null {
  const chosen = board.selection.elements()
  const from = unionOf(chosen.map(boundsOf))
  if (!from) return null
  return beginReshape(first, board, withContents(chosen, board.session.elements), from, ({ x, y }, { shift }) => {
    // Shift keeps to the straight.
    const dx = shift && Math.abs(x) < Math.abs(y) ? 0 : x
    const dy = shift && Math.abs(y) <= Math.abs(x) ? 0 : y
    return { ...from, x: from.x + dx, y: from.y + dy }
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
  const keepsShape = chosen.every(element => element.kind === 'image')
  return beginReshape(first, board, chosen, from, (delta, { shift }) => {
    let width = Math.max(minSide, from.width + delta.x * handle.x)
    let height = Math.max(minSide, from.height + delta.y * handle.y)
    if (shift !== keepsShape && handle.x !== 0 && handle.y !== 0) {
      const scale = Math.max(width / from.width, height / from.height)
      width = from.width * scale
      height = from.height * scale
    }
    return {
      x: handle.x < 0 ? from.x + from.width - width : from.x,
      y: handle.y < 0 ? from.y + from.height - height : from.y,
      width,
      height,
    }
  })
}

/** The room hears of a drag this often; of many elements at once less often, to stay within its pace. */
const sendEveryMs = 50
const elementsPerMs = 4

function beginReshape(
  first: Touch,
  board: Board,
  moving: readonly Element[],
  from: Box,
  target: (delta: Point, keys: { readonly shift: boolean }) => Box,
): Gesture {
  const { session } = board
  const gesture = newId()
  const ink = moving.filter(element => element.kind !== 'frame')
  const frames = moving.filter(element => element.kind === 'frame')
  let to = from
  let wasSent = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function send(): void {
    clearTimeout(timer)
    timer = undefined
    wasSent = true
    arrange(ink)
  }

  /** Frames are drawn from the scene itself, so they are changed there at once. */
  const moveFrames = () => arrange(frames)

  function arrange(elements: readonly Element[]): void {
    if (elements.length === 0) return
    const changes = elements.map(element => ({ id: element.id, change: reshape(element, from, to) }))
    session.operate([{ type: 'arrange', changes }], gesture)
  }

  return {
    move(touches) {
      const last = touches.at(-1)!
      to = target({ x: last.scene.x - first.scene.x, y: last.scene.y - first.scene.y }, last)
      moveFrames()
      for (const element of ink) {
        // What reshape changes fits the element's kind, which TypeScript cannot follow through a spread.
        board.lifted.lift({ ...element, ...reshape(element, from, to) } as Element)
      }
      timer ??= setTimeout(send, Math.max(sendEveryMs, ink.length / elementsPerMs))
    },
    end() {
      if (to !== from) send()
      for (const element of moving) board.lifted.drop(element.id)
    },
    cancel() {
      to = from
      clearTimeout(timer)
      moveFrames()
      if (wasSent) send()
      for (const element of moving) board.lifted.drop(element.id)
    },
  }
}

/** A frame that is moved takes along what lies on its sheet. */
function withContents(chosen: readonly Element[], all: readonly Element[]): Element[] {
  const frames = all.filter(element => element.kind === 'frame')
  const onFrames = all.filter(element => chosen.some(frame => clippingFrame(element, frames) === frame))
  return [...new Set([...chosen, ...onFrames])]
}
