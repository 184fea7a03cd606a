import type { Box } from '../../protocol/scene.ts'
import { prefersStillness } from '../browser/motion.ts'
import { createStore, type Store } from '../store/store.ts'

/** Screen points are CSS pixels from the stage's top left corner; scene points are scene units. Never mixed: the names say which. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** screen = scene · zoom + (x, y) */
export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

const minZoom = 0.05
const maxZoom = 8

/** What part of the endless desk is seen. All motion of the view goes through here. */
export interface Viewport {
  readonly view: Store<View>
  /** CSS pixels. */
  readonly size: Store<{ readonly width: number; readonly height: number }>
  toScene(screen: Point): Point
  toScreen(scene: Point): Point
  visible(): Box
  pan(dx: number, dy: number): void
  /** Keeps the scene point under `at` where it is. */
  zoomBy(factor: number, at?: Point): void
  /** Shows the whole box, at most at `maxZoomTo`, gliding there unless the person prefers stillness. */
  fit(box: Box, options?: { padding?: Padding; maxZoomTo?: number; glide?: boolean }): void
}
export interface Padding {
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly left: number
}

export function createViewport(): Viewport {
  const view = createStore<View>({ x: 0, y: 0, zoom: 1 })
  const size = createStore({ width: 1, height: 1 })
  let glide = 0

  function move(next: View): void {
    cancelAnimationFrame(glide)
    view.set(next)
  }

  function glideTo(target: View): void {
    cancelAnimationFrame(glide)
    const from = view.get()
    const startedAt = performance.now()
    const durationMs = 320
    const tick = (now: number) => {
      const t = Math.min(1, Math.max(0, now - startedAt) / durationMs)
      const eased = 1 - (1 - t) ** 3
      // Zoom moves geometrically, and the middle of the view moves straight: nothing swings through.
      const zoom = from.zoom * (target.zoom / from.zoom) ** eased
      const { width, height } = size.get()
      const middle = (v: View) => ({ x: (width / 2 - v.x) / v.zoom, y: (height / 2 - v.y) / v.zoom })
      const a = middle(from)
      const b = middle(target)
      const share = from.zoom === target.zoom ? eased : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / target.zoom)
      view.set({
        zoom,
        x: width / 2 - (a.x + (b.x - a.x) * share) * zoom,
        y: height / 2 - (a.y + (b.y - a.y) * share) * zoom,
      })
      if (t < 1) glide = requestAnimationFrame(tick)
      else view.set(target)
    }
    glide = requestAnimationFrame(tick)
  }

  const viewport: Viewport = {
    view,
    size,
    toScene(screen) {
      const { x, y, zoom } = view.get()
      return { x: (screen.x - x) / zoom, y: (screen.y - y) / zoom }
    },
    toScreen(scene) {
      const { x, y, zoom } = view.get()
      return { x: scene.x * zoom + x, y: scene.y * zoom + y }
    },
    visible() {
      const { x, y, zoom } = view.get()
      const { width, height } = size.get()
      return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom }
    },
    pan(dx, dy) {
      const v = view.get()
      move({ ...v, x: v.x + dx, y: v.y + dy })
    },
    zoomBy(factor, at) {
      const v = view.get()
      const { width, height } = size.get()
      const point = at ?? { x: width / 2, y: height / 2 }
      const zoom = Math.min(maxZoom, Math.max(minZoom, v.zoom * factor))
      const ratio = zoom / v.zoom
      move({ zoom, x: point.x - (point.x - v.x) * ratio, y: point.y - (point.y - v.y) * ratio })
    },
    fit(box, options = {}) {
      const { padding = { top: 40, right: 40, bottom: 40, left: 40 }, maxZoomTo = 1.5, glide = true } = options
      const { width, height } = size.get()
      const roomX = Math.max(80, width - padding.left - padding.right)
      const roomY = Math.max(80, height - padding.top - padding.bottom)
      const fitting = Math.min(roomX / Math.max(box.width, 1), roomY / Math.max(box.height, 1), maxZoomTo)
      const zoom = Math.max(minZoom, Math.min(maxZoom, fitting))
      const target = {
        zoom,
        x: padding.left + roomX / 2 - (box.x + box.width / 2) * zoom,
        y: padding.top + roomY / 2 - (box.y + box.height / 2) * zoom,
      }
      if (glide && !prefersStillness()) glideTo(target)
      else move(target)
    },
  }
  return viewport
}
