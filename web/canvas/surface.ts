import { type ElementsById, type LayerInk, layerOf } from '../../protocol/layers.ts'
import type { Element, FrameElement } from '../../protocol/scene.ts'
import { prefersStillness } from '../browser/motion.ts'
import { createDrawingSupport } from './drawingSupport.ts'
import { createGrowingInk } from './growingInk.ts'
import type { Images } from './images.ts'
import { type Covered, type InkByCanvas, type InkOnFrame, inkByCanvas } from './inkByCanvas.ts'
import { clear, contextOf, createInkCanvas, matchSize, toScene } from './inkCanvas.ts'
import { createInkPainter } from './inkPainter.ts'
import { createLayerCanvases, type LayerHolders } from './layerCanvases.ts'
import { visibleBox } from './view.ts'
import type { Viewport } from './viewport.ts'

/**
 * The canvases that hold ink. Among them lie the frames' paintings, which are DOM.
 *
 *   active     ink under a pen right now, ink being dragged, ink that melts into a painting: drawn anew each frame
 *   (unseen)   a canvas for each layer that the model does not get
 *   unpainted  ink over a painting that does not show it yet
 *   (paintings)
 *   (seen)     a canvas for each layer that the model gets
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
  readonly layers: LayerHolders
}

export interface SurfaceSource {
  /** What lies on the canvas, from back to front. */
  elements(): readonly Element[]
  /** The scene's own, layers among them. */
  readonly byId: ElementsById
  /** The ink that a frame's model gets. */
  inkOn(frame: FrameElement): readonly LayerInk[]
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
  const painter = createInkPainter(support, growing, source)
  let melting: (InkOnFrame & { readonly since: number })[] = []
  let scheduled = 0

  /** That of all resting ink, and those of layers; over paintings there is little. */
  const countCanvases = () => 1 + layers.count
  const settled = createInkCanvas<Element>(canvases.settled, viewport, {
    isSame: (a, b) => a === b,
    draw: (context, elements, view) => painter.onDesk(context, elements, visibleBox(view, viewport.size.get())),
    redraw: schedule,
    canvases: countCanvases,
  })
  const frameOf = (id: string) => source.frames().find(frame => frame.id === id)
  const layers = createLayerCanvases(canvases.layers, viewport, {
    ...{ painter, frameOf, redraw: schedule, canvases: countCanvases },
  })
  const unpainted = createInkCanvas<InkOnFrame>(canvases.unpainted, viewport, {
    isSame: (a, b) => a.element === b.element && a.frame === b.frame && a.layer === b.layer,
    draw: (context, inks) => painter.onFrames(context, inks),
    redraw: schedule,
    canvases: countCanvases,
  })
  const active = contextOf(canvases.active)

  function schedule(): void {
    if (scheduled === 0) scheduled = requestAnimationFrame(drawAll)
  }

  function drawAll(now: number): void {
    scheduled = 0
    const ink = inkByCanvas(source.elements(), source.lifted, source.covered(), source.byId)
    // First comes what lies on no layer.
    settled.show(ink.settled[0]!.ink)
    // Until it rests, an eraser works on a copy of the settled ink.
    settled.paint(ink.erasers[0]!.ink)
    layers.show(ink.settled.slice(1), ink.erasers.slice(1))
    unpainted.show(ink.unpainted)
    drawActive(ink, now)
    melting = melting.filter(one => now - one.since < meltMs)
    growing.endFrame()
    if (melting.length > 0) schedule()
    source.onDrawn()
  }

  function drawActive(ink: InkByCanvas, now: number): void {
    matchSize(canvases.active, viewport)
    clear(active)
    toScene(active, viewport.view.get())
    for (const one of melting) {
      active.globalAlpha = prefersStillness() ? 0 : Math.max(0, 1 - (now - one.since) / meltMs) ** 2
      painter.onFrames(active, [one])
    }
    active.globalAlpha = 1
    for (const { layer, ink: elements } of ink.moving) {
      const frame = layer && frameOf(layer.frame)
      active.globalAlpha = layer?.opacity ?? 1
      if (frame) painter.onLayer(active, elements, frame, viewport.visible())
      else painter.onDesk(active, elements, viewport.visible())
    }
    active.globalAlpha = 1
    painter.onFrames(active, ink.erasersOnFrames)
  }

  return {
    draw: schedule,
    redraw() {
      settled.spoil()
      unpainted.spoil()
      layers.spoil()
      schedule()
    },
    melt(frame, elements) {
      const since = performance.now()
      melting.push(...elements.map(element => ({ frame, element, layer: layerOf(element, source.byId), since })))
      schedule()
    },
    dispose() {
      cancelAnimationFrame(scheduled)
      layers.dispose()
    },
  }
}
