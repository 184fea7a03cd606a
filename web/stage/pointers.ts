import { coloringTools, harmlessTools, type ToolName } from '../canvas/toolNames.ts'
import type { Point } from '../canvas/view.ts'

export type PointerKind = 'mouse' | 'pen' | 'touch'

/** A pointer whose tool is at work since it went down. */
export interface Drawing {
  readonly id: number
  readonly kind: PointerKind
  readonly tool: ToolName
  /** Where it went down, and when. */
  readonly from: Point
  readonly since: number
  /** Whether it has gone farther from there than a finger that waits for a second one. */
  readonly hasLeft: boolean
}

/** What all pointers on the stage are about: a plain value. */
export interface PointerState {
  /** The pointer that draws, or does whatever its tool does. */
  readonly drawing: Drawing | null
  /** Fingers that count, by pointer. */
  readonly fingers: ReadonlyMap<number, Point>
  /** Once a pen has been seen, fingers only move the view: a resting palm draws nothing. */
  readonly penSeen: boolean
  /** When the last pen stroke ended, in milliseconds; a palm often lands just after. */
  readonly penUpAt: number
  readonly spaceHeld: boolean
}

export const noPointers: PointerState = {
  drawing: null,
  fingers: new Map(),
  penSeen: false,
  penUpAt: Number.NEGATIVE_INFINITY,
  spaceHeld: false,
}

export type PointerInput =
  | {
      readonly type: 'down'
      readonly id: number
      readonly kind: PointerKind
      /** As in `PointerEvent`: 0 the tip or left, 1 the middle, 5 the eraser's end of a pen. */
      readonly button: number
      readonly alt: boolean
      /** A screen point. */
      readonly at: Point
      /** Milliseconds. */
      readonly time: number
    }
  | { readonly type: 'move'; readonly id: number; readonly at: Point }
  | { readonly type: 'up'; readonly id: number; readonly time: number }
  /** The browser has taken the pointer away. */
  | { readonly type: 'lost'; readonly id: number; readonly time: number }
  | { readonly type: 'escape' }
  | { readonly type: 'space'; readonly held: boolean }

/** What follows from an input, for the tools and the view. */
export type PointerCommand =
  | { readonly type: 'begin'; readonly id: number; readonly tool: ToolName }
  | { readonly type: 'move' | 'end' | 'cancel' }
  | { readonly type: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly type: 'zoom'; readonly factor: number; readonly at: Point }

export interface PointerStep {
  readonly state: PointerState
  readonly commands: readonly PointerCommand[]
}

/** What the person has chosen and may do. */
export interface PointerContext {
  readonly tool: ToolName
  readonly canEdit: boolean
}

/** A hand that rests beside the pen touches the glass within this time after a stroke. */
const palmAfterPenMs = 300
/** The fingers of a pinch come down within this time, or the first of them waits within so many pixels. */
const pinchWithin = { ms: 400, pixels: 16 }

/** Turns pointers into gestures of tools, and two fingers into motion of the view. A pen always comes before fingers. */
export function next(state: PointerState, input: PointerInput, context: PointerContext): PointerStep {
  switch (input.type) {
    case 'down':
      return down(state, input, context)
    case 'move':
      return move(state, input)
    case 'up':
    case 'lost':
      return up(state, input)
    case 'escape':
      return state.drawing ? step({ ...state, drawing: null }, { type: 'cancel' }) : step(state)
    case 'space':
      return step({ ...state, spaceHeld: input.held })
    default:
      return input satisfies never
  }
}

const step = (state: PointerState, ...commands: PointerCommand[]): PointerStep => ({ state, commands })

