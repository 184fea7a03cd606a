import type { Mask } from '../floodFill.ts'
import { contextOf } from '../inkCanvas.ts'
import type { Size } from '../view.ts'
import { pathOf, type RegionDraft } from './draft.ts'

/** How much of each pixel belongs to something: 0 … 255, row by row. */
export interface SoftMask extends Size {
  readonly data: Uint8Array
}

/** The pieces of a draft, white on black, in so many pixels; `frame`: the sides of its frame in scene units. */
export function drawMask({ pieces }: RegionDraft, frame: Size, { width, height }: Size): SoftMask {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = contextOf(canvas)
  context.fillRect(0, 0, width, height)
  context.scale(width / frame.width, height / frame.height)
  context.fillStyle = '#ffffff'
  context.strokeStyle = '#ffffff'
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const piece of pieces) {
    const path = new Path2D(pathOf(piece))
    if (piece.type === 'outline') context.fill(path, 'evenodd')
    else {
      context.lineWidth = piece.width
      context.stroke(path)
    }
  }
  return { width, height, data: brightness(context.getImageData(0, 0, width, height).data) }
}

/**
 * The same mask with soft edges: what lies farther than `edge` pixels outside is 0, what lies farther inside is as it was.
 * Two runs of a moving average in each direction, as wide as that allows.
 */
export function soften(mask: SoftMask, edge: number): SoftMask {
  const reach = Math.floor(edge / 2)
  if (reach === 0) return mask
  const { width, height } = mask
  const rows = { count: height, length: width, step: 1, stride: width }
  const columns = { count: width, length: height, step: width, stride: 1 }
  const data = [rows, rows, columns, columns].reduce((soft, lines) => averaged(soft, lines, reach), mask.data)
  return { width, height, data }
}

interface Lines {
  readonly count: number
  readonly length: number
  /** From one pixel of a line to the next, and from one line to the next. */
  readonly step: number
  readonly stride: number
}

/** Beyond its ends a line goes on as it ends. */
function averaged(data: Uint8Array, { count, length, step, stride }: Lines, reach: number): Uint8Array {
  const soft = new Uint8Array(data.length)
  const window = 2 * reach + 1
  for (let line = 0; line < count; line++) {
    const at = (index: number) => data[line * stride + Math.min(length - 1, Math.max(0, index)) * step]!
    let sum = 0
    for (let index = -reach; index <= reach; index++) sum += at(index)
    for (let index = 0; index < length; index++) {
      // Down: what is nearly nothing is nothing.
      soft[line * stride + index * step] = Math.floor(sum / window)
      sum += at(index + reach + 1) - at(index - reach)
    }
  }
  return soft
}

/** A mask as PNG, white where it takes effect. */
export function encodeMask({ width, height, data }: SoftMask): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pixels = new ImageData(width, height)
  for (const [index, value] of data.entries()) pixels.data.set([value, value, value, 255], index * 4)
  contextOf(canvas).putImageData(pixels, 0, 0)
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('This browser could not write a PNG.'))),
      'image/png',
    )
  })
}

/** Which pixels of a mask's image are more white than black, at most `maxSide` on a side. */
export function readMask(image: HTMLImageElement, maxSide: number): Mask {
  const scale = Math.min(1, maxSide / Math.max(image.naturalWidth, image.naturalHeight))
  const width = Math.max(1, Math.round(image.naturalWidth * scale))
  const height = Math.max(1, Math.round(image.naturalHeight * scale))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = contextOf(canvas)
  context.drawImage(image, 0, 0, width, height)
  const data = brightness(context.getImageData(0, 0, width, height).data).map(value => (value > 127 ? 1 : 0))
  return { width, height, data }
}

/** The red of RGBA, which is what a grey image has in all three. */
const brightness = (rgba: Uint8ClampedArray): Uint8Array =>
  Uint8Array.from({ length: rgba.length / 4 }, (_, index) => rgba[index * 4]!)
