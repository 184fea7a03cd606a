import { limits } from '../../../protocol/limits.ts'
import type { StrokeElement } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import type { Board } from '../board.ts'
import { topZ } from '../depth.ts'
import { holds } from '../hit.ts'
import { round } from '../reshape.ts'
import { brushOf } from '../toolSettings.ts'
import type { Point } from '../view.ts'
import { createInkGuide, type InkPoint } from './inkGuide.ts'
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
/** How far behind the hand the strongest stabiliser keeps the brush, on the screen. */
const maxStringPx = 80

/**
 * Ink follows the pen on the surface at once; the room gets it as an `add` and then `extend`s. The local stroke stays
 * lifted until it is done, so that nothing that arrives meanwhile can disturb it.
 */
function beginStroke(first: Touch, board: Board, { erases }: { erases: boolean }): Gesture | null {
  const { session } = board
  const frame = session.frames.get().findLast(one => holds(one, first.scene))
  const layer = board.layers.forInk(frame)
  if (!layer) return null
  const gesture = newId()
  const tip = erases ? board.tools.eraser.get() : board.tools.brush.get()
  const { zoom } = board.viewport.view.get()
  const stabiliser = board.tools.stabiliser.get()
  const guide = createInkGuide({ string: (stabiliser * maxStringPx) / zoom, step: Math.max(4, tip.size / 2) })
  let stroke = start(first.scene)
  /** The stroke's points so far, three numbers each. It grows in place: a long stroke costs no more per point than a short one. */
  let points: number[] = []
  /** Numbers of `points` that the room has; -1 before the `add`. */
  let sent = -1
  /** Whether the room has anything of this gesture. */
  let wasSent = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function start(at: Point): StrokeElement {
    return {
      id: newId(),
      author: session.entered.get()?.you.id ?? '',
      removed: false,
      z: topZ(board.session.elements),
      kind: 'stroke',
      ...layer,
      color: board.tools.brush.get().color,
      size: tip.size,
      erases,
      ...brushOf(tip),
      pressure: true,
      points: [],
      x: round(at.x),
      y: round(at.y),
      scaleX: 1,
      scaleY: 1,
      done: false,
    }
  }

  function append({ pressure, ...at }: InkPoint): void {
    if (points.length / 3 >= limits.maxPointsPerStroke) {
      const joint = { x: stroke.x + points.at(-3)!, y: stroke.y + points.at(-2)! }
      finish()
      stroke = start(joint)
      points = []
      sent = -1
      append({ ...joint, pressure })
    }
    const x = round(at.x - stroke.x)
    const y = round(at.y - stroke.y)
    const nearest = minDistancePx / zoom
    if (points.length > 0 && Math.hypot(x - points.at(-3)!, y - points.at(-2)!) < nearest) return
    points.push(x, y, round(Math.min(1, Math.max(0, pressure))))
  }

  function send(done: boolean): void {
    clearTimeout(timer)
    timer = undefined
    if (sent < 0) {
      if (frame && !wasSent) board.paper.drawnOn(frame, gesture, stroke)
      wasSent = true
      const { author, removed, ...element } = stroke
      session.operate([{ type: 'add', element: { ...element, points: [...points], done } }], gesture)
    } else if (sent < points.length || done) {
      const extension = {
        type: 'extend' as const,
        id: stroke.id,
        from: sent / 3,
        points: points.slice(sent),
        done,
      }
      session.operate([extension], gesture)
    }
    sent = points.length
  }

  const sendSoon = () => {
    timer ??= setTimeout(() => send(false), sent < 0 ? firstSendMs[first.type] : sendEveryMs)
  }

  function finish(): void {
    send(true)
    board.lifted.drop(stroke.id)
  }

  function follow({ scene, pressure, shift }: Touch): void {
    const straight = shift !== board.tools.straight.get()
    for (const point of guide.follow({ ...scene, pressure }, { straight })) append(point)
  }

  function show(expected: Touch['expected']): void {
    // What the browser expects of the hand says little about a brush that goes its own way.
    const rest = guide.rest()
    const ahead = rest.length > 0 ? rest : expected.map(({ scene, pressure }) => ({ ...scene, pressure }))
    const flat = ahead.flatMap(({ x, y, pressure }) => [x - stroke.x, y - stroke.y, pressure])
    board.lifted.lift({ ...stroke, points: [...points, ...flat] })
  }

  if (frame) board.frameViews.active.set(frame.id)
  follow(first)
  show([])
  sendSoon()

  return {
    move(touches) {
      for (const touch of touches) follow(touch)
      show(touches.at(-1)?.expected ?? [])
      sendSoon()
    },
    end() {
      for (const point of guide.rest()) append(point)
      finish()
    },
    cancel() {
      clearTimeout(timer)
      if (sent >= 0) session.operate([{ type: 'remove', ids: [stroke.id] }], gesture)
      const now = frame && session.frames.get().find(({ id }) => id === frame.id)
      if (wasSent && now && !frame.paper && now.paper) {
        session.operate([{ type: 'change', id: now.id, change: { paper: null } }], gesture)
      }
      board.lifted.drop(stroke.id)
    },
  }
}
