import { limits } from '../../../protocol/limits.ts'
import type { StrokeElement } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import type { Board } from '../board.ts'
import { holds } from '../hit.ts'
import { round } from '../reshape.ts'
import type { Point } from '../viewport.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

export const pen: Tool = { begin: (touch, board) => beginStroke(touch, board, { erases: false }) }
export const eraser: Tool = {
  begin: (touch, board) => beginStroke(touch, board, { erases: true }),
}

/** Ink is sent in small extensions, so that others see it flow. A finger waits longer: a second one may still turn it into a pinch. */
const firstSendMs = { mouse: 0, pen: 0, touch: 90 } as const
const sendEveryMs = 40
/** Points nearer than this on the screen say nothing new. */
const minDistancePx = 0.7

/**
 * Ink follows the pen on the surface at once; the room gets it as an `add` and then `extend`s. The local stroke stays
 * lifted until it is done, so that nothing that arrives meanwhile can disturb it.
 */
function beginStroke(first: Touch, board: Board, { erases }: { erases: boolean }): Gesture {
  const { session } = board
  const surface = board.surface()
  const gesture = newId()
  let stroke = start(first.scene)
  /** Numbers of `stroke.points` that the room has; -1 before the `add`. */
  let sent = -1
  let timer: ReturnType<typeof setTimeout> | undefined

  function start(at: Point): StrokeElement {
    return {
      id: newId(),
      author: session.entered.get()?.you.id ?? '',
      removed: false,
      z: board.topZ(),
      kind: 'stroke',
      color: board.brush.get().color,
      size: erases ? board.eraserSize.get() : board.brush.get().size,
      erases,
      pressure: true,
      points: [],
      x: round(at.x),
      y: round(at.y),
      scaleX: 1,
      scaleY: 1,
      done: false,
    }
  }

  function append(at: Point, pressure: number): void {
    if (stroke.points.length / 3 >= limits.maxPointsPerStroke) {
      const [x, y] = stroke.points.slice(-3) as [number, number, number]
      const joint = { x: stroke.x + x, y: stroke.y + y }
      finish()
      stroke = start(joint)
      sent = -1
      append(joint, pressure)
    }
    const { points } = stroke
    const x = round(at.x - stroke.x)
    const y = round(at.y - stroke.y)
    const nearest = minDistancePx / board.viewport.view.get().zoom
    if (points.length > 0 && Math.hypot(x - points.at(-3)!, y - points.at(-2)!) < nearest) return
    stroke = { ...stroke, points: [...points, x, y, round(Math.min(1, Math.max(0, pressure)))] }
  }

  function send(done: boolean): void {
    clearTimeout(timer)
    timer = undefined
    if (sent < 0) {
      const { author, removed, ...element } = stroke
      session.operate([{ type: 'add', element: { ...element, done } }], gesture)
    } else if (sent < stroke.points.length || done) {
      const extension = {
        type: 'extend' as const,
        id: stroke.id,
        from: sent / 3,
        points: stroke.points.slice(sent),
        done,
      }
      session.operate([extension], gesture)
    }
    sent = stroke.points.length
  }

  const sendSoon = () => {
    timer ??= setTimeout(() => send(false), sent < 0 ? firstSendMs[first.type] : sendEveryMs)
  }

  function finish(): void {
    send(true)
    surface?.drop(stroke.id)
  }

  function show(expected: Touch['expected']): void {
    const ahead = expected.flatMap(({ scene, pressure }) => [scene.x - stroke.x, scene.y - stroke.y, pressure])
    surface?.lift(ahead.length > 0 ? { ...stroke, points: [...stroke.points, ...ahead] } : stroke)
  }

  const frame = session.frames.get().findLast(one => holds(one, first.scene))
  if (frame) board.activeFrame.set(frame.id)
  append(first.scene, first.pressure)
  show([])
  sendSoon()

  return {
    move(touches) {
      for (const touch of touches) append(touch.scene, touch.pressure)
      show(touches.at(-1)?.expected ?? [])
      sendSoon()
    },
    end: finish,
    cancel() {
      clearTimeout(timer)
      if (sent >= 0) session.operate([{ type: 'remove', ids: [stroke.id] }], gesture)
      surface?.drop(stroke.id)
    },
  }
}
