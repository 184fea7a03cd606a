import { getStroke } from 'perfect-freehand'
import type { DrawingContext, DrawingSupport, Gradient, Pictures } from './drawingContext.ts'
import { boundsOf, overlaps, pivotOf, rotationOf, uprightOf } from './geometry.ts'
import type { LayerInk } from './layers.ts'
import {
  type AreaElement,
  type Box,
  type Brush,
  type Element,
  type FrameElement,
  type GradientLine,
  type ImageElement,
  type LayerElement,
  plainBrush,
  ringUnits,
  type ShapeElement,
  type StrokeElement,
} from './scene.ts'
import { type Laying, layAsOne } from './scratch.ts'
import { strokeStamps, thinning } from './stamps.ts'

/*
 * How each element is drawn, on any Canvas 2D context: the browser's and the server's. One function for both, so that
 * the model sees what people see.
 */

/** Draws one element in scene coordinates. Frames are regions, not ink: nothing is drawn for them. */
export function drawElement<Picture>(
  context: DrawingContext<Picture>,
  element: Element,
  support: DrawingSupport<Picture>,
): void {
  const rotation = rotationOf(element)
  if (rotation !== 0) {
    const { x, y } = pivotOf(element)
    context.save()
    context.translate(x, y)
    context.rotate(rotation)
    context.translate(-x, -y)
    drawElement(context, uprightOf(element), support)
    context.restore()
    return
  }
  switch (element.kind) {
    case 'stroke':
      drawStroke(context, element, support)
      break
    case 'rectangle':
    case 'ellipse':
      drawShape(context, element)
      break
    case 'area':
      drawArea(context, element)
      break
    case 'image':
      drawPicture(context, element, support.pictures)
      break
    case 'frame':
      break
    default:
      element satisfies never
  }
}

/** Draws what lies under a frame's ink, over the whole frame; white shows through where it is not opaque. */
export function drawPaper<Picture>(
  context: DrawingContext<Picture>,
  { paper, x, y, width, height }: Box & Pick<FrameElement, 'paper'>,
  pictures: Pictures<Picture>,
): void {
  const fill = (style: unknown) => {
    context.fillStyle = style
    context.beginPath()
    context.rect(x, y, width, height)
    context.fill()
  }
  context.save()
  fill('#ffffff')
  if (paper?.kind === 'color') fill(paper.color)
  else if (paper?.kind === 'gradient') {
    fill(gradientAcross(context, { x, y, width, height }, { line: [0, 0, 0, 1], ...paper }))
  } else if (paper) {
    const picture = pictures(paper.file)
    if (picture !== undefined) context.drawImage(picture, x, y, width, height)
  }
  context.restore()
}

/** From one color to another along a line in shares of the box. */
function gradientAcross<Picture>(
  context: DrawingContext<Picture>,
  { x, y, width, height }: Box,
  { from, to, line: [x0, y0, x1, y1] }: { readonly from: string; readonly to: string; readonly line: GradientLine },
): Gradient {
  const gradient = context.createLinearGradient(x + x0 * width, y + y0 * height, x + x1 * width, y + y1 * height)
  gradient.addColorStop(0, from)
  gradient.addColorStop(1, to)
  return gradient
}

/**
 * Shows a frame's paper where a stroke lies, and on it the ink of layers that the stroke takes nothing from: what an eraser
 * leaves over anything that it cannot take away. `drawInk` draws the stroke.
 */
export function drawPaperUnder<Picture>(
  context: DrawingContext<Picture>,
  stroke: StrokeElement,
  frame: Box & Pick<FrameElement, 'paper'>,
  support: DrawingSupport<Picture>,
  { others = [], drawInk = drawElement }: { others?: readonly LayerInk[]; drawInk?: typeof drawElement<Picture> } = {},
): void {
  const bounds = boundsOf(stroke)
  const shape: StrokeElement = { ...stroke, erases: false, color: '#000000' }
  layAsOne(context, bounds, support, plainLaying, sheet => {
    drawInk(sheet, shape, support)
    sheet.globalCompositeOperation = 'source-atop'
    drawPaper(sheet, frame, support.pictures)
    if (others.length === 0) return
    layAsOne(sheet, bounds, support, { opacity: 1, operation: 'source-atop' }, ink =>
      drawLayers(ink, others, bounds, support),
    )
  })
}

