import { type Canvas, createCanvas, type Image, type SKRSContext2D } from '@napi-rs/canvas'
import { byDepth } from '../protocol/apply.ts'
import { drawElement, drawPaper } from '../protocol/draw.ts'
import type { DrawingContext, DrawingSupport, Pictures, Sheet } from '../protocol/drawingContext.ts'
import { boundsOf, overlaps } from '../protocol/geometry.ts'
import type { Box, Element, FrameElement } from '../protocol/scene.ts'

/** Width × height × RGB: the ink over its paper. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Whether there is anything to paint over: ink, or a paper that is not white. */
  readonly isDrawn: boolean
  /** Whether any ink shows. */
  readonly hasInk: boolean
}

/** Where the raster is taken, and what lies under it. */
type PaperBox = Box & Pick<FrameElement, 'paper'>

/** What is drawn with: files, and what was drawn by itself. */
type Picture = Image | Canvas

export interface FrameRaster {
  render(frame: PaperBox, elements: Iterable<Element>, size: Size, pictures: Pictures<Image>): Raster
}

interface Size {
  readonly width: number
  readonly height: number
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
  let images: Pictures<Image> = () => undefined
  const support: DrawingSupport<Picture> = { pictures: file => images(file), createSheet }
  let settled: Canvas | null = null
  let page: Canvas | null = null
  let place = ''
  /** The paper's pixels, and what they were drawn from. */
  let paper: { readonly key: string; readonly rgba: Uint8ClampedArray } | null = null

  function paperOf(frame: PaperBox, size: Size, pictures: Pictures<Image>): Uint8ClampedArray {
    const isLoaded = frame.paper?.kind === 'picture' && pictures(frame.paper.file) !== undefined
    const key = JSON.stringify([frame.paper ?? null, isLoaded, frame.x, frame.y, frame.width, frame.height, size])
    if (paper?.key === key) return paper.rgba
    const context = createCanvas(size.width, size.height).getContext('2d')
    inScene(context, frame, size, drawing => drawPaper(drawing, frame, pictures))
    paper = { key, rgba: context.getImageData(0, 0, size.width, size.height).data }
    return paper.rgba
  }
  /** Elements that `settled` shows, from back to front. */
  let drawn: Element[] = []

  return {
    render(frame, elements, size, pictures) {
      images = pictures
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
      drawAll(settledContext, inside.slice(drawn.length, next), frame, size, support)
      drawn = inside.slice(0, next)

      const pageContext = page.getContext('2d')
      pageContext.clearRect(0, 0, size.width, size.height)
      pageContext.drawImage(settled, 0, 0)
      drawAll(pageContext, inside.slice(next), frame, size, support)
      return onPaper(pageContext, paperOf(frame, size, pictures), { isWhite: !frame.paper })
    },
  }
}

function drawAll(
  context: SKRSContext2D,
  elements: readonly Element[],
  frame: Box,
  size: Size,
  support: DrawingSupport<Picture>,
): void {
  if (elements.length === 0) return
  inScene(context, frame, size, drawing => {
    for (const element of elements) drawElement(drawing, element, support)
  })
}

/** Draws in scene units, the frame filling the canvas. */
function inScene(
  context: SKRSContext2D,
  frame: Box,
  size: Size,
  draw: (drawing: DrawingContext<Picture>) => void,
): void {
  context.save()
  context.scale(size.width / frame.width, size.height / frame.height)
  context.translate(-frame.x, -frame.y)
  draw(drawingOn(context))
  context.restore()
}

function createSheet(width: number, height: number): Sheet<Picture> {
  const canvas = createCanvas(width, height)
  return { context: drawingOn(canvas.getContext('2d')), picture: canvas }
}

/** The same calls with the same meaning; only the types of styles and pictures are named differently there. */
const drawingOn = (context: SKRSContext2D) => context as unknown as DrawingContext<Picture>

/** The drawing over its paper: c · a + p · (1 − a), from unpremultiplied RGBA over opaque RGBA. */
function onPaper(context: SKRSContext2D, paper: Uint8ClampedArray, { isWhite }: { isWhite: boolean }): Raster {
  const { width, height } = context.canvas
  const rgba = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height * 3)
  let hasInk = false
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!
    if (alpha > 0) hasInk = true
    for (let channel = 0; channel < 3; channel++) {
      data[to + channel] = (rgba[from + channel]! * alpha + paper[from + channel]! * (255 - alpha) + 127) / 255
    }
  }
  return { width, height, data, hasInk, isDrawn: hasInk || !isWhite }
}
