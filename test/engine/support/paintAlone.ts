import { paint } from '../../../engine/pipeline/paint.ts'
import { createPaintContext, type PaintContext } from '../../../engine/pipeline/paintContext.ts'
import type { Pipeline } from '../../../engine/pipeline/pipeline.ts'
import type { PaintRequest, Rgb } from '../../../engine/types/engine.ts'

/**
 * Drives the painter alone: the picture, what the decoder made before a mask was laid over it, what each step believed,
 * the pixels of the largest sample that a network saw, and how often the UNet was called.
 */
export async function paintAlone(
  pipeline: Pipeline,
  request: PaintRequest,
  context: PaintContext = createPaintContext(pipeline.folder),
) {
  const painter = paint(request, context)
  const denoised: Float32Array[] = []
  let largest = 0
  let predictions = 0
  let decoded: Rgb | undefined
  let next = painter.next()
  while (!next.done) {
    const need = next.value
    if ('size' in need)
      largest = Math.max(largest, need.size.width * need.size.height * pipeline.folder.spatialFactor ** 2)
    switch (need.type) {
      case 'promptEmbeds':
        next = painter.next(await pipeline.encodePrompt(need.prompt))
        break
      case 'latents':
        next = painter.next(await pipeline.encodePicture(need.picture, need.noise, need))
        break
      case 'prediction':
        predictions += 1
        next = painter.next(await pipeline.predict(need.rows, need.size, need.rows.length))
        break
      case 'stepped':
        if (need.denoised) denoised.push(need.denoised)
        next = painter.next(undefined)
        break
      case 'picture':
        decoded = (await pipeline.decode([need.latents], need.size, 1, need.autoencoder))[0]!
        next = painter.next(decoded)
        break
    }
  }
  return { picture: next.value, decoded: decoded!, denoised, largest, predictions }
}
