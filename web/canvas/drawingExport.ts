import { drawElement, drawLayers, drawPaper, inkOf, isStamped, strokeOutline } from '../../protocol/draw.ts'
import { boundsOf, grow, pivotOf, rotationOf, unionOf, uprightOf } from '../../protocol/geometry.ts'
import { inkByLayer } from '../../protocol/layers.ts'
import {
  type AreaElement,
  type Box,
  type Element,
  type FrameElement,
  plainBrush,
  ringUnits,
  type StrokeElement,
} from '../../protocol/scene.ts'
import type { Board } from './board.ts'
import { createDrawingSupport } from './drawingSupport.ts'
import { contextOf } from './inkCanvas.ts'
import type { Size } from './view.ts'

/** What of a canvas is handed to other programs, from back to front, and the part of the scene that is seen of it. */
export interface Excerpt {
  readonly elements: readonly Element[]
  readonly box: Box
}

/** Pixels on a scene unit. */
const pixelsPerUnit = 2
/** Browsers draw at least so many pixels on a side and altogether. */
const maxSide = 8_192
const maxPixels = 64_000_000

type Draw = (context: CanvasRenderingContext2D) => void

/** Pixels on a scene unit that a picture of this size can have when it should have `wanted`. */
export function scaleFor({ width, height }: Size, wanted: number): number {
  return Math.min(wanted, maxSide / Math.max(width, height, 1), Math.sqrt(maxPixels / Math.max(1, width * height)))
}

/** A PNG with nothing behind it but the paper of its frames. `scale`: pixels on a scene unit. */
export function pngOf(board: Board, { elements, box }: Excerpt, scale = pixelsPerUnit): Promise<Blob> {
  const { frames, ink } = parted(elements)
  const canvas = canvasOf(box, scale, context => {
    for (const frame of frames) drawPaper<CanvasImageSource>(context, frame, board.images.get)
    const above = canvasOf(box, scale, onto => {
      const inks = inkByLayer(ink, board.session.scene.elements)
      drawLayers<CanvasImageSource>(onto, inks, box, createDrawingSupport(board.images))
    })
    context.drawImage(above, box.x, box.y, box.width, box.height)
    for (const frame of frames) drawPainting(context, board, frame)
  })
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('This browser could not write a PNG.'))),
      'image/png',
    )
  })
}

/**
 * The same as SVG: shapes and plain strokes as paths, soft strokes, images and paintings as pictures within it.
 * An eraser is a mask over all that lies below it on its layer, and a layer is a group.
 */
export function svgOf(board: Board, { elements, box }: Excerpt): string {
  const { frames, ink } = parted(elements)
  const support = createDrawingSupport(board.images)
  const pictureOf = (element: Element) => imageOf(boundsOf(element), context => drawElement(context, element, support))
  let erasers = 0
  /** Ink of one layer. */
  function inkOf(elements: readonly Element[]): string {
    let drawn = ''
    for (const element of elements) {
      if (element.kind !== 'stroke' || !element.erases) drawn += partOf(element) ?? pictureOf(element)
      else {
        // An eraser takes from all that was drawn before it: black on white, as masks read it.
        const shape: StrokeElement = { ...element, erases: false, color: '#000000' }
        const hole = partOf(shape) ?? pictureOf(shape)
        const id = `eraser${erasers++}`
        drawn = `<mask id="${id}"><rect ${attributesOf(box)} fill="#fff"/>${hole}</mask><g mask="url(#${id})">${drawn}</g>`
      }
    }
    return drawn
  }
  const drawn = inkByLayer(ink, board.session.scene.elements)
    .map(({ layer, ink: elements }) =>
      layer ? `<g opacity="${layer.opacity}">${inkOf(elements)}</g>` : inkOf(elements),
    )
    .join('')
  const papers = frames.map(frame =>
    imageOf(frame, context => drawPaper<CanvasImageSource>(context, frame, board.images.get)),
  )
  const paintings = frames
    .filter(frame => hasPainting(board, frame))
    .map(frame => imageOf(frame, context => drawPainting(context, board, frame)))
  const { x, y, width, height } = box
  const size = `width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${[...papers, drawn, ...paintings].join('')}</svg>`
}

/** Elements with the box around them. Throws when there are none. */
export function excerptOf(elements: readonly Element[]): Excerpt {
  const around = unionOf(elements.map(boundsOf))
  if (!around) throw new Error('Expected something to be exported, found nothing.')
  const [left, top] = [Math.floor(around.x), Math.floor(around.y)]
  const box = {
    x: left,
    y: top,
    width: Math.ceil(around.x + around.width) - left,
    height: Math.ceil(around.y + around.height) - top,
  }
  return { elements, box }
}

