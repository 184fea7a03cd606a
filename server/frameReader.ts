import type { FrameShown } from '../protocol/events.ts'
import type { FrameElement } from '../protocol/scene.ts'
import type { RoomId, Studio } from '../studio/studio.ts'
import type { Bitmaps } from './bitmaps.ts'
import { type FrameInput, readFrameInput } from './frameInput.ts'
import type { FramePicture } from './frameReducer.ts'
import type { Images } from './images.ts'
import { createFrameRaster } from './raster.ts'
import type { Room } from './room.ts'

/** One frame of a room, read. */
export interface FrameReader {
  readonly frameId: string
  readonly room: RoomId
  /** The frame as it is in the scene; null if it has been removed or is no frame. */
  element(): FrameElement | null
  /** All that decides its picture now. */
  read(): Promise<FrameInput | null>
  /** A picture of this frame as browsers get it. */
  pictureOf(image: Uint8Array, type: FrameShown['type'], of: PaintedFrom): FramePicture
}

export interface PaintedFrom {
  /** null: painted before this program started, from what nobody remembers. */
  readonly input: FrameInput | null
  readonly ms: number
  /** Of a preview. */
  readonly step?: FrameShown['step']
  readonly isFiner?: boolean
}

export function createFrameReader(options: {
  readonly frameId: string
  readonly room: Room
  readonly images: Images
  readonly bitmaps: Bitmaps
  readonly studio: Studio
}): FrameReader {
  const { frameId, room, images, bitmaps, studio } = options
  const raster = createFrameRaster(bitmaps)

  function element(): FrameElement | null {
    const found = room.scene.elements.get(frameId)
    return found?.kind === 'frame' && !found.removed ? found : null
  }

  return {
    frameId,
    room: room.id,
    element,
    read: () => readFrameInput(frameId, room, raster, images, studio),
    pictureOf(image, type, { input, ms, step = null, isFiner = false }) {
      const frame = input?.frame ?? room.scene.elements.get(frameId)
      // Elements stay in the scene of an open room, removed ones too.
      if (frame?.kind !== 'frame') throw new Error(`Expected ${frameId} to be a frame, got ${frame?.kind}`)
      const { x, y, width, height } = frame
      const clock = input?.clock ?? room.clock
      const shown = { frameId, clock, step, ms, box: { x, y, width, height }, type }
      const { hash: inputHash = null, settings = null, size = null } = input ?? {}
      return { shown, image, inputHash, settings, size, isFiner }
    },
  }
}