/**
 * Draws ink in scene coordinates, layer by layer from the lowest to the highest, as `inkByLayer` has it: a layer is drawn
 * by itself and laid down as one piece, so its opacity holds for all of it together and its erasers take from it alone.
 * Ink on no layer is drawn first; its erasers take away all of that, so put the paper behind afterwards. `box` holds all
 * that is to be drawn.
 */
export function drawLayers<Picture>(
  context: DrawingContext<Picture>,
  inks: readonly LayerInk[],
  box: Box,
  support: DrawingSupport<Picture>,
): void {
  for (const { layer, ink } of inks) {
    drawLayer(context, layer, box, support, onto => {
      for (const element of ink) if (overlaps(boundsOf(element), box)) drawElement(onto, element, support)
    })
  }
}

/** Draws one layer as one piece; null: what lies on none, straight onto the context. */
export function drawLayer<Picture>(
  context: DrawingContext<Picture>,
  layer: LayerElement | null,
  box: Box,
  support: DrawingSupport<Picture>,
  draw: (context: DrawingContext<Picture>) => void,
): void {
  if (layer) layAsOne(context, box, support, { ...plainLaying, opacity: layer.opacity }, draw)
  else draw(context)
}

const plainLaying: Laying = { opacity: 1, operation: 'source-over' }

/** The outline of a stroke as a flat x, y list, relative to the stroke's position and before its scale. */
export function strokeOutline(stroke: StrokeElement): Float32Array {
  const known = outlines.get(stroke)
  if (known) return known
  const points: [number, number, number][] = []
  for (let i = 0; i + 2 < stroke.points.length; i += 3) {
    points.push([stroke.points[i]!, stroke.points[i + 1]!, stroke.points[i + 2]!])
  }
  const thins = brushOf(stroke).pressureOnSize ? thinning : 0
  const outline = getStroke(points, {
    // perfect-freehand's radius is size · (0.5 + thinning · (pressure − 0.5)); ours is size / 2 at pressure 1.
    size: stroke.size / (1 + thins),
    thinning: thins,
    smoothing: 0.5,
    streamline: 0.35,
    simulatePressure: !stroke.pressure,
    last: stroke.done,
  })
  const flat = new Float32Array(outline.length * 2)
  outline.forEach(([x, y], index) => {
    flat[index * 2] = x!
    flat[index * 2 + 1] = y!
  })
  outlines.set(stroke, flat)
  return flat
}

/** Elements are never altered in place: one outline per version, gone with it. */
const outlines = new WeakMap<StrokeElement, Float32Array>()

const brushOf = (stroke: StrokeElement): Brush => stroke.brush ?? plainBrush

/** Whether a stroke is drawn stamp by stamp; any other one is an outline, filled once. */
export const isStamped = ({ tip, flow, pressureOnOpacity }: Brush): boolean =>
  tip === 'soft' || flow < 1 || pressureOnOpacity

function drawStroke<Picture>(
  context: DrawingContext<Picture>,
  stroke: StrokeElement,
  support: DrawingSupport<Picture>,
): void {
  const brush = brushOf(stroke)
  const operation = stroke.erases ? 'destination-out' : 'source-over'
  if (!isStamped(brush)) {
    context.save()
    context.globalAlpha *= brush.opacity
    context.globalCompositeOperation = operation
    drawOutline(context, stroke)
    context.restore()
    return
  }
  const { color, alpha } = inkOf(stroke)
  const opacity = alpha * brush.opacity
  if (context.globalAlpha * opacity === 1) {
    context.save()
    context.globalCompositeOperation = operation
    drawStamps(context, stroke, color, strokeStamps(stroke))
    context.restore()
  } else {
    // Stamps that lie on each other would add up beyond the stroke's opacity.
    layAsOne(context, boundsOf(stroke), support, { opacity, operation }, sheet =>
      drawStamps(sheet, stroke, color, strokeStamps(stroke)),
    )
  }
}

function drawOutline<Picture>(context: DrawingContext<Picture>, stroke: StrokeElement): void {
  const outline = strokeOutline(stroke)
  if (outline.length < 6) return
  context.save()
  context.translate(stroke.x, stroke.y)
  context.scale(stroke.scaleX, stroke.scaleY)
  context.fillStyle = stroke.erases ? '#000000' : stroke.color
  tracePath(context, outline)
  context.fill()
  context.restore()
}

