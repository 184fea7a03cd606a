import sharp from 'sharp'
import type { Rgb } from '../engine.ts'
import type { Scene } from './scene.ts'
import { drawScene } from './svg.ts'

/**
 * Renders a scene to `size` × `size` pixels. In training, call `sharp.cache(false)` once and keep a few renders in
 * flight: they run on sharp's own threads.
 */
export async function renderScene(scene: Scene, size = 128): Promise<Rgb> {
  const { data, info } = await sharp(Buffer.from(drawScene(scene, size)))
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.width !== size || info.height !== size || info.channels !== 3)
    throw new Error(`Expected a render of ${size}×${size}×3, got ${info.width}×${info.height}×${info.channels}`)
  return { width: size, height: size, data }
}
