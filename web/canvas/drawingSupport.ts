import type { DrawingSupport } from '../../protocol/drawingContext.ts'
import type { Images } from './images.ts'
import { contextOf } from './inkCanvas.ts'

/** What `draw.ts` needs in a browser. */
export type BrowserDrawing = DrawingSupport<CanvasImageSource>

export function createDrawingSupport(images: Pick<Images, 'get'>): BrowserDrawing {
  return {
    pictures: images.get,
    createSheet(width, height) {
      const canvas = document.createElement('canvas')
      canvas.width = width
      canvas.height = height
      return { context: contextOf(canvas), picture: canvas }
    },
  }
}
