import type { View } from './view.ts'
import type { Viewport } from './viewport.ts'

/**
 * One canvas that shows a list of things and draws as little as it can: what is added at the end of the list is drawn on
 * top of what is there; only when the list changes further back, all of it is drawn again. While the view moves over very
 * much ink, the picture that is there moves along, and is drawn again when the view comes to rest.
 */
export interface InkLayer<T> {
  readonly context: CanvasRenderingContext2D
  /** `draw` gets the things that are missing, with the scene's coordinates set up. */
  show(things: readonly T[], draw: (missing: readonly T[]) => void): void
  /** What is on the canvas is not what it should be: the next `show` draws everything. */
  spoil(): void
  dispose(): void
}

/** More things than this are not drawn again for each frame of a moving view. */
const manyThings = 300
const restMs = 90

export function createInkLayer<T>(
  canvas: HTMLCanvasElement,
  viewport: Viewport,
  options: { readonly isSame: (a: T, b: T) => boolean; readonly redraw: () => void },
): InkLayer<T> {
  const context = contextOf(canvas)
  let shown: readonly T[] = []
  let shownView: View | null = null
  let rest: ReturnType<typeof setTimeout> | undefined

  /** Whether the picture may lag behind the view for a moment. */
  function mayMoveAlong(things: readonly T[], view: View): boolean {
    if (shownView === null || shownView === view || things.length < manyThings) return false
    const scale = view.zoom / shownView.zoom
    const x = view.x - shownView.x * scale
    const y = view.y - shownView.y * scale
    canvas.style.transform = `translate(${x}px, ${y}px) scale(${scale})`
    clearTimeout(rest)
    rest = setTimeout(() => {
      shownView = null
      options.redraw()
    }, restMs)
    return true
  }

  return {
    context,
    show(things, draw) {
      const view = viewport.view.get()
      if (matchSize(canvas, viewport)) shownView = null
      if (mayMoveAlong(things, view)) return
      const isLonger =
        shownView === view &&
        things.length >= shown.length &&
        shown.every((thing, index) => options.isSame(thing, things[index]!))
      if (!isLonger) {
        clearTimeout(rest)
        canvas.style.transform = ''
        clear(context)
      }
      const missing = isLonger ? things.slice(shown.length) : things
      toScene(context, view)
      if (missing.length > 0) draw(missing)
      shown = things
      shownView = view
    },
    spoil() {
      shownView = null
    },
    dispose: () => clearTimeout(rest),
  }
}

/** Sets the context up for scene coordinates. */
export function toScene(context: CanvasRenderingContext2D, { x, y, zoom }: View): void {
  const scale = zoom * devicePixelRatio
  context.setTransform(scale, 0, 0, scale, x * devicePixelRatio, y * devicePixelRatio)
}

export function clear(context: CanvasRenderingContext2D): void {
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, context.canvas.width, context.canvas.height)
}

/** One canvas pixel for each pixel of the screen; true if that had to change, which empties the canvas. */
export function matchSize(canvas: HTMLCanvasElement, viewport: Viewport): boolean {
  const { width, height } = viewport.size.get()
  const pixelsWide = Math.round(width * devicePixelRatio)
  const pixelsHigh = Math.round(height * devicePixelRatio)
  if (canvas.width === pixelsWide && canvas.height === pixelsHigh) return false
  canvas.width = pixelsWide
  canvas.height = pixelsHigh
  return true
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('Expected a 2D canvas context, got none: this browser cannot draw.')
  return context
}
