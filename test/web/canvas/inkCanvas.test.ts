import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createInkCanvas } from '../../../web/canvas/inkCanvas.ts'
import { createViewport } from '../../../web/canvas/viewport.ts'

/** A canvas that notes which numbers were drawn on it. */
function fakeCanvas() {
  const canvas = { width: 0, height: 0, style: { transform: '' }, drawn: [] as number[], getContext: () => context }
  const context = {
    canvas,
    setTransform: () => undefined,
    clearRect: () => {
      canvas.drawn = []
    },
    drawImage: (from: { drawn: number[] }) => canvas.drawn.push(...from.drawn),
  }
  return canvas
}
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

beforeEach(() => {
  vi.stubGlobal('devicePixelRatio', 1)
  vi.stubGlobal('document', { createElement: fakeCanvas })
  vi.stubGlobal('matchMedia', () => ({ matches: true }))
})
afterEach(() => vi.unstubAllGlobals())

function openLayer() {
  const canvas = fakeCanvas()
  const viewport = createViewport()
  viewport.size.set({ width: 800, height: 600 })
  let asked = 0
  const draws: number[] = []
  const layer = createInkCanvas<number>(canvas as unknown as HTMLCanvasElement, viewport, {
    isSame: (a, b) => a === b,
    draw: (context, things) => {
      draws.push(things.length)
      ;(context.canvas as unknown as typeof canvas).drawn.push(...things)
    },
    redraw: () => asked++,
  })
  /** One frame of the screen; says how many things were drawn in it. */
  const frame = (things: readonly number[]) => {
    draws.length = 0
    layer.show(things)
    return draws.reduce((sum, count) => sum + count, 0)
  }
  return { canvas, viewport, layer, frame, asked: () => asked }
}

/** Frames of the screen until there is nothing left to draw. */
function untilDrawn(frame: (things: readonly number[]) => number, things: readonly number[]): number {
  let frames = 0
  while (frame(things) > 0) expect(++frames).toBeLessThan(1_000)
  return frames
}

test('a few things are drawn at once, and very many come into sight as they are drawn', () => {
  const few = openLayer()
  expect(few.frame(numbers(200))).toBe(200)
  const { canvas, layer, frame, asked } = openLayer()
  const drawn = frame(numbers(5_000))
  expect(drawn).toBeGreaterThan(0)
  expect(drawn).toBeLessThanOrEqual(400)
  expect(canvas.drawn).toEqual(numbers(drawn))
  expect(asked(), 'asks for another frame').toBe(1)
  // An image has come: what is there goes on to the end, and is drawn anew out of sight.
  layer.spoil()
  frame(numbers(5_000))
  expect(canvas.drawn.length).toBeGreaterThan(drawn)
  for (let longest = canvas.drawn.length; longest < 5_000; longest = canvas.drawn.length) frame(numbers(5_000))
  expect(untilDrawn(frame, numbers(5_000)), 'frames of the second drawing').toBeGreaterThan(10)
  expect(canvas.drawn).toEqual(numbers(5_000))
})

test('very many things that come on top of others are drawn over many frames, beside those that are there', () => {
  const { canvas, frame } = openLayer()
  frame(numbers(400))
  // While the first ones are being drawn, and again when they are there.
  for (const count of [5_000, 9_000]) {
    const before = canvas.drawn.length
    expect(frame(numbers(count))).toBeLessThanOrEqual(400)
    expect(canvas.drawn.slice(0, before)).toEqual(numbers(before))
    untilDrawn(frame, numbers(count))
    expect(canvas.drawn).toEqual(numbers(count))
  }
})

test('very many things stay in sight while the window changes its size', () => {
  const { canvas, viewport, frame } = openLayer()
  untilDrawn(frame, numbers(1_000))
  viewport.size.set({ width: 700, height: 600 })
  frame(numbers(1_000))
  expect(canvas.width).toBe(700)
  expect(canvas.drawn).toHaveLength(1_000)
  expect(untilDrawn(frame, numbers(1_000)), 'frames of the second drawing').toBeGreaterThan(5)
  expect(canvas.drawn).toEqual(numbers(1_000))
})

test('what is added at the end costs itself alone', () => {
  const { canvas, frame } = openLayer()
  untilDrawn(frame, numbers(2_000))
  expect(frame(numbers(2_001))).toBe(1)
  expect(frame(numbers(2_001))).toBe(0)
  expect(canvas.drawn).toEqual(numbers(2_001))
})

test('while the view moves over very much, each frame draws a little, and the picture moves along', () => {
  const { canvas, viewport, frame, asked } = openLayer()
  const things = numbers(3_000)
  untilDrawn(frame, things)
  let most = 0
  for (let step = 0; step < 100; step++) {
    viewport.pan(5, 0)
    most = Math.max(most, frame(things))
    expect(canvas.style.transform).toMatch(/^translate\(/)
    expect(canvas.drawn).toHaveLength(3_000)
  }
  expect(most).toBeLessThanOrEqual(120)
  for (let rest = 0; canvas.style.transform !== ''; rest++) {
    const before = asked()
    frame(things)
    if (canvas.style.transform !== '') expect(asked(), 'asks for another frame').toBeGreaterThan(before)
    expect(rest).toBeLessThan(1_000)
  }
  expect(canvas.drawn).toEqual(things)
})

test('what others draw meanwhile shows at once, and nothing starves while they go on', () => {
  const { canvas, viewport, frame } = openLayer()
  untilDrawn(frame, numbers(1_000))
  viewport.pan(5, 0)
  for (let more = 1; more < 60; more++) {
    frame(numbers(1_000 + more))
    expect(canvas.drawn).toEqual(numbers(1_000 + more))
  }
  // A list that changes further back in each frame comes to the screen all the same.
  let changes = 0
  const seen = new Set<number>()
  for (let step = 0; step < 200; step++) {
    frame([-step, ...numbers(1_000)])
    if (canvas.drawn[0]! < 0 && !seen.has(canvas.drawn[0]!)) changes++
    seen.add(canvas.drawn[0]!)
  }
  expect(changes).toBeGreaterThan(3)
})
