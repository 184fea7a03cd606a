import type { PlainText } from '../../language/page/texts.ts'
import { t } from '../text/t.ts'
import { resizeImage } from './features.ts'

/** What servers and browsers read alike. */
const readable: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp'])

/** What people drop here most often that is no picture we can take, in words. */
const others: readonly (readonly [RegExp, PlainText])[] = [
  [/\.(heic|heif)$/i, 'file.heic'],
  [/\.(avif|tiff?|bmp|gif|svg|psd|kra|xcf)$/i, 'file.picture'],
  [/\.(excalidraw|tldr)$/i, 'file.drawing'],
]

/** Why a file cannot be laid on the canvas, in words; null: it is a picture. */
export function unusableReason({ name, type }: { readonly name: string; readonly type: string }): string | null {
  if (readable.has(type)) return null
  const [, reason] = others.find(([pattern]) => pattern.test(name)) ?? [null, 'file.other' as const]
  return `${name || t('file.unnamed')}: ${t(reason)}`
}

/**
 * The file itself if it is small enough, otherwise a smaller picture, which also leaves behind what a camera wrote into it;
 * null if the browser cannot read it. Sides in pixels.
 */
export async function shrinkImage(
  file: Blob,
  { maxSide, maxBytes = Number.POSITIVE_INFINITY }: { readonly maxSide: number; readonly maxBytes?: number },
): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return null
  try {
    const { width, height } = bitmap
    let scale = Math.min(1, maxSide / Math.max(width, height))
    if (scale === 1 && file.size <= maxBytes) return file
    for (;;) {
      const smaller = await resizeImage(bitmap, Math.round(width * scale), Math.round(height * scale))
      // Where the browser cannot write pictures, the server says what is wrong with this one.
      if (!smaller || smaller.size <= maxBytes || scale < 0.05) return smaller ?? file
      scale *= 0.7
    }
  } finally {
    bitmap.close()
  }
}
