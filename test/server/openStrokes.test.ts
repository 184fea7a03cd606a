import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { applyOperation } from '../../protocol/apply.ts'
import type { StoredOperation } from '../../protocol/events.ts'
import { createGuard } from '../../protocol/guard.ts'
import type { Operation, SceneElement, StrokeElement } from '../../protocol/scene.ts'
import { createOpenStrokes, forgottenAfterMs } from '../../server/openStrokes.ts'
import { add, buildStroke } from '../support/scenes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A room without people: a scene, and the operations that the server makes in somebody's name. */
function buildRoom() {
  const elements = new Map<string, SceneElement>()
  const finished: { readonly author: string; readonly operations: readonly Operation[] }[] = []
  let clock = 0
  const strokes = createOpenStrokes({
    elements,
    guard: createGuard((message, cause) => {
      throw new Error(message, { cause })
    }),
    async operateFor(author, operations) {
      finished.push({ author, operations })
      for (const operation of operations) store(operation, author, 'server')
    },
  })
  function store(operation: Operation, author: string, client: string): void {
    const applied = applyOperation({ elements }, operation, author)
    if (!applied.ok) throw new Error(applied.error.message)
    for (const element of applied.changed) elements.set(element.id, element)
    const stored: StoredOperation = { clock: ++clock, client, seq: clock, author, operation }
    strokes.stored([stored])
  }
  return { strokes, finished, store, stroke: (id: string) => elements.get(id) as StrokeElement }
}

test('P5: a stroke that nobody draws on for half a minute is finished in its author’s name, as it is', async () => {
  const { finished, store, stroke } = buildRoom()
  store(add(buildStroke({ id: 's', points: [0, 0, 1], done: false })), 'ada', 'page')
  await vi.advanceTimersByTimeAsync(forgottenAfterMs - 5_000)
  store({ type: 'extend', id: 's', from: 1, points: [5, 5, 1], done: false }, 'ada', 'page')
  await vi.advanceTimersByTimeAsync(forgottenAfterMs - 5_000)
  expect(stroke('s').done).toBe(false)
  await vi.advanceTimersByTimeAsync(forgottenAfterMs + 5_000)
  expect(stroke('s')).toMatchObject({ done: true, points: [0, 0, 1, 5, 5, 1] })
  expect(finished.map(({ author }) => author)).toEqual(['ada'])
  // It is done with: nothing is watched any more.
  expect(vi.getTimerCount()).toBe(0)
})

test('P5: a page that goes takes its own strokes along and nobody else’s', async () => {
  const { strokes, store, stroke } = buildRoom()
  store(add(buildStroke({ id: 'a', done: false })), 'ada', 'page-a')
  store(add(buildStroke({ id: 'b', done: false })), 'ben', 'page-b')
  strokes.left('page-a')
  await vi.advanceTimersByTimeAsync(0)
  expect([stroke('a').done, stroke('b').done]).toEqual([true, false])
  strokes.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('P5: what arrives of a page that has gone is finished after the rest, too', async () => {
  const { strokes, store, stroke } = buildRoom()
  strokes.left('page')
  store(add(buildStroke({ id: 'late', done: false })), 'ada', 'page')
  await vi.advanceTimersByTimeAsync(2 * forgottenAfterMs)
  expect(stroke('late').done).toBe(true)
})

test('P5: what a closing room still stores is left to the room that is opened next', async () => {
  const { strokes, finished, store } = buildRoom()
  strokes.close()
  store(add(buildStroke({ id: 'late', done: false })), 'ada', 'page')
  await vi.advanceTimersByTimeAsync(2 * forgottenAfterMs)
  expect(finished).toEqual([])
})
