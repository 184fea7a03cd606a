import type { Box } from '../../protocol/scene.ts'
import { prefersStillness } from '../browser/motion.ts'
import { createStore, type Store } from '../store/store.ts'
import {
  between,
  fitting,
  type Padding,
  type Point,
  type Size,
  sceneToScreen,
  screenToScene,
  type View,
  visibleBox,
  zoomedBy,
} from './view.ts'

/** What part of the endless desk is seen. All motion of the view goes through here. */
export interface Viewport {
  readonly view: Store<View>
  /** CSS pixels. */
  readonly size: Store<Size>
  toScene(screen: Point): Point
  toScreen(scene: Point): Point
  visible(): Box
  pan(dx: number, dy: number): void
  /** Keeps the scene point under `at` where it is; without `at` the middle of the view. */
  zoomBy(factor: number, at?: Point): void
  /** Shows the whole box, at most at `maxZoomTo`, gliding there unless the person prefers stillness. */
  fit(box: Box, options?: { padding?: Padding; maxZoomTo?: number; glide?: boolean }): void
  /** Stays where it is, also if it was gliding: whatever a hand touches lies still under it. */
  stay(): void
}

const glideMs = 320
/** Pixels of the screen for one of CSS. */
const pixelsPerUnit = (): number => globalThis.devicePixelRatio || 1

export function createViewport(): Viewport {
  const view = createStore<View>({ x: 0, y: 0, zoom: 1 })
  const size = createStore<Size>({ width: 1, height: 1 })
  let glide: number | null = null
  /** What panning has not moved yet: less than a pixel of the screen. */
  let owed: Point = { x: 0, y: 0 }

  function move(next: View): void {
    stopGliding()
    view.set(next)
  }

  function stopGliding(): void {
    if (glide !== null) cancelAnimationFrame(glide)
    glide = null
  }

  function glideTo(target: View): void {
    stopGliding()
    const from = view.get()
    const startedAt = performance.now()
    const tick = (now: number) => {
      const t = Math.min(1, Math.max(0, now - startedAt) / glideMs)
      glide = t < 1 ? requestAnimationFrame(tick) : null
      view.set(between(from, target, size.get(), t))
    }
    glide = requestAnimationFrame(tick)
  }

  return {
    view,
    size,
    toScene: screen => screenToScene(view.get(), screen),
    toScreen: scene => sceneToScreen(view.get(), scene),
    visible: () => visibleBox(view.get(), size.get()),
    pan(dx, dy) {
      // By whole pixels: what is drawn only moves along, and stays sharp.
      const whole = (length: number) => Math.round(length * pixelsPerUnit()) / pixelsPerUnit()
      const wanted = { x: dx + owed.x, y: dy + owed.y }
      const moved = { x: whole(wanted.x), y: whole(wanted.y) }
      owed = { x: wanted.x - moved.x, y: wanted.y - moved.y }
      const { x, y, zoom } = view.get()
      move({ zoom, x: x + moved.x, y: y + moved.y })
    },
    zoomBy(factor, at) {
      const { width, height } = size.get()
      move(zoomedBy(view.get(), factor, at ?? { x: width / 2, y: height / 2 }))
    },
    fit(box, { glide = true, ...options } = {}) {
      const target = fitting(box, size.get(), options)
      if (glide && !prefersStillness()) glideTo(target)
      else move(target)
    },
    stay: stopGliding,
  }
}
