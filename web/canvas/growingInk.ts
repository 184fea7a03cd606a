import { drawElement, drawStamps, inkOf, isStamped } from '../../protocol/draw.ts'
import type { DrawingContext, Sheet } from '../../protocol/drawingContext.ts'
import { boundsOf } from '../../protocol/geometry.ts'
import { plainBrush, type StrokeElement } from '../../protocol/scene.ts'
import { layAsOne } from '../../protocol/scratch.ts'
import { createStampPlacer, type StampPlacer } from '../../protocol/stamps.ts'
import type { BrowserDrawing } from './drawingSupport.ts'
import { clear, toScene } from './inkCanvas.ts'
import type { Viewport } from './viewport.ts'

/**
 * Strokes while they grow. What of one will not change any more stays on a canvas of its own, so that a point of a long
 * stroke costs what a point of a short one does. Once it is done a stroke is drawn as a whole, by `drawElement` alone.
 */
export interface GrowingInk {
  draw(context: CanvasDrawing, stroke: StrokeElement): void
  /** Forgets the strokes that were not drawn since this was last called. */
  endFrame(): void
}

type CanvasDrawing = DrawingContext<CanvasImageSource>

/** One stroke: its beginning, drawn opaque for one view. */
interface Growth {
  readonly sheet: Sheet<CanvasImageSource>
  /** What it was drawn for; anything else begins anew. */
  readonly key: string
  /** Numbers of `points` that the sheet shows. */
  frozen: number
  readonly placer: StampPlacer | null
  wasDrawn: boolean
}

/** Shorter strokes are drawn anew each time. */
const longStroke = 100 * 3
/** The last points may still change: the browser's own guesses are among them. */
const restless = 16 * 3
/** Points are added to the sheet so many at a time. */
const freezeAtOnce = 64 * 3
/** Each is as large as the view. More strokes than these that grow at the same time are drawn anew. */
const maxGrowths = 4

export function createGrowingInk(viewport: Viewport, support: BrowserDrawing): GrowingInk {
  const growths = new Map<string, Growth>()
  let unused: Sheet<CanvasImageSource>[] = []

  /** The view's own transform, as everything on the desk is drawn. */
  function viewMatrix() {
    const { x, y, zoom } = viewport.view.get()
    return { scale: zoom * devicePixelRatio, x: x * devicePixelRatio, y: y * devicePixelRatio }
  }

  function openSheet(): Sheet<CanvasImageSource> {
    const { width, height } = viewport.size.get()
    const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
    const isFitting = ({ context: { canvas } }: Sheet<CanvasImageSource>) =>
      canvas.width === wide && canvas.height === high
    const sheet = unused.find(isFitting) ?? support.createSheet(wide, high)
    unused = unused.filter(one => one !== sheet && isFitting(one))
    // Sheets of a browser are canvases.
    const context = sheet.context as CanvasRenderingContext2D
    clear(context)
    toScene(context, viewport.view.get())
    return sheet
  }

  function growthOf(stroke: StrokeElement): Growth | null {
    const { id, color, size, x, y, brush = plainBrush } = stroke
    const name = `${id} ${color}`
    const key = JSON.stringify([size, x, y, viewport.view.get(), viewport.size.get()])
    const known = growths.get(name)
    if (known && known.key === key && known.frozen <= stroke.points.length) return known
    if (known) unused.push(known.sheet)
    growths.delete(name)
    if (growths.size >= maxGrowths) return null
    const placer = isStamped(brush) ? createStampPlacer(stroke) : null
    const growth = { sheet: openSheet(), key, frozen: 0, placer, wasDrawn: true }
    growths.set(name, growth)
    return growth
  }

  return {
    draw(context, stroke) {
      const { scale, x, y } = viewMatrix()
      const { a, d, e, f } = context.getTransform()
      const isOfView = a === scale && d === scale
      const growth = isOfView && stroke.points.length > longStroke ? growthOf(stroke) : null
      if (!growth) return drawElement(context, stroke, support)
      growth.wasDrawn = true
      freeze(growth, stroke, support)
      const { color, alpha } = inkOf(stroke)
      const opacity = alpha * (stroke.brush ?? plainBrush).opacity
      const whole = asOpaque(stroke, color)
      const drawWhole = (onto: CanvasDrawing) => {
        const { e, f } = onto.getTransform()
        drawSheet(onto, growth.sheet, e - x, f - y)
        drawTail(onto, growth, whole, support)
      }
      const isPlain = !stroke.erases && context.globalAlpha * opacity === 1
      if (isPlain && e === x && f === y) return drawWhole(context)
      const operation = stroke.erases ? 'destination-out' : 'source-over'
      layAsOne(context, boundsOf(stroke), support, { opacity, operation }, drawWhole)
    },
    endFrame() {
      for (const [name, growth] of growths) {
        if (!growth.wasDrawn) {
          growths.delete(name)
          unused.push(growth.sheet)
        }
        growth.wasDrawn = false
      }
      unused = unused.slice(-1)
    },
  }
}

/** Draws what has come to rest of a stroke onto its sheet. */
function freeze(growth: Growth, stroke: StrokeElement, support: BrowserDrawing): void {
  const end = stroke.points.length - restless
  if (end - growth.frozen < freezeAtOnce) return
  const { context } = growth.sheet
  const whole = asOpaque(stroke, inkOf(stroke).color)
  if (growth.placer) {
    growth.placer.follow(stroke.points, end)
    drawStamps(context, whole, whole.color, growth.placer.stamps)
    growth.placer.stamps.length = 0
  } else drawElement(context, partOf(whole, growth.frozen, end), support)
  growth.frozen = end
}

/** What is not on the sheet yet. */
function drawTail(context: CanvasDrawing, growth: Growth, whole: StrokeElement, support: BrowserDrawing): void {
  if (growth.placer) {
    const tail = growth.placer.fork()
    tail.follow(whole.points)
    drawStamps(context, whole, whole.color, tail.stamps)
  } else drawElement(context, partOf(whole, growth.frozen, whole.points.length), support)
}

const asOpaque = (stroke: StrokeElement, color: string): StrokeElement => ({
  ...stroke,
  color,
  erases: false,
  brush: { ...(stroke.brush ?? plainBrush), opacity: 1 },
})

/**
 * A part of an outlined stroke, as a stroke that begins earlier by the width of its brush: over what is there already, its
 * beginning cannot be seen.
 */
function partOf(stroke: StrokeElement, from: number, to: number): StrokeElement {
  const { points, size } = stroke
  let start = from
  let length = 0
  while (start > 0 && (length <= size || from - start < restless)) {
    start -= 3
    length += Math.hypot(points[start + 3]! - points[start]!, points[start + 4]! - points[start + 1]!)
  }
  return { ...stroke, points: points.slice(start, to) }
}

/** Lays a sheet of the view's size down, pixel for pixel, moved by whole pixels. */
function drawSheet(context: CanvasDrawing, sheet: Sheet<CanvasImageSource>, dx: number, dy: number): void {
  const { width, height } = sheet.context.canvas
  context.save()
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.drawImage(sheet.picture, dx, dy, width, height)
  context.restore()
}
