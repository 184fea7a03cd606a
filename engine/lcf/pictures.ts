import sharp from 'sharp'
import type { Rgb } from '../types/engine.ts'

/**
 * A picture of any size as the model sees pictures: as much of it as fits, cropped to where there is most to see
 * (libvips' attention: edges, saturation, skin), and scaled by Lanczos.
 */
export async function fitted(picture: Rgb, side: number): Promise<Rgb> {
  const { width, height, data } = picture
  if (width === side && height === side) return picture
  const fit = sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'cover', position: sharp.strategy.attention, kernel: 'lanczos3' })
    .removeAlpha()
    .raw()
  return { width: side, height: side, data: new Uint8Array(await fit.toBuffer()) }
}

/** As in a mirror. */
export function mirrored({ width, height, data }: Rgb): Rgb {
  const turned = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + x) * 3, (y * width + width - 1 - x) * 3]
      turned.set(data.subarray(from, from + 3), to)
    }
  }
  return { width, height, data: turned }
}
