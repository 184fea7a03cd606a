import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFrameWindow } from '../../../web/canvas/frameWindow.ts'
import { createViewport } from '../../../web/canvas/viewport.ts'
import { createStore } from '../../../web/store/store.ts'

const frame = { x: 100, y: 50, width: 200, height: 300 }

beforeEach(() => vi.stubGlobal('devicePixelRatio', 2))
afterEach(() => vi.unstubAllGlobals())

test('a frame that fits into the view has a window of its own, which panning by whole pixels leaves as it is', () => {
  const view = createStore({ x: 10, y: 20, zoom: 1 })
  const window = createFrameWindow({ view, size: createStore({ width: 800, height: 600 }) }, () => frame)
  const before = window.view.get()
  expect(before).toEqual({ x: -99, y: -49, zoom: 1 })
  expect(window.size.get()).toEqual({ width: 256, height: 512 })
  view.set({ x: 33.5, y: 20, zoom: 1 })
  expect(window.view.get()).toBe(before)
  const canvas = { style: {} as Record<string, string> }
  window.place(canvas as unknown as HTMLElement)
  expect(canvas.style).toEqual({ translate: '132.5px 69px', width: '256px', height: '512px' })
})

test('panning by parts of a pixel goes by whole ones and loses nothing, so the window stays as it is', () => {
  const viewport = createViewport()
  viewport.size.set({ width: 800, height: 600 })
  const window = createFrameWindow(viewport, () => frame)
  const before = window.view.get()
  for (let step = 0; step < 100; step++) {
    viewport.pan(0.33, -0.07)
    expect(window.view.get()).toBe(before)
  }
  expect(viewport.view.get()).toEqual({ x: 33, y: -7, zoom: 1 })
})

test('a larger one has the view’s', () => {
  const view = createStore({ x: 10, y: 20, zoom: 4 })
  const window = createFrameWindow({ view, size: createStore({ width: 800, height: 600 }) }, () => frame)
  expect([window.view.get(), window.size.get()]).toEqual([view.get(), { width: 800, height: 600 }])
})
