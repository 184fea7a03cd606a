import { vi } from 'vitest'
import type { NewElement } from '../../protocol/scene.ts'
import { type Board, createBoard } from '../../web/canvas/board.ts'
import type { Gesture, Touch } from '../../web/canvas/tools/tool.ts'
import { openSession } from '../../web/room/session.ts'
import { patient } from '../support/patience.ts'
import { buildFrame, buildStroke, buildWelcome } from './builders.ts'
import { openLine, type PlayedLine } from './line.ts'

/** A board of 800 × 600 over a real session, whose server the test plays; Mira has entered her empty room. */
export async function openTestBoard(over: Parameters<typeof buildWelcome>[0] = {}): Promise<{
  readonly board: Board
  readonly line: PlayedLine
}> {
  // Node has no window to ask whether things may move: they jump.
  vi.stubGlobal('matchMedia', () => ({ matches: true }))
  const line = openLine()
  const session = openSession('secret', {
    socket: line.socket,
    isKnown: () => false,
    signIn: async () => undefined,
    showLink: () => undefined,
    firstScene: async () => null,
  })
  await vi.waitFor(() => line.sent('room:enter')[0]!.answer({ ok: true, value: buildWelcome(over) }), patient(1_000))
  await vi.waitUntil(() => session.entered.get() !== null, patient(1_000))
  const board = createBoard(session)
  board.viewport.size.set({ width: 800, height: 600 })
  return { board, line }
}

/** Elements as a tool would add them. */
export function stroke(over: Parameters<typeof buildStroke>[0] = {}): NewElement {
  const { author, removed, ...element } = buildStroke(over)
  return element
}
export function frame(over: Parameters<typeof buildFrame>[0] = {}): NewElement {
  const { author, removed, ...element } = buildFrame(over)
  return element
}
export const add = (board: Board, ...elements: readonly NewElement[]): void =>
  board.session.operate(elements.map(element => ({ type: 'add', element })))

/** A pointer at a point of the scene, as a tool gets it. */
export function touch(board: Board, x: number, y: number, over: Partial<Touch> = {}): Touch {
  const scene = { x, y }
  const screen = board.viewport.toScreen(scene)
  return { scene, screen, pressure: 1, type: 'mouse', shift: false, alt: false, expected: [], ...over }
}

/** Drags a gesture that has begun through these points, and lets go. */
export function drag(board: Board, gesture: Gesture | null, ...points: readonly (readonly [number, number])[]): void {
  for (const [x, y] of points) gesture?.move([touch(board, x, y)])
  gesture?.end()
}
