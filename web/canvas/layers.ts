import type { FrameState } from '../../protocol/events.ts'
import type { Element, FrameElement } from '../../protocol/scene.ts'

/** A frame whose painting covers its ink for this viewer, with the ink that the painting does not show yet. */
export interface Covered {
  readonly frame: FrameElement
  readonly unpainted: readonly Element[]
}

/** Ink as it is seen over one frame. */
export interface InkOnFrame {
  readonly frame: FrameElement
  readonly element: Element
}

/** What goes onto which of the three canvases. */
export interface Layers {
  /** Ink that rests, from back to front, below the paintings. */
  readonly settled: readonly Element[]
  /** Resting ink over a painting that does not show it yet. */
  readonly unpainted: readonly InkOnFrame[]
  /** Ink that is being drawn or dragged, without erasers. */
  readonly moving: readonly Element[]
  /** Eraser strokes that are still being drawn: they take away from `settled` and show paper over paintings. */
  readonly erasers: readonly Element[]
  /** The same, once for each painting that they may show paper over. */
  readonly erasersOnFrames: readonly InkOnFrame[]
}

/** `lifted`: elements that are under a pen or dragged here, in the place of the scene's own version. */
export function layersOf(
  elements: readonly Element[],
  lifted: ReadonlyMap<string, Element>,
  covered: readonly Covered[],
): Layers {
  const isLifted = (element: Element) => lifted.has(element.id)
  const isActive = (element: Element) => isLifted(element) || (element.kind === 'stroke' && !element.done)
  const active = [...elements.filter(element => isActive(element) && !isLifted(element)), ...lifted.values()]
  const erasers = active.filter(isEraser)
  return {
    settled: elements.filter(element => element.kind !== 'frame' && !isActive(element)),
    unpainted: covered.flatMap(({ frame, unpainted }) =>
      unpainted.filter(element => !isActive(element)).map(element => ({ frame, element })),
    ),
    moving: active.filter(element => !isEraser(element)),
    erasers,
    erasersOnFrames: covered.flatMap(({ frame }) => erasers.map(element => ({ frame, element }))),
  }
}

const isEraser = (element: Element): boolean => element.kind === 'stroke' && element.erases

/** Up to which of the room's clocks a painting shows all ink, by its own clock and by what the server says of it. */
export function clockShown(paintedAt: number, state: Pick<FrameState, 'painted'> | undefined): number {
  const painted = state?.painted
  // What the server says of a picture that is still on its way here is not true of the one before it.
  return painted && paintedAt >= painted.at ? Math.max(paintedAt, painted.upTo) : paintedAt
}
