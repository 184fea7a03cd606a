import { UserError } from '../../protocol/errors.ts'
import type { Files } from '../images/fileStore.ts'
import { extendCanvas } from '../images/outpaint.ts'
import type { PersonId } from '../shared/ids.ts'
import type { PictureOptions } from './pictureOptions.ts'

/**
 * Options with their image on the larger canvas that `outpaint` asks for, the mask of what is new, and its size.
 * Throws `request/image` without an image, `request/mask` beside a mask, `request/size` for margins that do not fit.
 */
export async function withOutpaint(
  { outpaint, ...options }: PictureOptions,
  by: PersonId,
  files: Files,
): Promise<PictureOptions> {
  if (outpaint === undefined) return options
  if (options.image === undefined) {
    throw new UserError('request/image', 'Only an image can be extended.', { hint: 'Send one with the margins.' })
  }
  if (options.maskImage !== undefined) {
    throw new UserError('request/mask', 'Expected either a mask or margins to extend the image by, got both.')
  }
  const png = await files.read(options.image)
  if (!png)
    throw new UserError('request/image', 'The image to extend is not here any more.', { hint: 'Send it again.' })
  const { image, mask, width, height } = await extendCanvas(png, outpaint)
  // Made from what is here already: it goes on when nothing more can be brought in.
  const store = async (made: Uint8Array) => (await files.take(by, made, 'canvas')).file
  return { ...options, image: await store(image), maskImage: await store(mask), width, height }
}
