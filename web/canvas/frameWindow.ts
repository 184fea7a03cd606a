import type { Box } from '../../protocol/scene.ts'
import type { Size, View } from './view.ts'
import type { Viewport } from './viewport.ts'

/** What a canvas shows: a view, seen from its own upper left corner, and how large it is in CSS pixels. */
export interface Window {
  readonly view: { get(): View }
  readonly size: { get(): Size }
}

/**
 * The window of a canvas that lies over a frame. A frame that fits into the view has one of its own size that goes where
 * the frame goes, so moving the view draws nothing; a larger one has the view's.
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

  return {
    view: {
      get() {
        if (!fits()) return viewport.view.get()
        const { zoom } = viewport.view.get()
        const { x, y } = frameNow()
        const next = { zoom, x: margin - x * zoom, y: margin - y * zoom }
        // The same view as long as it shows the same: what was drawn for it stays.
        if (own?.zoom !== zoom || own.x !== next.x || own.y !== next.y) own = next
        return own
      },
    },
    size: {
      get() {
        const view = viewport.size.get()
        if (!fits()) return view
        const { zoom } = viewport.view.get()
        const { width, height } = frameNow()
        const step = (length: number, most: number) =>
          Math.min(most, Math.ceil((length * zoom + 2 * margin) / sizeStep) * sizeStep)
        return { width: step(width, view.width), height: step(height, view.height) }
      },
    },
    place(canvas) {
      const { width, height } = this.size.get()
      const { x, y, zoom } = viewport.view.get()
      const frame = frameNow()
      // On whole pixels of the screen, so that nothing is blurred.
      const whole = (length: number) => Math.round(length * devicePixelRatio) / devicePixelRatio
      const isOwn = fits()
      canvas.style.left = `${isOwn ? whole(frame.x * zoom + x) - margin : 0}px`
      canvas.style.top = `${isOwn ? whole(frame.y * zoom + y) - margin : 0}px`
      canvas.style.width = `${width}px`
      canvas.style.height = `${height}px`
    },
  }
}
