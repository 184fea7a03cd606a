import sharp from 'sharp'
import { readTexts, withTexts } from '../../studio/images/png.ts'

/** Discord shows a picture no larger than it is; of a smaller one little could be seen on a phone. */
const leastSide = 512

/** Whether a picture of this size is enlarged to be looked at. */
export function isEnlarged({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return Math.max(width, height) < leastSide
}

/** A PNG whose longer side has at least 512 pixels, a whole multiple of what it had, with the same texts (its recipe). */
export async function enlarge(png: Uint8Array): Promise<Uint8Array> {
  const { width, height } = await sharp(png).metadata()
  const factor = Math.ceil(leastSide / Math.max(width, height))
  if (factor <= 1) return png
  const large = await sharp(png)
    .resize(width * factor, height * factor, { kernel: 'lanczos3' })
    .png()
    .toBuffer()
  return withTexts(large, readTexts(png))
}
