import { getStroke } from 'perfect-freehand'
import { boundsOf, overlaps } from './geometry.ts'
import type { Box, Element, FrameElement, ImageElement, ShapeElement, StrokeElement } from './scene.ts'

/**
 * Draws elements on any Canvas 2D context: the browser's and the server's. One function for both, so that the model
 * sees what people see.
 */
export interface DrawingContext<Picture> {
  fillStyle: unknown
  strokeStyle: unknown
  lineWidth: number
  lineJoin: string
  globalCompositeOperation: string
  save(): void
  restore(): void
  translate(x: number, y: number): void
  scale(x: number, y: number): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  quadraticCurveTo(cpx: number, cpy: number, x: number, y: number): void
  ellipse(x: number, y: number, rx: number, ry: number, rotation: number, start: number, end: number): void
  rect(x: number, y: number, width: number, height: number): void
  fill(): void
  stroke(): void
  clip(): void
  createLinearGradient(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
  ): { addColorStop(at: number, color: string): void }
  drawImage(picture: Picture, x: number, y: number, width: number, height: number): void
}

/** Decoded images by file hash; what is not loaded yet is left out. */
export type Pictures<Picture> = (file: string) => Picture | undefined

/** How much pressure thins a stroke: at pressure 0 it is (1 − thinning) / (1 + thinning) of its full width. */
const thinning = 0.6

/** Draws one element in scene coordinates. Frames are regions, not ink: nothing is drawn for them. */
export function drawElement<Picture>(
  context: DrawingContext<Picture>,
  element: Element,
  pictures: Pictures<Picture>,
): void {
  switch (element.kind) {
    case 'stroke':
      drawStroke(context, element)
      break
    case 'rectangle':
    case 'ellipse':
      drawShape(context, element)
      break
    case 'image':
      drawPicture(context, element, pictures)
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
    const gradient = context.createLinearGradient(x, y, x, y + height)
    gradient.addColorStop(0, paper.from)
    gradient.addColorStop(1, paper.to)
    fill(gradient)
  } else if (paper) {
    const picture = pictures(paper.file)
    if (picture !== undefined) context.drawImage(picture, x, y, width, height)
  }
  context.restore()
}

/** Shows a frame's paper where a stroke lies: what an eraser leaves over anything that it cannot take away. */
export function drawPaperUnder<Picture>(
  context: DrawingContext<Picture>,
  stroke: StrokeElement,
  frame: Box & Pick<FrameElement, 'paper'>,
  pictures: Pictures<Picture>,
): void {
  const outline = strokeOutline(stroke)
  if (outline.length < 6) return
  context.save()
  context.translate(stroke.x, stroke.y)
  context.scale(stroke.scaleX, stroke.scaleY)
  tracePath(context, outline)
  context.scale(1 / stroke.scaleX, 1 / stroke.scaleY)
  context.translate(-stroke.x, -stroke.y)
  context.clip()
  drawPaper(context, frame, pictures)
  context.restore()
}

/**
 * Draws what lies in `box` (scene units), with the box's corner at the context's origin. `elements` come from back to
 * front; erasing strokes take away everything drawn before them, so put the background behind afterwards.
 */
export function drawScene<Picture>(
  context: DrawingContext<Picture>,
  elements: Iterable<Element>,
  box: Box,
  pictures: Pictures<Picture>,
): void {
  context.save()
  context.translate(-box.x, -box.y)
  for (const element of elements) if (overlaps(boundsOf(element), box)) drawElement(context, element, pictures)
  context.restore()
}

/** The outline of a stroke as a flat x, y list, relative to the stroke's position and before its scale. */
export function strokeOutline(stroke: StrokeElement): Float32Array {
  const known = outlines.get(stroke)
  if (known) return known
  const points: [number, number, number][] = []
  for (let i = 0; i + 2 < stroke.points.length; i += 3) {
    points.push([stroke.points[i]!, stroke.points[i + 1]!, stroke.points[i + 2]!])
  }
  const outline = getStroke(points, {
    // perfect-freehand's radius is size · (0.5 + thinning · (pressure − 0.5)); ours is size / 2 at pressure 1.
    size: stroke.size / (1 + thinning),
    thinning,
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

function drawStroke<Picture>(context: DrawingContext<Picture>, stroke: StrokeElement): void {
  const outline = strokeOutline(stroke)
  if (outline.length < 6) return
  context.save()
  context.translate(stroke.x, stroke.y)
  context.scale(stroke.scaleX, stroke.scaleY)
  if (stroke.erases) context.globalCompositeOperation = 'destination-out'
  context.fillStyle = stroke.erases ? '#000000' : stroke.color
  tracePath(context, outline)
  context.fill()
  context.restore()
}

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

function drawPicture<Picture>(
  context: DrawingContext<Picture>,
  { file, x, y, width, height }: ImageElement,
  pictures: Pictures<Picture>,
): void {
  const picture = pictures(file)
  if (picture !== undefined) context.drawImage(picture, x, y, width, height)
}
