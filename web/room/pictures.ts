import { limits } from '../../protocol/limits.ts'
import type { MadePicture } from '../../protocol/styles.ts'
import { shrinkImage, unusableReason } from '../browser/imageFiles.ts'
import { request } from './http.ts'

/** A picture that somebody is about to give, as it lies on the page: a file of theirs, or one that they made here. */
export type PictureUpload = {
  /** The same for the same picture, so that nothing is given twice. */
  readonly key: string
  readonly name: string
  /** An address for `<img>`, good until `forget`. */
  readonly url: string
  readonly caption: string
} & ({ readonly image: Blob } | { readonly made: string })

export const loadMadePictures = (): Promise<readonly MadePicture[]> => request('GET', '/api/pictures')

/** What it was painted from is what it shows, until somebody knows better. */
export function uploadOf({ id, path, prompt }: MadePicture): PictureUpload {
  const caption = [...prompt].slice(0, limits.maxCaptionCharacters).join('')
  return { key: keyOfMade(id), name: prompt, url: path, caption, made: id }
}
export const keyOfMade = (id: string): string => `made ${id}`

/** Models see far less; what is larger only takes longer to send. */
const maxSide = 1536

/**
 * Reads picture files here in the browser, so that a file that cannot be used is named before anything is sent. Large
 * pictures are made smaller on the way, which also leaves behind what a camera wrote into them. A text file that is
 * called like a picture is the picture's caption, as collections for training have it.
 */
export async function readPictures(
  files: readonly File[],
): Promise<{ readonly pictures: readonly PictureUpload[]; readonly unusable: readonly string[] }> {
  const pictures: PictureUpload[] = []
  const unusable: string[] = []
  const captions = new Map<string, string>()
  for (const file of files) if (isCaption(file)) captions.set(stemOf(file), await captionIn(file))
  for (const file of files) {
    if (isCaption(file)) continue
    const image = unusableReason(file) === null ? await shrinkImage(file, { maxSide }) : null
    if (!image) unusable.push(file.name)
    else {
      const key = `${file.name} ${file.size} ${file.lastModified}`
      pictures.push({
        key,
        name: file.name,
        image,
        url: URL.createObjectURL(image),
        caption: captions.get(stemOf(file)) ?? '',
      })
    }
  }
  return { pictures, unusable }
}

const stemOf = ({ name }: File): string => name.replace(/\.\w+$/, '')
const isCaption = ({ name }: File): boolean => name.endsWith('.txt')
const captionIn = async (file: File): Promise<string> =>
  (await file.slice(0, 4 * limits.maxCaptionCharacters).text()).trim().slice(0, limits.maxCaptionCharacters)

export function forget(picture: PictureUpload): void {
  if ('image' in picture) URL.revokeObjectURL(picture.url)
}
