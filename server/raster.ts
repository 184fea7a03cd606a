import { type Canvas, createCanvas, type Image, type SKRSContext2D } from '@napi-rs/canvas'
import { byDepth } from '../protocol/apply.ts'
import { type DrawingContext, drawElement, type Pictures } from '../protocol/draw.ts'
import { boundsOf, overlaps } from '../protocol/geometry.ts'
import type { Box, Element } from '../protocol/scene.ts'

/** Width × height × RGB, on white. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Whether anything is drawn at all. */
  readonly isDrawn: boolean
}

export interface FrameRaster {
  render(
    frame: Box,
    elements: Iterable<Element>,
    size: { readonly width: number; readonly height: number },
    pictures: Pictures<Image>,
  ): Raster
}

/** What shows inside a frame, from back to front. */
export function elementsInside(frame: Box, elements: Iterable<Element>): Element[] {
  const inside: Element[] = []
  for (const element of elements) {
    if (!element.removed && element.kind !== 'frame' && overlaps(boundsOf(element), frame)) inside.push(element)
  }
  return inside.sort(byDepth)
}

/**
 * Draws a frame again and again while people draw in it. Finished elements stay in a bitmap as long as nothing beneath
 * or between them changes, so one more stroke costs one stroke, however many there are.
 */
export function createFrameRaster(): FrameRaster {
  let settled: Canvas | null = null
  let page: Canvas | null = null
  let place = ''
  /** Elements that `settled` shows, from back to front. */
  let drawn: Element[] = []

  return {
    render(frame, elements, size, pictures) {
      const inside = elementsInside(frame, elements)
      const nextPlace = [frame.x, frame.y, frame.width, frame.height, size.width, size.height].join()
      if (!settled || !page || nextPlace !== place) {
        settled = createCanvas(size.width, size.height)
        page = createCanvas(size.width, size.height)
        place = nextPlace
        drawn = []
      }
      const settledContext = settled.getContext('2d')
      // Elements are never altered in place, so the same object looks the same.
      if (!drawn.every((element, index) => inside[index] === element)) {
        settledContext.clearRect(0, 0, size.width, size.height)
        drawn = []
      }
      const isSettled = (element: Element) => element.kind !== 'stroke' || element.done
      let next = drawn.length
      while (next < inside.length && isSettled(inside[next]!)) next++
      drawAll(settledContext, inside.slice(drawn.length, next), frame, size, pictures)
      drawn = inside.slice(0, next)

      const pageContext = page.getContext('2d')
      pageContext.clearRect(0, 0, size.width, size.height)
      pageContext.drawImage(settled, 0, 0)
      drawAll(pageContext, inside.slice(next), frame, size, pictures)
      return onWhite(pageContext, size)
    },
  }
}

function drawAll(
  context: SKRSContext2D,
  elements: readonly Element[],
  frame: Box,
  size: { readonly width: number; readonly height: number },
  pictures: Pictures<Image>,
): void {
  if (elements.length === 0) return
  context.save()
  context.scale(size.width / frame.width, size.height / frame.height)
  context.translate(-frame.x, -frame.y)
  // The same calls with the same meaning; only the types of styles and pictures are named differently there.
  const drawing = context as unknown as DrawingContext<Image>
  for (const element of elements) drawElement(drawing, element, pictures)
  context.restore()
}

/** The drawing over white paper: c · a + 255 · (1 − a), from unpremultiplied RGBA. */
function onWhite(
  context: SKRSContext2D,
  { width, height }: { readonly width: number; readonly height: number },
): Raster {
  const rgba = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height * 3)
  let isDrawn = false
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!
    if (alpha > 0) isDrawn = true
    const paper = 255 * (255 - alpha)
    for (let channel = 0; channel < 3; channel++) {
      data[to + channel] = (rgba[from + channel]! * alpha + paper + 127) / 255
    }
  }
  return { width, height, data, isDrawn }
}
