import type { Window } from './frameWindow.ts'
import type { View } from './view.ts'

/**
 * One canvas that shows a list of things and draws as little as it can: what is added at the end of the list is drawn on
 * top of what is there; only when the list changes further back, all of it is drawn again. Very many things are drawn
 * again a few in each frame, on a second canvas, while the picture that is there moves along with the view. Where there is
 * none yet, they come into sight as they are drawn.
 */
export interface InkCanvas<T> {
  show(things: readonly T[]): void
  /** Draws more over what is there, until the next `show`. */
  paint(things: readonly T[]): void
  /** What is on the canvas is not what it should be: the next `show` draws everything. */
  spoil(): void
}

/** More things than this are not drawn in one frame. */
const manyThings = 300
/** So many in each frame instead, and no longer than that, of all canvases together. */
const again = { things: 120, ms: 5 }
/** While the view moves, it moves as if there was nothing. */
const whileMoving = { things: 60, ms: 3 }
/** Somebody waits for the first picture, and nothing moves yet: some of it at once, then much in each frame. */
const toBegin = { things: 100, ms: 8 }
const atFirst = { things: 400, ms: 20 }

/** All things being drawn again, for a view and a list that may have moved on when they are done. */
interface Redrawing<T> {
  readonly view: View
  readonly things: readonly T[]
  readonly drawn: number
}

