import type { FrameElement } from '../../../protocol/scene.ts'
import { uploadImage } from '../../room/http.ts'
import type { Board } from '../board.ts'
import { fileUrl } from '../images.ts'
import { contextOf } from '../inkCanvas.ts'
import type { Size } from '../view.ts'
import { regionsOf } from './frameRegions.ts'

/** Pixels that a picture grows by on each side. */
interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The masks of a frame's regions on a picture that has grown, by their old names: they stay on what they were on. */
export async function growMasks(
  board: Board,
  frame: FrameElement,
  picture: Size,
  margins: Margins,
): Promise<ReadonlyMap<string, string>> {
  const grown = new Map<string, string>()
  for (const { mask } of regionsOf(frame)) {
    if (grown.has(mask)) continue
    grown.set(mask, (await uploadImage(board.session.secret, await growMask(mask, picture, margins))).file)
  }
  return grown
}

/** Black where the picture is new. */
async function growMask(mask: string, picture: Size, { left, top, right, bottom }: Margins): Promise<Blob> {
  const image = new Image()
  image.src = fileUrl(mask)
  await image.decode()
  const [x, y] = [image.naturalWidth / picture.width, image.naturalHeight / picture.height]
  const canvas = document.createElement('canvas')
  canvas.width = Math.round((left + picture.width + right) * x)
  canvas.height = Math.round((top + picture.height + bottom) * y)
  const context = contextOf(canvas)
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(image, Math.round(left * x), Math.round(top * y))
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('This browser could not write a PNG.'))),
      'image/png',
    )
  })
}
