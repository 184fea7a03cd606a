import type { Box } from '../../protocol/scene.ts'
import type { Point, Size, View } from './view.ts'
import type { Viewport } from './viewport.ts'

/** What a canvas shows: a view, seen from its own upper left corner, and how large it is in CSS pixels. */
export interface Window {
  readonly view: { get(): View }
  readonly size: { get(): Size }
}

/**
 * The window of a canvas that lies over a frame. A frame that fits into the view has one of its own size that goes where
 * the frame goes, so moving the view by whole pixels draws nothing; a larger one has the view's.
 */
export interface FrameWindow extends Window {
  /** Puts the canvas where the window is now. */
  place(canvas: HTMLElement): void
}

/** Sizes go in such steps, so that a canvas is not emptied with each step of the zoom. */
const sizeStep = 256
/** Soft edges beside the frame. */
const margin = 1

export function createFrameWindow(viewport: Pick<Viewport, 'view' | 'size'>, frameNow: () => Box): FrameWindow {
  let own: View | null = null

  function fits(): boolean {
    const { zoom } = viewport.view.get()
    const frame = frameNow()
    const { width, height } = viewport.size.get()
    return frame.width * zoom + 2 * margin <= width && frame.height * zoom + 2 * margin <= height
  }

  function sizeNow(): Size {
    const view = viewport.size.get()
    if (!fits()) return view
    const { zoom } = viewport.view.get()
    const { width, height } = frameNow()
    const step = (length: number, most: number) =>
      Math.min(most, Math.ceil((length * zoom + 2 * margin) / sizeStep) * sizeStep)
    return { width: step(width, view.width), height: step(height, view.height) }
  }

  /** Where it lies on the stage: on whole pixels of the screen, so that nothing is blurred. */
  function cornerNow(): Point {
    if (!fits()) return { x: 0, y: 0 }
    const { x, y, zoom } = viewport.view.get()
    const frame = frameNow()
    const whole = (length: number) => Math.floor(length * devicePixelRatio) / devicePixelRatio
    return { x: whole(frame.x * zoom + x) - margin, y: whole(frame.y * zoom + y) - margin }
  }

  return {
    view: {
      get() {
        if (!fits()) return viewport.view.get()
        const view = viewport.view.get()
        const corner = cornerNow()
        const next = { zoom: view.zoom, x: tidy(view.x - corner.x), y: tidy(view.y - corner.y) }
        // The same view as long as it shows the same: what was drawn for it stays.
        if (own?.zoom !== next.zoom || own.x !== next.x || own.y !== next.y) own = next
        return own
      },
    },
    size: { get: sizeNow },
    place(canvas) {
      const { x, y } = cornerNow()
      const { width, height } = sizeNow()
      // Moving it lays nothing out anew, as another corner would.
      canvas.style.translate = `${x}px ${y}px`
      canvas.style.width = `${width}px`
      canvas.style.height = `${height}px`
    },
  }
}

/** Without what floating point leaves behind. */
const tidy = (length: number): number => Math.round(length * 1e4) / 1e4