export function createInkCanvas<T>(
  canvas: HTMLCanvasElement,
  window: Window,
  options: {
    readonly isSame: (a: T, b: T) => boolean
    /** Draws things as they are seen in a view; the scene's coordinates are set up. */
    readonly draw: (context: CanvasRenderingContext2D, things: readonly T[], view: View) => void
    /** Asks for another `show` in the next frame. */
    readonly redraw: () => void
    /** How many canvases are drawn in one frame, this one among them; absent: this one alone. */
    readonly canvases?: () => number
  },
): InkCanvas<T> {
  const context = contextOf(canvas)
  const { isSame } = options
  let shown: { readonly view: View; readonly things: readonly T[] } | null = null
  let isSpoiled = false
  let redrawing: Redrawing<T> | null = null
  let buffer: HTMLCanvasElement | null = null
  /** The canvas without what was painted over it. */
  let plain: HTMLCanvasElement | null = null
  let isPainted = false
  let lastView: View | null = null

  const beginsWith = (things: readonly T[], first: readonly T[]): boolean =>
    things.length >= first.length && first.every((thing, index) => isSame(thing, things[index]!))

  function draw(onto: CanvasRenderingContext2D, things: readonly T[], view: View): void {
    if (things.length === 0) return
    toScene(onto, view)
    options.draw(onto, things, view)
  }

  function takeAwayPaint(): void {
    if (isPainted && plain) copy(plain, context)
    isPainted = false
  }

  /** All of it, now. */
  function drawAll(things: readonly T[], view: View): void {
    clear(context)
    isSpoiled = false
    draw(context, things, view)
    become(things, view)
  }

  function become(things: readonly T[], view: View): void {
    shown = { things, view }
    redrawing = null
  }

  /**
   * A few more things, on the second canvas if there is a picture on the first; the last ones bring it to the screen, and
   * what has come since with it.
   */
  function drawSlice(things: readonly T[], view: View): void {
    const isFirst = shown === null
    const job = jobFor(things, view)
    const onto = isFirst ? context : secondContext()
    if (job.drawn === 0) clear(onto)
    if (isFirst && job.drawn === 0) isSpoiled = false
    const slice = isFirst ? (job.drawn === 0 ? toBegin : atFirst) : lastView === view ? again : whileMoving
    const share = 1 / (options.canvases?.() ?? 1)
    const until = performance.now() + slice.ms * share
    const most = Math.min(job.things.length, job.drawn + Math.max(20, slice.things * share))
    let { drawn } = job
    while (drawn < most && (drawn === job.drawn || performance.now() < until)) {
      const next = Math.min(drawn + 20, job.things.length)
      draw(onto, job.things.slice(drawn, next), job.view)
      drawn = next
    }
    redrawing = { ...job, drawn }
    if (drawn === job.things.length) {
      if (!isFirst) {
        copy(onto.canvas, context)
        isSpoiled = false
      }
      const isBehind = !beginsWith(things, job.things)
      if (!isBehind) draw(context, things.slice(job.things.length), job.view)
      become(isBehind ? job.things : things, job.view)
    }
    if (redrawing || shown?.view !== view || shown.things !== things) options.redraw()
  }

  /** What is being drawn again, or all of it. A first picture takes in what comes on top while it is drawn. */
  function jobFor(things: readonly T[], view: View): Redrawing<T> {
    if (!redrawing) return { view, things, drawn: 0 }
    const hasGrown = shown === null && things.length > redrawing.things.length && beginsWith(things, redrawing.things)
    return hasGrown ? { ...redrawing, things } : redrawing
  }

  function secondContext(): CanvasRenderingContext2D {
    buffer ??= document.createElement('canvas')
    matchSize(buffer, window)
    return contextOf(buffer)
  }

  /** Another size empties a canvas: very many things stay to be seen as they are until they are drawn anew. */
  function fitSize(): void {
    const [width, height] = pixelsOf(window)
    if (canvas.width === width && canvas.height === height) return
    redrawing = null
    if (shown === null || shown.things.length < manyThings) {
      matchSize(canvas, window)
      shown = null
      return
    }
    const before = copyOf(canvas)
    matchSize(canvas, window)
    copy(before, context)
    isSpoiled = true
  }

  return {
    show(things) {
      const view = window.view.get()
      takeAwayPaint()
      fitSize()
      // There is nothing to be kept in sight while very many things come.
      if (shown?.things.length === 0 && things.length >= manyThings) shown = null
      const isLonger = shown !== null && !isSpoiled && beginsWith(things, shown.things)
      if (shown && isLonger && things.length - shown.things.length >= manyThings) {
        // More than fits into a frame has come on top: it is drawn as a first picture is.
        redrawing = { view: shown.view, things, drawn: shown.things.length }
        shown = null
      } else if (shown && isLonger) {
        draw(context, things.slice(shown.things.length), shown.view)
        shown = { things, view: shown.view }
      }
      if (!isLonger || shown?.view !== view) {
        if (things.length < manyThings) drawAll(things, view)
        else drawSlice(things, view)
      } else redrawing = null
      lastView = view
      moveAlong(canvas, shown?.view ?? redrawing!.view, view)
    },
    paint(things) {
      if (!shown || things.length === 0) return
      plain ??= document.createElement('canvas')
      matchSize(plain, window)
      copy(canvas, contextOf(plain))
      isPainted = true
      draw(context, things, shown.view)
    },
    spoil() {
      isSpoiled = true
      // A first picture is finished all the same, so that it does not begin again and again while images come.
      if (shown) redrawing = null
    },
  }
}

function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const same = document.createElement('canvas')
  same.width = canvas.width
  same.height = canvas.height
  copy(canvas, contextOf(same))
  return same
}

function copy(from: HTMLCanvasElement, onto: CanvasRenderingContext2D): void {
  clear(onto)
  onto.drawImage(from, 0, 0)
}

/** What was drawn for one view stands where another has it. */
function moveAlong(canvas: HTMLCanvasElement, drawn: View, view: View): void {
  if (drawn === view) {
    if (canvas.style.transform) canvas.style.transform = ''
    return
  }
  const scale = view.zoom / drawn.zoom
  canvas.style.transform = `translate(${view.x - drawn.x * scale}px, ${view.y - drawn.y * scale}px) scale(${scale})`
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

/** The pixels of the screen that the view has, across and down. */
function pixelsOf(window: Window): readonly [number, number] {
  const { width, height } = window.size.get()
  return [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
}

/** One canvas pixel for each pixel of the screen; true if that had to change, which empties the canvas. */
export function matchSize(canvas: HTMLCanvasElement, window: Window): boolean {
  const [pixelsWide, pixelsHigh] = pixelsOf(window)
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
