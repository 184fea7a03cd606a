import type { DrawingContext, DrawingSupport, Matrix, Sheet } from './drawingContext.ts'
import { grow, overlaps } from './geometry.ts'
import type { Box } from './scene.ts'

/** How what was drawn by itself is laid onto a canvas. */
export interface Laying {
  /** 0…1 */
  readonly opacity: number
  readonly operation: 'source-over' | 'source-atop' | 'destination-out'
}

/**
 * Draws something by itself and lays it onto a canvas as one piece: what has one opacity as a whole, however often it
 * crosses itself. `box`, in the context's own units, holds all of it; it costs as many pixels as the box has on the canvas.
 */
export function layAsOne<Picture>(
  context: DrawingContext<Picture>,
  box: Box,
  support: DrawingSupport<Picture>,
  { opacity, operation }: Laying,
  draw: (context: DrawingContext<Picture>) => void,
): void {
  const transform = context.getTransform()
  const { width, height } = context.canvas
  const pixels = pixelBox(box, transform)
  if (!overlaps(pixels, { x: 0, y: 0, width, height })) return
  const left = Math.max(0, pixels.x)
  const top = Math.max(0, pixels.y)
  const wide = Math.min(width, pixels.x + pixels.width) - left
  const high = Math.min(height, pixels.y + pixels.height) - top
  const sheet = takeSheet(support, wide, high)
  sheet.context.save()
  sheet.context.setTransform(1, 0, 0, 1, 0, 0)
  sheet.context.clearRect(0, 0, wide, high)
  // Moved by whole pixels: every edge falls where it would have fallen on the canvas itself.
  const { a, b, c, d, e, f } = transform
  sheet.context.setTransform(a, b, c, d, e - left, f - top)
  draw(sheet.context)
  sheet.context.restore()
  context.save()
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.globalAlpha *= opacity
  context.globalCompositeOperation = operation
  context.drawImage(sheet.picture, 0, 0, wide, high, left, top, wide, high)
  context.restore()
  unused.get(support)!.push(sheet)
}

/** Sheets that were drawn on before, by whom they belong to. What is drawn within something else needs a second one. */
const unused = new WeakMap<object, Sheet<unknown>[]>()

/** The last sheet that was given back, if it is large enough. */
function takeSheet<Picture>(support: DrawingSupport<Picture>, width: number, height: number): Sheet<Picture> {
  if (!unused.has(support)) unused.set(support, [])
  // Only this support's own sheets are kept under it.
  const last = unused.get(support)!.pop() as Sheet<Picture> | undefined
  const fits = last && last.context.canvas.width >= width && last.context.canvas.height >= height
  if (fits) return last
  const before = last?.context.canvas ?? { width: 0, height: 0 }
  return support.createSheet(Math.max(width, before.width), Math.max(height, before.height))
}

/** The whole pixels that a box covers, with one around them for soft edges. */
function pixelBox({ x, y, width, height }: Box, { a, b, c, d, e, f }: Matrix): Box {
  const xs = [x, x + width].flatMap(px => [y, y + height].map(py => a * px + c * py + e))
  const ys = [x, x + width].flatMap(px => [y, y + height].map(py => b * px + d * py + f))
  const left = Math.floor(Math.min(...xs))
  const top = Math.floor(Math.min(...ys))
  return grow(
    { x: left, y: top, width: Math.ceil(Math.max(...xs)) - left, height: Math.ceil(Math.max(...ys)) - top },
    1,
    1,
  )
}
