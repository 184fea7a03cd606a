import { drawElement, drawLayers, drawPaper, drawPaperUnder } from '../../protocol/draw.ts'
import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import { inkByLayer, layerOf, seenByModel } from '../../protocol/layers.ts'
import type { Box, Element } from '../../protocol/scene.ts'
import type { Board } from './board.ts'
import { sheetOf } from './clipping.ts'
import { coveredFrames } from './covered.ts'
import { createDrawingSupport } from './drawingSupport.ts'
import { holds } from './hit.ts'
import { contextOf } from './inkCanvas.ts'
import type { Point } from './view.ts'

/**
 * The color that is seen at a scene point, as #rrggbb: of ink, a frame's paper or its painting, one screen pixel of them.
 * Ink on the dark desk has its true color here. null: nothing but the desk is there.
 */
export function colorAt(board: Board, at: Point): string | null {
  const { session, images, viewport } = board
  const support = createDrawingSupport(images)
  const { zoom } = viewport.view.get()
  const pixel: Box = { x: at.x - 0.5 / zoom, y: at.y - 0.5 / zoom, width: 1 / zoom, height: 1 / zoom }
  const seen = openPixel(pixel, zoom)
  const frames = session.frames.get()
  const drawPainting = (frameId: string, place: Box) => {
    const painting = session.paintings.canvasOf(frameId)
    if (painting) seen.drawImage(painting, place.x, place.y, place.width, place.height)
  }

  const beside = frames.findLast(
    frame => board.frameViews.lookOf(frame.id) === 'beside' && holds(placeBeside(frame), at),
  )
  if (beside && session.paintings.has(beside.id)) {
    drawPainting(beside.id, placeBeside(beside))
    return colorOf(seen)
  }
  const isHere = (element: Element): boolean => {
    if (!overlaps(boundsOf(element), pixel)) return false
    const clip = sheetOf(element, frames, session.scene.elements)
    return !clip || holds(clip, at)
  }
  const frame = frames.findLast(one => holds(one, at))
  if (frame) drawPaper<CanvasImageSource>(seen, frame, images.get)
  // Erasers take away ink, not the paper: so the ink is drawn by itself.
  const ink = openPixel(pixel, zoom)
  const inks = inkByLayer(session.elements.filter(isHere), session.scene.elements)
  drawLayers<CanvasImageSource>(ink, seenByModel(inks), pixel, support)
  seen.drawImage(ink.canvas, pixel.x, pixel.y, pixel.width, pixel.height)

  const covered = coveredFrames(board).find(one => one.frame === frame)
  if (covered) {
    drawPainting(covered.frame.id, covered.frame)
    for (const element of covered.unpainted.filter(isHere)) {
      const isEraser = element.kind === 'stroke' && element.erases
      const layer = layerOf(element, session.scene.elements)
      const others = seenByModel(inks).filter(one => one.layer !== layer)
      seen.save()
      seen.globalAlpha = layer?.opacity ?? 1
      if (isEraser) drawPaperUnder(seen, element, covered.frame, support, { others })
      else drawElement<CanvasImageSource>(seen, element, support)
      seen.restore()
    }
  }
  // What the model does not get lies above its pictures.
  const notes = inks.filter(({ layer }) => layer?.unseen)
  drawLayers<CanvasImageSource>(seen, notes, pixel, support)
  return colorOf(seen)
}

/** Where a painting is shown beside its frame's ink, as the style sheet places it. */
const placeBeside = ({ x, y, width, height }: Box): Box => ({ x: x + width + 24, y, width, height })

/** A canvas of one pixel that shows `place`, set up for scene units. */
function openPixel({ x, y }: Box, zoom: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas')
  canvas.width = 1
  canvas.height = 1
  const context = contextOf(canvas)
  context.scale(zoom, zoom)
  context.translate(-x, -y)
  return context
}

function colorOf(context: CanvasRenderingContext2D): string | null {
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data
  if (!alpha) return null
  return `#${[red, green, blue].map(value => value!.toString(16).padStart(2, '0')).join('')}`
}
