import { type Canvas, createCanvas } from '@napi-rs/canvas'
import type { Element } from '../protocol/scene.ts'

/** How many frames' finished ink, or that of their layers, stays drawn, over all rooms: each takes about 0.7 MB at 256 × 256 pixels. */
const maxDrawings = 64

export interface Size {
  readonly width: number
  readonly height: number
}

/** The finished ink of one layer of a frame, or of a frame without layers, as it was drawn last, so that one more stroke costs one stroke. */
export interface Drawing {
  readonly canvas: Canvas
  /** Where in the scene it lies, and its size. */
  readonly place: string
  /** What it shows, from back to front. */
  elements: readonly Element[]
  /** The paper's pixels, and what they were drawn from; null: white. */
  paper: { readonly key: string; readonly rgba: Uint8ClampedArray } | null
}

/**
 * The bitmaps of a server, few however many rooms and frames are open: one page is drawn and read for all of them, and
 * what was drawn longest ago is drawn anew when it is needed.
 */
export interface Bitmaps {
  /** A blank page for whoever draws and reads without waiting: the next one gets the same. */
  page(size: Size): Canvas
  /** The owner's drawing, if it lies at this place and is not forgotten; else a blank one. */
  drawingOf(owner: object, place: string, size: Size): Drawing
}

export function createBitmaps(limit = maxDrawings): Bitmaps {
  let page: Canvas | null = null
  /** Whoever drew longest ago comes first. */
  const drawings = new Map<object, Drawing>()

  return {
    page({ width, height }) {
      if (page?.width !== width || page.height !== height) page = createCanvas(width, height)
      page.getContext('2d').clearRect(0, 0, width, height)
      return page
    },
    drawingOf(owner, place, { width, height }) {
      const known = drawings.get(owner)
      const drawing =
        known?.place === place ? known : { canvas: createCanvas(width, height), place, elements: [], paper: null }
      drawings.delete(owner)
      drawings.set(owner, drawing)
      for (const oldest of drawings.keys()) {
        if (drawings.size <= limit) break
        drawings.delete(oldest)
      }
      return drawing
    },
  }
}
