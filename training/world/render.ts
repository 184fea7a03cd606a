import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas'
import type { Rgb } from '../../engine/types/engine.ts'
import type { Scene } from './scenes/scene.ts'
import { drawScene } from './svg.ts'

// One canvas for each size: between drawing and reading back nothing else can run.
const canvases = new Map<number, Canvas>()

/**
 * Renders a scene to `size` × `size` pixels. Skia takes less than half of librsvg's time for these pictures, and
 * training draws hundreds of thousands of them.
 */
export async function renderScene(scene: Scene, size = 128): Promise<Rgb> {
  const drawing = await loadImage(Buffer.from(drawScene(scene, size)))
  let canvas = canvases.get(size)
  if (!canvas) {
    canvas = createCanvas(size, size)
    canvases.set(size, canvas)
  }
  const context = canvas.getContext('2d')
  context.drawImage(drawing, 0, 0, size, size)
  return { width: size, height: size, data: withoutAlpha(context.getImageData(0, 0, size, size).data) }
}

/** Every scene is opaque, so alpha says nothing. */
function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!
    rgb[to + 1] = rgba[from + 1]!
    rgb[to + 2] = rgba[from + 2]!
  }
  return rgb
}
