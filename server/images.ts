import { type Image, loadImage } from '@napi-rs/canvas'
import { asFileHash, type Files } from '../studio/studio.ts'

/** Decoded pixels cached for drawing, over all rooms: 4 bytes each. */
const maxPixels = 64 * 1024 * 1024

/** Images that frames draw, decoded once and cached while there is room. */
export interface Images {
  /** Makes sure that these files' images are there; files that are gone stay blank. */
  load(files: ReadonlySet<string>): Promise<void>
  get(file: string): Image | undefined
}

export function createImages(files: Files): Images {
  const images = new Map<string, Image>()
  let pixels = 0

  async function load(file: string): Promise<void> {
    const bytes = await files.read(asFileHash(file))
    if (!bytes || images.has(file)) return
    const image = await loadImage(bytes)
    images.set(file, image)
    pixels += image.width * image.height
  }

  /** Forgets what was used longest ago, but nothing that is about to be drawn. */
  function makeRoom(needed: ReadonlySet<string>): void {
    for (const [file, image] of images) {
      if (pixels <= maxPixels) return
      if (needed.has(file)) continue
      images.delete(file)
      pixels -= image.width * image.height
    }
  }

  return {
    async load(needed) {
      for (const file of needed) {
        const image = images.get(file)
        if (!image) await load(file)
        else {
          images.delete(file)
          images.set(file, image)
        }
      }
      makeRoom(needed)
    },
    get: file => images.get(file),
  }
}
