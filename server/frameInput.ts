import { createHash } from 'node:crypto'
import type { FrameElement, Scene } from '../protocol/scene.ts'
import { snapStrength } from '../protocol/strength.ts'
import type { Studio } from '../studio/studio.ts'
import type { Images } from './images.ts'
import { elementsInside, type FrameRaster, type Raster } from './raster.ts'
import { fitSize } from './size.ts'

/** All that decides a frame's picture: what is drawn in it, and what it says. */
export interface FrameInput {
  readonly clock: number
  readonly frame: FrameElement
  readonly raster: Raster
  readonly recipe: {
    readonly prompt: string
    readonly seed: number
    readonly steps: number
    readonly guidance: number
    /** null: nothing is drawn, so the picture starts from noise alone. */
    readonly strength: number | null
  }
  /** Equal inputs have equal pictures. */
  readonly hash: string
}

/** Looks at a frame as it is now. */
export async function readFrameInput(
  frameId: string,
  room: { readonly scene: Scene; readonly clock: number },
  raster: FrameRaster,
  images: Images,
  { engine }: Pick<Studio, 'engine'>,
): Promise<FrameInput | null> {
  const found = room.scene.elements.get(frameId)
  if (found?.kind !== 'frame') return null
  await images.load(elementsInside(found, room.scene.elements.values()))
  // Waiting for images took time: from here on nothing waits, so clock, frame and ink belong together.
  const frame = room.scene.elements.get(frameId)
  if (frame?.kind !== 'frame' || frame.removed) return null
  const { model } = engine
  const drawing = raster.render(frame, room.scene.elements.values(), fitSize(frame, model.sizes), images.get)
  const paintsOver = drawing.isDrawn && model.canPaintOver
  const { seed, steps, guidance } = frame
  const strength = paintsOver ? snapStrength(frame.strength, steps) : null
  const recipe = { prompt: frame.prompt.trim(), seed, steps, guidance, strength }
  const { width, height } = drawing
  const hash = createHash('sha256').update(JSON.stringify({ ...recipe, width, height, model: model.hash }))
  if (paintsOver) hash.update(drawing.data)
  return { clock: room.clock, frame, raster: drawing, recipe, hash: hash.digest('hex') }
}
