import { byDepth } from '../../protocol/apply.ts'
import { drawElement } from '../../protocol/draw.ts'
import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import type { Box, Element, FrameElement } from '../../protocol/scene.ts'
import { isDark, prefersStillness } from '../store/preferences.ts'
import { onDarkDesk } from './deskColors.ts'
import type { Images } from './images.ts'
import type { Viewport } from './viewport.ts'

/**
 * The two canvases that hold ink. Between them lie the frames' paintings, which are DOM.
 *
 *   fresh    ink under a pen right now, ink being dragged, and ink that a painting above `settled` does not know yet
 *   (paintings)
 *   settled  everything else; redrawn whole when the view or old ink changes, added to when a stroke is finished
 *
 * So a pen never waits for the scene, however much is drawn, and React is nowhere on the way.
 */
export interface Surface {
  /** Old ink changed, or the view did: draw everything at the next animation frame. */
  redraw(): void
  /** The scene has these new versions. Finished ink on top is added without drawing the rest again. */
  changed(elements: readonly Element[]): void
  /** Ink that is under a pen or being dragged, by id; it stands in for the scene's own version. */
  lift(element: Element): void
  drop(id: string): void
  readonly lifted: ReadonlyMap<string, Element>
  /** A painting has taken in these elements: their ink fades out over it. */
  melt(frameId: string, elements: readonly Element[]): void
  dispose(): void
}

export interface SurfaceSource {
  /** What can be seen, from back to front. */
  elements(): readonly Element[]
  frames(): readonly FrameElement[]
  /** Frames whose painting covers their ink for this viewer, each with the ink that the painting does not show yet. */
  covered(): readonly { readonly frame: FrameElement; readonly fresh: readonly Element[] }[]
  /** After each drawing, for what has to stay in step with it. */
  onDrawn(): void
}

const meltMs = 420

