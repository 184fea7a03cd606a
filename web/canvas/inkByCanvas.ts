import type { FrameState } from '../../protocol/events.ts'
import { type ElementsById, inkByLayer, type LayerInk, layerOf } from '../../protocol/layers.ts'
import type { Element, FrameElement, LayerElement } from '../../protocol/scene.ts'

/** A frame whose painting covers its ink for this viewer, with the ink that the painting does not show yet. */
export interface Covered {
  readonly frame: FrameElement
  readonly unpainted: readonly Element[]
}

/** Ink as it is seen over one frame. */
export interface InkOnFrame {
  readonly frame: FrameElement
  readonly element: Element
  readonly layer: LayerElement | null
}

/** What goes onto which of the canvases. */
export interface InkByCanvas {
  /** Ink that rests, layer by layer, from the lowest to the highest; on no layer first. */
  readonly settled: readonly LayerInk[]
  /** Resting ink over a painting that does not show it yet. */
  readonly unpainted: readonly InkOnFrame[]
  /** Ink that is being drawn or dragged, without erasers. */
  readonly moving: readonly LayerInk[]
  /** Eraser strokes that are still being drawn: they take away from their layer in `settled` and show paper over paintings. */
  readonly erasers: readonly LayerInk[]
  /** The same, once for each painting that they may show paper over. */
  readonly erasersOnFrames: readonly InkOnFrame[]
}

/** `lifted`: elements that are under a pen or dragged here, in the place of the scene's own version. */
export function inkByCanvas(
  elements: readonly Element[],
  lifted: ReadonlyMap<string, Element>,
  covered: readonly Covered[],
  byId: ElementsById,
): InkByCanvas {
  const isLifted = (element: Element) => lifted.has(element.id)
  const isActive = (element: Element) => isLifted(element) || (element.kind === 'stroke' && !element.done)
  const active = [...elements.filter(element => isActive(element) && !isLifted(element)), ...lifted.values()]
  const onFrames = ({ frame }: Covered, inks: readonly Element[]) =>
    inks.map((element): InkOnFrame => ({ frame, element, layer: layerOf(element, byId) }))
  const erasers = inkByLayer(active.filter(isEraser), byId)
  const overPaintings = erasers.filter(({ layer }) => !layer?.unseen).flatMap(({ ink }) => ink)
  return {
    settled: inkByLayer(
      elements.filter(element => !isActive(element)),
      byId,
    ),
    unpainted: covered.flatMap(one =>
      onFrames(
        one,
        one.unpainted.filter(element => !isActive(element)),
      ),
    ),
    moving: inkByLayer(
      active.filter(element => !isEraser(element)),
      byId,
    ),
    erasers,
    erasersOnFrames: covered.flatMap(one => onFrames(one, overPaintings)),
  }
}

const isEraser = (element: Element): boolean => element.kind === 'stroke' && element.erases

/** Up to which of the room's clocks a painting shows all ink, by its own clock and by what the server says of it. */
export function clockShown(paintedAt: number, state: Pick<FrameState, 'painted'> | undefined): number {
  const painted = state?.painted
  // What the server says of a picture that is still on its way here is not true of the one before it.
  return painted && paintedAt >= painted.at ? Math.max(paintedAt, painted.upTo) : paintedAt
}