/**
 * How much ink one stamp of a soft tip lays down at a distance from its middle, both 0…1. Its depth adds up over the
 * stamps of a stroke, so that across the stroke ink goes from nearly all to none over most of the radius.
 */
const falloff = (distance: number) => 1 - Math.exp(-1.4 * (1 - distance ** 2) ** 6)
const falloffStops = 16

/** Stamps of a stroke, flat as in `StampWalk`. Each lies on those before it. */
export function drawStamps<Picture>(
  context: DrawingContext<Picture>,
  stroke: StrokeElement,
  color: string,
  stamps: readonly number[],
): void {
  const isSoft = brushOf(stroke).tip === 'soft'
  context.save()
  context.translate(stroke.x, stroke.y)
  context.scale(stroke.scaleX, stroke.scaleY)
  context.fillStyle = isSoft ? softTip(context, color) : color
  const ambient = context.globalAlpha
  for (let i = 0; i < stamps.length; i += 4) {
    const radius = stamps[i + 2]!
    if (radius <= 0) continue
    context.save()
    context.globalAlpha = ambient * stamps[i + 3]!
    context.translate(stamps[i]!, stamps[i + 1]!)
    context.scale(radius, radius)
    context.beginPath()
    if (isSoft) context.rect(-1, -1, 2, 2)
    else context.ellipse(0, 0, 1, 1, 0, 0, 2 * Math.PI)
    context.fill()
    context.restore()
  }
  context.restore()
}

/** A soft tip of radius 1 around the origin. */
function softTip<Picture>(context: DrawingContext<Picture>, color: string): Gradient {
  const gradient = context.createRadialGradient(0, 0, 0, 0, 0, 1)
  for (let stop = 0; stop <= falloffStops; stop++) {
    const at = stop / falloffStops
    gradient.addColorStop(at, color + byteHex(falloff(at) * 255))
  }
  return gradient
}

const byteHex = (value: number): string => Math.round(value).toString(16).padStart(2, '0')

/** What a stroke is drawn with: its colour as #rrggbb, and how opaque that is. An eraser takes all. */
export const inkOf = ({ erases, color }: StrokeElement): { readonly color: string; readonly alpha: number } =>
  erases
    ? { color: '#000000', alpha: 1 }
    : { color: color.slice(0, 7), alpha: color.length > 7 ? Number.parseInt(color.slice(7), 16) / 255 : 1 }

/** A smooth closed path: curves through the middles of the outline's edges, with its corners as control points. */
function tracePath<Picture>(context: DrawingContext<Picture>, outline: Float32Array): void {
  const count = outline.length / 2
  const x = (index: number) => outline[(index % count) * 2]!
  const y = (index: number) => outline[(index % count) * 2 + 1]!
  context.beginPath()
  context.moveTo((x(count - 1) + x(0)) / 2, (y(count - 1) + y(0)) / 2)
  for (let i = 0; i < count; i++) {
    context.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 1)) / 2, (y(i) + y(i + 1)) / 2)
  }
  context.closePath()
}

function drawShape<Picture>(context: DrawingContext<Picture>, shape: ShapeElement): void {
  const { x, y, width, height } = shape
  context.save()
  context.beginPath()
  if (shape.kind === 'rectangle') context.rect(x, y, width, height)
  else context.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI)
  if (shape.fill !== null) {
    context.fillStyle = shape.fill
    context.fill()
  }
  if (shape.stroke !== null && shape.size > 0) {
    context.strokeStyle = shape.stroke
    context.lineWidth = shape.size
    context.lineJoin = 'round'
    context.stroke()
  }
  context.restore()
}

function drawArea<Picture>(context: DrawingContext<Picture>, area: AreaElement): void {
  const { x, y, width, height, color, gradient } = area
  context.save()
  context.fillStyle = gradient ? gradientAcross(context, area, { from: color, ...gradient }) : color
  context.beginPath()
  for (const ring of area.rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const [px, py] = [x + (ring[i]! / ringUnits) * width, y + (ring[i + 1]! / ringUnits) * height]
      if (i === 0) context.moveTo(px, py)
      else context.lineTo(px, py)
    }
    context.closePath()
  }
  context.fill('evenodd')
  context.restore()
}

function drawPicture<Picture>(
  context: DrawingContext<Picture>,
  { file, x, y, width, height }: ImageElement,
  pictures: Pictures<Picture>,
): void {
  const picture = pictures(file)
  if (picture !== undefined) context.drawImage(picture, x, y, width, height)
}