export function createSurface(
  settled: HTMLCanvasElement,
  fresh: HTMLCanvasElement,
  viewport: Viewport,
  images: Images,
  source: SurfaceSource,
): Surface {
  const settledContext = contextOf(settled)
  const freshContext = contextOf(fresh)
  const lifted = new Map<string, Element>()
  let melting: { frameId: string; element: Element; since: number }[] = []
  /** Finished ink to add on top of `settled`; null when all of it has to be drawn again. */
  let additions: Element[] | null = null
  /** What `settled` shows, and its topmost element. */
  let onCanvas = new Map<string, Element>()
  let top: Element | undefined
  let scheduled = 0

  function schedule(): void {
    if (scheduled === 0) scheduled = requestAnimationFrame(draw)
  }

  function draw(now: number): void {
    scheduled = 0
    fitToView(settled, fresh)
    if (additions === null) {
      clear(settledContext)
      const visible = viewport.visible()
      const ink = source.elements().filter(settles)
      drawOnPaper(
        settledContext,
        ink.filter(element => overlaps(boundsOf(element), visible)),
      )
      onCanvas = new Map(ink.map(element => [element.id, element]))
      top = ink.at(-1)
    } else if (additions.length > 0) {
      drawOnPaper(settledContext, additions)
    }
    additions = []

    const active = [...source.elements().filter(isBeingDrawn), ...lifted.values()]
    // A moving eraser only ever takes more away, so it may work on the settled ink itself until it is lifted.
    drawOnPaper(
      settledContext,
      active.filter(element => element.kind === 'stroke' && element.erases),
    )
    drawFresh(active, now)
    melting = melting.filter(ink => now - ink.since < meltMs)
    if (melting.length > 0) schedule()
    source.onDrawn()
  }

  function drawFresh(active: readonly Element[], now: number): void {
    clear(freshContext)
    for (const { frame, fresh: unpainted } of source.covered()) {
      inside(freshContext, [frame], () => {
        for (const ink of melting) {
          if (ink.frameId !== frame.id) continue
          freshContext.globalAlpha = prefersStillness.matches ? 0 : Math.max(0, 1 - (now - ink.since) / meltMs) ** 2
          drawInk(freshContext, asInk(ink.element))
        }
        freshContext.globalAlpha = 1
        for (const element of unpainted) if (!isActive(element)) drawInk(freshContext, asInk(element))
        for (const element of active) drawInk(freshContext, asInk(element))
      })
    }
    drawOnPaper(
      freshContext,
      active.filter(element => !(element.kind === 'stroke' && element.erases)),
    )
  }

  /** On a dark desk twice: outside the frames in colors for the dark, inside them in true colors. */
  function drawOnPaper(context: CanvasRenderingContext2D, elements: readonly Element[]): void {
    if (elements.length === 0) return
    toScene(context)
    if (!isDark()) {
      for (const element of elements) drawInk(context, element)
      return
    }
    const visible = viewport.visible()
    const frames = source.frames().filter(frame => overlaps(frame, visible))
    outside(context, frames, visible, () => {
      for (const element of elements) drawInk(context, onDarkDesk(element))
    })
    if (frames.length === 0) return
    inside(context, frames, () => {
      for (const element of elements) drawInk(context, element)
    })
  }

  function drawInk(context: CanvasRenderingContext2D, element: Element): void {
    drawElement<CanvasImageSource>(context, element, images.get)
  }

  function toScene(context: CanvasRenderingContext2D): void {
    const { x, y, zoom } = viewport.view.get()
    context.setTransform(
      zoom * devicePixelRatio,
      0,
      0,
      zoom * devicePixelRatio,
      x * devicePixelRatio,
      y * devicePixelRatio,
    )
  }

  function inside(context: CanvasRenderingContext2D, boxes: readonly Box[], body: () => void): void {
    toScene(context)
    context.save()
    context.beginPath()
    for (const box of boxes) context.rect(box.x, box.y, box.width, box.height)
    context.clip()
    body()
    context.restore()
  }

  function outside(context: CanvasRenderingContext2D, boxes: readonly Box[], visible: Box, body: () => void): void {
    context.save()
    for (const box of boxes) {
      context.beginPath()
      context.rect(visible.x, visible.y, visible.width, visible.height)
      context.rect(box.x, box.y, box.width, box.height)
      context.clip('evenodd')
    }
    body()
    context.restore()
  }

  function fitToView(...canvases: readonly HTMLCanvasElement[]): void {
    const { width, height } = viewport.size.get()
    for (const canvas of canvases) {
      const pixelsWide = Math.round(width * devicePixelRatio)
      const pixelsHigh = Math.round(height * devicePixelRatio)
      if (canvas.width === pixelsWide && canvas.height === pixelsHigh) continue
      canvas.width = pixelsWide
      canvas.height = pixelsHigh
      additions = null
    }
  }

  const isActive = (element: Element) => lifted.has(element.id) || isBeingDrawn(element)
  const settles = (element: Element) => element.kind !== 'frame' && !isActive(element)

  /** Decides what a new version of an element means for the settled canvas. */
  function consider(element: Element): void {
    if (element.kind === 'frame') {
      // Where paper begins and the dark desk ends has moved.
      if (isDark()) additions = null
      return
    }
    if (additions === null || onCanvas.get(element.id) === element) return
    const shows = !element.removed && !isActive(element)
    if (shows && !onCanvas.has(element.id) && (top === undefined || byDepth(top, element) < 0)) {
      additions.push(element)
      onCanvas.set(element.id, element)
      top = element
    } else if (shows || onCanvas.has(element.id)) {
      additions = null
    }
  }

  return {
    redraw() {
      additions = null
      schedule()
    },
    changed(elements) {
      for (const element of elements) consider(element)
      schedule()
    },
    lift(element) {
      lifted.set(element.id, element)
      if (onCanvas.has(element.id)) additions = null
      schedule()
    },
    drop(id) {
      const was = lifted.get(id)
      if (!lifted.delete(id)) return
      // A finished eraser has nibbled at the settled ink all the way; drawn once more, its edge is exact.
      if (was?.kind === 'stroke' && was.erases) additions = null
      const element = source.elements().findLast(one => one.id === id)
      if (element) consider(element)
      schedule()
    },
    lifted,
    melt(frameId, elements) {
      const since = performance.now()
      melting.push(...elements.map(element => ({ frameId, element, since })))
      schedule()
    },
    dispose() {
      cancelAnimationFrame(scheduled)
    },
  }
}

/** Over a painting an eraser cannot take ink away; it shows the paper that it leaves. */
function asInk(element: Element): Element {
  return element.kind === 'stroke' && element.erases ? { ...element, erases: false, color: '#ffffff' } : element
}

const isBeingDrawn = (element: Element): boolean => element.kind === 'stroke' && !element.done

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('Expected a 2D canvas context, got none: this browser cannot draw.')
  return context
}

function clear(context: CanvasRenderingContext2D): void {
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, context.canvas.width, context.canvas.height)
}
