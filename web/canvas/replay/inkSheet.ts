import { grow, overlaps } from '../../../protocol/geometry.ts'
import type { Box, Element } from '../../../protocol/scene.ts'
import { contextOf } from '../inkCanvas.ts'
import { changedElements, wholePixels, withoutOverlaps } from './changes.ts'

/**
 * Ink on a canvas that is drawn again and again as more of it comes: what is new is drawn on top of what is there. What
 * comes, goes or moves further back, as with several pens or an undo, costs what lies around it: there the canvas is cleared
 * and drawn again. Where that is most of it, earlier states stand beside it, and only what lies above the change is drawn.
 */
export interface InkSheet {
  /** The canvas with just these on it, from back to front. */
  show(elements: readonly Element[]): HTMLCanvasElement
  /** What is there is not what it should be: the next `show` draws everything. */
  spoil(): void
}

export interface InkSheetOptions {
  /** In pixels. */
  readonly width: number
  readonly height: number
  /** Draws elements from back to front. */
  draw(context: CanvasRenderingContext2D, elements: readonly Element[]): void
  /** The pixels that an element may touch. */
  pixelsOf(element: Element): Box
  newCanvas?(): HTMLCanvasElement
}

interface Shown {
  readonly canvas: HTMLCanvasElement
  elements: readonly Element[]
}

/** Earlier states beside the newest one; each is a canvas. */
const maxEarlier = 4
/** Elements between two of them. */
const between = 48
/** Of the canvas, so much may be drawn again in places. */
const maxPatchedShare = 0.4
/** Soft edges reach a little beyond what an element says of itself. */
const edge = 2

export function createInkSheet({ width, height, draw, pixelsOf, ...options }: InkSheetOptions): InkSheet {
  const newCanvas = () => options.newCanvas?.() ?? Object.assign(document.createElement('canvas'), { width, height })
  const top: Shown = { canvas: newCanvas(), elements: [] }
  let earlier: Shown[] = []
  const unused: HTMLCanvasElement[] = []
  let aside: HTMLCanvasElement | null = null

  function copy(from: HTMLCanvasElement, to: HTMLCanvasElement): void {
    const context = contextOf(to)
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    context.drawImage(from, 0, 0)
  }

  function keep(): void {
    const canvas = unused.pop() ?? newCanvas()
    copy(top.canvas, canvas)
    earlier.push({ canvas, elements: top.elements })
    if (earlier.length > maxEarlier) unused.push(...thinOut(earlier).map(one => one.canvas))
  }

  function goBackTo(elements: readonly Element[]): void {
    const found = earlier.findLast(one => beginsWith(elements, one.elements))
    const gone = found ? earlier.slice(earlier.indexOf(found) + 1) : earlier
    unused.push(...gone.map(one => one.canvas))
    earlier = found ? earlier.slice(0, earlier.indexOf(found) + 1) : []
    if (found) copy(found.canvas, top.canvas)
    else clear(top.canvas)
    top.elements = found?.elements ?? []
  }

  const placeOf = (element: Element): Box => wholePixels(grow(pixelsOf(element), edge, edge), { width, height })

  /** Draws again where something has changed further back; returns whether that was little enough. */
  function patch(elements: readonly Element[]): boolean {
    const places = withoutOverlaps(changedElements(top.elements, elements).map(placeOf))
    const pixels = places.reduce((sum, place) => sum + place.width * place.height, 0)
    if (pixels > maxPatchedShare * width * height) return false
    const around = elements.filter(element => {
      const at = placeOf(element)
      return places.some(place => overlaps(at, place))
    })
    // Beside it and without clipping, which would round curves otherwise than they were.
    aside ??= newCanvas()
    clear(aside)
    draw(contextOf(aside), around)
    const context = contextOf(top.canvas)
    context.setTransform(1, 0, 0, 1, 0, 0)
    for (const { x, y, width, height } of places) {
      context.clearRect(x, y, width, height)
      context.drawImage(aside, x, y, width, height, x, y, width, height)
    }
    top.elements = elements
    const gone = earlier.filter(one => !beginsWith(elements, one.elements))
    unused.push(...gone.map(one => one.canvas))
    earlier = earlier.filter(one => !gone.includes(one))
    return true
  }

  return {
    show(elements) {
      if (!beginsWith(elements, top.elements) && !patch(elements)) goBackTo(elements)
      while (top.elements.length < elements.length) {
        const next = Math.min(elements.length, top.elements.length + between)
        draw(contextOf(top.canvas), elements.slice(top.elements.length, next))
        top.elements = elements.slice(0, next)
        if (next - (earlier.at(-1)?.elements.length ?? 0) >= between) keep()
      }
      return top.canvas
    },
    spoil() {
      unused.push(...earlier.map(one => one.canvas))
      earlier = []
      clear(top.canvas)
      top.elements = []
    },
  }
}

const beginsWith = (elements: readonly Element[], first: readonly Element[]): boolean =>
  elements.length >= first.length && first.every((element, index) => element === elements[index])

function clear(canvas: HTMLCanvasElement): void {
  const context = contextOf(canvas)
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
}

/** Takes out one of them, so that those that are left lie the closer to each other the newer they are. */
function thinOut(earlier: Shown[]): Shown[] {
  const newest = earlier.at(-1)!.elements.length
  let [least, at] = [Number.POSITIVE_INFINITY, 0]
  for (let index = 0; index < earlier.length - 1; index++) {
    const before = earlier[index - 1]?.elements.length ?? 0
    const gap = (earlier[index + 1]!.elements.length - before) / (newest - before + between)
    if (gap < least) [least, at] = [gap, index]
  }
  return earlier.splice(at, 1)
}
