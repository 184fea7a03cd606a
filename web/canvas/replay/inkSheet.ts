import type { Element } from '../../../protocol/scene.ts'
import { contextOf } from '../inkCanvas.ts'

/**
 * Ink on a canvas that is drawn again and again as more of it comes: what is new is drawn on top of what is there. Earlier
 * states stay beside it, so that what changes further back, as undo does, costs what lies above it and not everything.
 */
export interface InkSheet {
  /** The canvas with just these on it, from back to front. */
  show(elements: readonly Element[]): HTMLCanvasElement
  /** What is there is not what it should be: the next `show` draws everything. */
  spoil(): void
}

type Draw = (context: CanvasRenderingContext2D, elements: readonly Element[]) => void

interface Shown {
  readonly canvas: HTMLCanvasElement
  elements: readonly Element[]
}

/** Earlier states beside the newest one; each is a canvas. */
const maxEarlier = 4
/** Elements between two of them. */
const between = 48

export function createInkSheet(width: number, height: number, draw: Draw): InkSheet {
  const newCanvas = () => Object.assign(document.createElement('canvas'), { width, height })
  const top: Shown = { canvas: newCanvas(), elements: [] }
  let earlier: Shown[] = []
  const unused: HTMLCanvasElement[] = []

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

  return {
    show(elements) {
      if (!beginsWith(elements, top.elements)) goBackTo(elements)
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
