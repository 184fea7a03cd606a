import sharp from 'sharp'
import { UserError } from '../../protocol/errors.ts'

/** Pixels to add on each side of an image. */
export interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Pixels of the image along a new side that may change too, so that what is new grows out of what is there. */
const overlap = 16

/**
 * A larger canvas for one of our files, as PNG: the image with its mirror image around it, and a mask that is white there
 * and fades over 16 pixels into the image. Painted over from the mirror image instead of from noise alone, colours go
 * on across the seam. Throws `request/size` for margins that are no whole pixels, or wider than the image.
 */
export async function extendCanvas(png: Uint8Array, margins: Margins) {
  const { width, height } = await sharp(png).metadata()
  const { left, top, right, bottom } = margins
  const holds = (margin: number, side: number) => Number.isInteger(margin) && margin >= 0 && margin <= side
  if (![left, right].every(side => holds(side, width)) || ![top, bottom].every(side => holds(side, height))) {
    const expected = `whole pixels up to ${width} at the sides and ${height} above and below`
    throw new UserError('request/size', `Expected the margins to be ${expected}, got ${[left, top, right, bottom]}.`)
  }
  const size = { width: left + width + right, height: top + height + bottom }
  const data = Uint8Array.from({ length: size.width * size.height }, (_, i) => {
    const [x, y] = [(i % size.width) - left, Math.floor(i / size.width) - top]
    // How far inside the image, from the sides that are new.
    const inside = Math.min(
      left > 0 ? x + 1 : overlap,
      right > 0 ? width - x : overlap,
      top > 0 ? y + 1 : overlap,
      bottom > 0 ? height - y : overlap,
    )
    return Math.round(255 * Math.min(Math.max(1 - inside / overlap, 0), 1))
  })
  const mask = sharp(data, { raw: { ...size, channels: 1 } }).toColourspace('b-w')
  const image = sharp(png).extend({ ...margins, extendWith: 'mirror' })
  return { image: await image.png().toBuffer(), mask: await mask.png().toBuffer(), ...size }
}
