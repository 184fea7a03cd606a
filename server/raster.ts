import { type Canvas, createCanvas, type Image, type SKRSContext2D } from '@napi-rs/canvas'
import { drawElement, drawLayer, drawPaper } from '../protocol/draw.ts'
import type { DrawingContext, DrawingSupport, Pictures, Sheet } from '../protocol/drawingContext.ts'
import { boundsOf, overlaps } from '../protocol/geometry.ts'
import { byDepth, type ElementsById, inkByLayer, type LayerInk, seenByModel } from '../protocol/layers.ts'
import type { Box, Element, FrameElement, SceneElement } from '../protocol/scene.ts'
import type { Mask } from '../studio/studio.ts'
import { type Bitmaps, createBitmaps, type Drawing, type Size } from './bitmaps.ts'

/** Width × height × RGB: the ink over its paper. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Whether there is anything to paint over: ink, or a paper that is not white. */
  readonly isDrawn: boolean
  /** Whether any ink shows. */
  readonly hasInk: boolean
  /** Where ink lies over a paper that is a picture, white there; null: there is none, or it lies on another paper. */
  readonly inkMask: Mask | null
}

/** Where the raster is taken, and what lies under it. */
type PaperBox = Box & Pick<FrameElement, 'paper'>

/** What is drawn with: files, and what was drawn by itself. */
export type Picture = Image | Canvas

export interface FrameRaster {
  render(frame: PaperBox, elements: RoomElements, size: Size, pictures: Pictures<Image>): Raster
}

/** All that a room holds, in any order and by id. */
type RoomElements = ElementsById & { values(): Iterable<SceneElement> }

/** The ink inside a frame that its model gets, layer by layer, from back to front. */
export function inkInside(frame: Box, elements: RoomElements): LayerInk[] {
  const inside: Element[] = []
  for (const element of elements.values()) {
    if (element.removed || element.kind === 'frame' || element.kind === 'layer') continue
    if (overlaps(boundsOf(element), frame)) inside.push(element)
  }
  return seenByModel(inkByLayer(inside.sort(byDepth), elements))
}

/**
 * Draws a frame again and again while people draw in it, as `drawLayers` would. Finished elements stay in a bitmap, one for
 * each layer, as long as nothing beneath or between them changes, so one more stroke costs one stroke, however many there are.
 */
export function createFrameRaster(bitmaps: Bitmaps = createBitmaps()): FrameRaster {
  let images: Pictures<Image> = () => undefined
  const support: DrawingSupport<Picture> = { pictures: file => images(file), createSheet }
  /** By which the layers' bitmaps are known, by layer; '' for ink on none. */
  let owners = new Map<string, object>()

  /** The paper's pixels; null: it is white. */
  function paperOf(frame: PaperBox, size: Size, drawing: Drawing): Uint8ClampedArray | null {
    if (!frame.paper) return null
    const isLoaded = frame.paper.kind === 'picture' && images(frame.paper.file) !== undefined
    const key = JSON.stringify([frame.paper, isLoaded])
    if (drawing.paper?.key !== key) {
      const context = bitmaps.page(size).getContext('2d')
      inScene(context, frame, size, page => drawPaper(page, frame, images))
      drawing.paper = { key, rgba: context.getImageData(0, 0, size.width, size.height).data }
    }
    return drawing.paper.rgba
  }

  /** Brings a layer's bitmap up to date; what is not finished has to be drawn over it. */
  function settle(ink: readonly Element[], drawing: Drawing, frame: Box, size: Size) {
    const context = drawing.canvas.getContext('2d')
    // Elements are never altered in place, so the same object looks the same.
    if (!drawing.elements.every((element, index) => ink[index] === element)) {
      context.clearRect(0, 0, size.width, size.height)
      drawing.elements = []
    }
    const isSettled = (element: Element) => element.kind !== 'stroke' || element.done
    const from = drawing.elements.length
    let next = from
    while (next < ink.length && isSettled(ink[next]!)) next++
    drawAll(context, ink.slice(from, next), frame, size, support)
    drawing.elements = ink.slice(0, next)
    return { drawing, unfinished: ink.slice(next) }
  }

  return {
    render(frame, elements, size, pictures) {
      images = pictures
      const place = [frame.x, frame.y, frame.width, frame.height, size.width, size.height].join()
      const inks = inkInside(frame, elements).map(({ layer, ink }) => {
        const owner = owners.get(layer?.id ?? '') ?? {}
        return { layer, owner, drawn: settle(ink, bitmaps.drawingOf(owner, place, size), frame, size) }
      })
      owners = new Map(inks.map(({ layer, owner }) => [layer?.id ?? '', owner]))

      // Ink on no layer comes first, on whatever layers there are.
      const paper = paperOf(frame, size, inks[0]!.drawn.drawing)
      const page = bitmaps.page(size).getContext('2d')
      inScene(page, frame, size, context => {
        for (const { layer, drawn } of inks) {
          drawLayer(context, layer, frame, support, onto => {
            copy(drawn.drawing.canvas, onto, size)
            for (const element of drawn.unfinished) drawElement(onto, element, support)
          })
        }
      })
      return onPaper(page, paper, { isPicture: frame.paper?.kind === 'picture' })
    },
  }
}

/** What is already drawn, pixel for pixel. */
function copy(from: Canvas, onto: DrawingContext<Picture>, { width, height }: Size): void {
  onto.save()
  onto.setTransform(1, 0, 0, 1, 0, 0)
  onto.drawImage(from, 0, 0, width, height)
  onto.restore()
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

export function createSheet(width: number, height: number): Sheet<Picture> {
  const canvas = createCanvas(width, height)
  return { context: drawingOn(canvas.getContext('2d')), picture: canvas }
}

/** The same calls with the same meaning; only the types of styles and pictures are named differently there. */
export const drawingOn = (context: SKRSContext2D) => context as unknown as DrawingContext<Picture>

/** The drawing over its paper, null where that is white: c · a + p · (1 − a), from unpremultiplied over opaque RGBA. */
function onPaper(
  context: SKRSContext2D,
  paper: Uint8ClampedArray | null,
  { isPicture }: { readonly isPicture: boolean },
): Raster {
  const { width, height } = context.canvas
  const rgba = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height * 3)
  const ink = new Uint8Array(isPicture ? width * height : 0)
  let hasInk = false
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!
    if (alpha > 0) hasInk = true
    if (isPicture) ink[from / 4] = alpha
    for (let channel = 0; channel < 3; channel++) {
      const under = paper === null ? 255 : paper[from + channel]!
      data[to + channel] = (rgba[from + channel]! * alpha + under * (255 - alpha) + 127) / 255
    }
  }
  const inkMask = isPicture && hasInk ? { width, height, data: ink } : null
  return { width, height, data, hasInk, inkMask, isDrawn: hasInk || paper !== null }
}
