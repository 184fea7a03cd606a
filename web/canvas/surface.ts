import type { Element, FrameElement } from '../../protocol/scene.ts'
import { prefersStillness } from '../browser/motion.ts'
import { createDrawingSupport } from './drawingSupport.ts'
import { createGrowingInk } from './growingInk.ts'
import type { Images } from './images.ts'
import { clear, contextOf, createInkLayer, matchSize, toScene } from './inkLayer.ts'
import { createInkPainter } from './inkPainter.ts'
import { type Covered, type InkOnFrame, type Layers, layersOf } from './layers.ts'
import type { Viewport } from './viewport.ts'

/**
 * The three canvases that hold ink. Between the first two lie the frames' paintings, which are DOM.
 *
 *   active     ink under a pen right now, ink being dragged, ink that melts into a painting: drawn anew each frame
 *   unpainted  ink over a painting that does not show it yet
 *   (paintings)
 *   settled    everything else
 *
 * So a pen never waits for the scene, however much is drawn, and React is nowhere on the way.
 */
export interface Surface {
  /** Something looks different: draw what is needed at the next animation frame. */
  draw(): void
  /** Everything looks different, as when light turns dark or an image has come. */
  redraw(): void
  /** A painting has taken in these elements: their ink fades out over it. */
  melt(frame: FrameElement, elements: readonly Element[]): void
  dispose(): void
}

export interface Canvases {
  readonly settled: HTMLCanvasElement
  readonly unpainted: HTMLCanvasElement
  readonly active: HTMLCanvasElement
}

export interface SurfaceSource {
  /** What can be seen, from back to front. */
  elements(): readonly Element[]
  /** Elements that are under a pen or dragged, in the place of the scene's own version. */
  readonly lifted: ReadonlyMap<string, Element>
  frames(): readonly FrameElement[]
  covered(): readonly Covered[]
  /** After each drawing, for what has to stay in step with it. */
  onDrawn(): void
}

const meltMs = 420

export function createSurface(canvases: Canvases, viewport: Viewport, images: Images, source: SurfaceSource): Surface {
  const support = createDrawingSupport(images)
  const growing = createGrowingInk(viewport, support)
  const painter = createInkPainter(viewport, support, growing, source.frames)
  let melting: (InkOnFrame & { readonly since: number })[] = []
  let scheduled = 0

  const settled = createInkLayer<Element>(canvases.settled, viewport, {
    isSame: (a, b) => a === b,
    draw: (context, elements, view) => painter.onDesk(context, elements, view),
    redraw: schedule,
  })
  const unpainted = createInkLayer<InkOnFrame>(canvases.unpainted, viewport, {
    isSame: (a, b) => a.element === b.element && a.frame === b.frame,
    draw: (context, inks) => painter.onFrames(context, inks),
    redraw: schedule,
  })
  const active = contextOf(canvases.active)

  function schedule(): void {
    if (scheduled === 0) scheduled = requestAnimationFrame(drawAll)
  }

  function drawAll(now: number): void {
    scheduled = 0
    const layers = layersOf(source.elements(), source.lifted, source.covered())
    settled.show(layers.settled)
    // Until it rests, an eraser works on a copy of the settled ink.
    settled.paint(layers.erasers)
    unpainted.show(layers.unpainted)
    drawActive(layers, now)
    melting = melting.filter(ink => now - ink.since < meltMs)
    growing.endFrame()
    if (melting.length > 0) schedule()
    source.onDrawn()
  }

  function drawActive(layers: Layers, now: number): void {
    matchSize(canvases.active, viewport)
    clear(active)
    toScene(active, viewport.view.get())
    for (const ink of melting) {
      active.globalAlpha = prefersStillness() ? 0 : Math.max(0, 1 - (now - ink.since) / meltMs) ** 2
      painter.onFrames(active, [ink])
    }
    active.globalAlpha = 1
    painter.onDesk(active, layers.moving, viewport.view.get())
    painter.onFrames(active, layers.erasersOnFrames)
  }

  return {
    draw: schedule,
    redraw() {
      settled.spoil()
      unpainted.spoil()
      schedule()
    },
    melt(frame, elements) {
      const since = performance.now()
      melting.push(...elements.map(element => ({ frame, element, since })))
      schedule()
    },
    dispose() {
      cancelAnimationFrame(scheduled)
    },
  }
}