const parted = (elements: readonly Element[]) => ({
  frames: elements.filter((element): element is FrameElement => element.kind === 'frame'),
  ink: elements.filter(element => element.kind !== 'frame'),
})

const hasPainting = (board: Board, { id }: FrameElement): boolean =>
  board.session.paintings.has(id) && board.frameViews.lookOf(id) === 'painting'

function drawPainting(context: CanvasRenderingContext2D, board: Board, frame: FrameElement): void {
  const painting = hasPainting(board, frame) && board.session.paintings.canvasOf(frame.id)
  // Its canvas is as large as it is on the screen.
  context.imageSmoothingQuality = 'high'
  if (painting) context.drawImage(painting, frame.x, frame.y, frame.width, frame.height)
}

/** A canvas that shows a box of the scene. */
function canvasOf(box: Box, wanted: number, draw: Draw): HTMLCanvasElement {
  const scale = scaleFor(box, wanted)
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(box.width * scale))
  canvas.height = Math.max(1, Math.round(box.height * scale))
  const context = contextOf(canvas)
  context.scale(scale, scale)
  context.translate(-box.x, -box.y)
  draw(context)
  return canvas
}

/** A picture within an SVG. */
function imageOf(place: Box, draw: Draw): string {
  const box = grow(place, 1, 1)
  return `<image ${attributesOf(box)} preserveAspectRatio="none" href="${canvasOf(box, pixelsPerUnit, draw).toDataURL('image/png')}"/>`
}

const attributesOf = ({ x, y, width, height }: Box): string =>
  `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`
const number = (value: number): string => String(Math.round(value * 100) / 100)

/** An element in SVG's own shapes; null: it has none for it. */
function partOf(element: Element): string | null {
  const rotation = rotationOf(element)
  const { x, y } = pivotOf(element)
  const turn =
    rotation === 0 ? '' : ` transform="rotate(${number((rotation * 180) / Math.PI)} ${number(x)} ${number(y)})"`
  const upright = uprightOf(element)
  switch (upright.kind) {
    case 'stroke':
      return isStamped(upright.brush ?? plainBrush) ? null : `<g${turn}>${pathOf(upright)}</g>`
    case 'area':
      if (upright.gradient) return null
      return `<path fill="${upright.color}" fill-rule="evenodd" d="${ringsOf(upright)}"${turn}/>`
    case 'rectangle':
      return `<rect ${attributesOf(upright)}${lookOf(upright)}${turn}/>`
    case 'ellipse': {
      const [rx, ry] = [upright.width / 2, upright.height / 2]
      const middle = `cx="${number(upright.x + rx)}" cy="${number(upright.y + ry)}" rx="${number(rx)}" ry="${number(ry)}"`
      return `<ellipse ${middle}${lookOf(upright)}${turn}/>`
    }
    default:
      return null
  }
}

function ringsOf({ x, y, width, height, rings }: AreaElement): string {
  const at = (ring: readonly number[], i: number) =>
    `${number(x + (ring[i]! / ringUnits) * width)} ${number(y + (ring[i + 1]! / ringUnits) * height)}`
  return rings
    .map(ring => `M${Array.from({ length: ring.length / 2 }, (_, index) => at(ring, index * 2)).join('L')}Z`)
    .join('')
}

const lookOf = ({ fill, stroke, size }: { fill: string | null; stroke: string | null; size: number }): string =>
  ` fill="${fill ?? 'none'}"${stroke !== null && size > 0 ? ` stroke="${stroke}" stroke-width="${size}" stroke-linejoin="round"` : ''}`

/** The same curve as `draw.ts` fills: through the middles of the outline's edges. */
function pathOf(stroke: StrokeElement): string {
  const outline = strokeOutline(stroke)
  const count = outline.length / 2
  if (count < 3) return ''
  const [x, y] = [(at: number) => outline[(at % count) * 2]!, (at: number) => outline[(at % count) * 2 + 1]!]
  const middle = (at: number) => `${number((x(at) + x(at + 1)) / 2)} ${number((y(at) + y(at + 1)) / 2)}`
  const curves = Array.from({ length: count }, (_, at) => `Q${number(x(at))} ${number(y(at))} ${middle(at)}`)
  const place = `translate(${number(stroke.x)} ${number(stroke.y)}) scale(${stroke.scaleX} ${stroke.scaleY})`
  const { color, alpha } = inkOf(stroke)
  const opacity = alpha * (stroke.brush?.opacity ?? 1)
  return `<path transform="${place}" fill="${color}"${opacity < 1 ? ` fill-opacity="${number(opacity)}"` : ''} d="M${middle(count - 1)}${curves.join('')}Z"/>`
}