function down(before: PointerState, input: PointerInput & { type: 'down' }, context: PointerContext): PointerStep {
  const { id, kind } = input
  const commands: PointerCommand[] = []
  let state = before
  if (kind === 'touch') {
    const isPalm = state.drawing?.kind === 'pen' || input.time - state.penUpAt < palmAfterPenMs
    if (isPalm || isMeant(state.drawing, input.time)) return step(state)
    state = { ...state, fingers: new Map(state.fingers).set(id, input.at) }
    if (state.fingers.size > 1) {
      const isPinch = state.fingers.size === 2 && state.drawing?.kind === 'touch'
      if (!isPinch) return step(state)
      // Where one finger has moved the view to, two go on.
      return step({ ...state, drawing: null }, { type: state.drawing?.tool === 'hand' ? 'end' : 'cancel' })
    }
  }
  if (kind === 'pen') {
    // What fingers and palm have begun never was: the pen is what the person draws with.
    if (state.drawing?.kind === 'touch') commands.push({ type: 'cancel' })
    state = {
      ...state,
      penSeen: true,
      fingers: new Map(),
      drawing: state.drawing?.kind === 'touch' ? null : state.drawing,
    }
  }
  if (state.drawing) return step(state, ...commands)
  const tool = toolFor(state, input, context)
  if (!tool) return step(state, ...commands)
  const drawing = { id, kind, tool, from: input.at, since: input.time, hasLeft: false }
  return step({ ...state, drawing }, ...commands, { type: 'begin', id, tool })
}

/** Whether a finger is well into a stroke: what touches the glass beside it then is a palm, and takes nothing of it away. */
function isMeant(drawing: Drawing | null, now: number): boolean {
  if (drawing?.kind !== 'touch' || drawing.tool === 'hand') return false
  return drawing.hasLeft && now - drawing.since > pinchWithin.ms
}

function toolFor(
  { penSeen, spaceHeld }: PointerState,
  { kind, button, alt }: PointerInput & { type: 'down' },
  { tool, canEdit }: PointerContext,
): ToolName | null {
  if (button === 1 || spaceHeld) return 'hand'
  if (button !== 0 && button !== 5) return null
  // The eraser end of a pen erases, whatever tool is chosen.
  const chosen = kind === 'pen' && button === 5 ? 'eraser' : tool
  if (harmlessTools.has(chosen)) return chosen
  if (!canEdit || (kind === 'touch' && penSeen)) return 'hand'
  return alt && coloringTools.has(chosen) ? 'eyedropper' : chosen
}

function move(before: PointerState, { id, at }: PointerInput & { type: 'move' }): PointerStep {
  const state = leaving(before, id, at)
  if (state.fingers.has(id)) {
    const moved = { ...state, fingers: new Map(state.fingers).set(id, at) }
    if (state.fingers.size > 1) return step(moved, ...pinch(state.fingers, moved.fingers))
    return step(moved, ...(state.drawing?.id === id ? [{ type: 'move' } as const] : []))
  }
  return state.drawing?.id === id ? step(state, { type: 'move' }) : step(state)
}

function leaving(state: PointerState, id: number, at: Point): PointerState {
  const { drawing } = state
  if (drawing?.id !== id || drawing.hasLeft || distance(drawing.from, at) <= pinchWithin.pixels) return state
  return { ...state, drawing: { ...drawing, hasLeft: true } }
}

/** Two fingers hold two points of the desk: it moves and grows so that they stay under them. A third one says nothing. */
function pinch(before: PointerState['fingers'], after: PointerState['fingers']): PointerCommand[] {
  const [a, b] = [...before.values()]
  const [p, q] = [...after.values()]
  if (!a || !b || !p || !q || (a === p && b === q)) return []
  const from = middleOf(a, b)
  const to = middleOf(p, q)
  const pan = { type: 'pan', dx: to.x - from.x, dy: to.y - from.y } as const
  const apart = distance(a, b)
  return apart > 0 ? [pan, { type: 'zoom', factor: distance(p, q) / apart, at: to }] : [pan]
}

function up(before: PointerState, input: PointerInput & { type: 'up' | 'lost' }): PointerStep {
  const fingers = new Map(before.fingers)
  fingers.delete(input.id)
  const state = { ...before, fingers }
  if (state.drawing?.id !== input.id) return step(state)
  const penUpAt = state.drawing.kind === 'pen' ? input.time : state.penUpAt
  return step({ ...state, drawing: null, penUpAt }, { type: input.type === 'up' ? 'end' : 'cancel' })
}

const middleOf = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)
