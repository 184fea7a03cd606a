/**
 * What browsers lack, guarded in one place. A room that is opened over plain HTTP under any name but localhost, as in a
 * local network, is no secure context; these are missing there or in a browser that is still in use:
 *
 *   PointerEvent.getCoalescedEvents   secure contexts only; Safari before 18.2
 *   PointerEvent.getPredictedEvents   Safari before 18.2, Firefox before 89
 *   navigator.clipboard               secure contexts only; elsewhere it may be refused
 *   ClipboardItem of image/svg+xml    Chromium 124, Safari 18; elsewhere SVG is copied as text
 *   crypto.randomUUID, crypto.subtle  secure contexts only: browser/ids.ts uses getRandomValues, which is everywhere
 *   DecompressionStream               Safari before 16.4: browser/inflate.ts then loads fflate
 *   canvas.toBlob('image/webp')       Safari writes PNG instead, and says so in the blob's type
 *   OffscreenCanvas with a 2D context Safari before 16.4: an ordinary canvas does the same
 *   localStorage                      throws where the person forbids storage: store/remembered.ts then forgets
 *
 * Nothing else that the pages use is missing in Chromium 110, Firefox 115 or Safari 16, which ES2023 needs anyway.
 */

/** Every point since the last event, oldest first; at least the event itself. */
export function coalescedEvents(event: PointerEvent): readonly PointerEvent[] {
  const parts = event.getCoalescedEvents?.() ?? []
  return parts.length > 0 ? parts : [event]
}

/** Where the browser expects the pointer next; nothing where it makes no guesses. */
export function predictedEvents(event: PointerEvent): readonly PointerEvent[] {
  return event.getPredictedEvents?.() ?? []
}

/** Copies what a field holds; false if the browser does not allow it: the text is selected then, ready to be copied by hand. */
export async function copyField(field: HTMLInputElement): Promise<boolean> {
  field.select()
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(field.value)
      return true
    }
  } catch (error) {
    console.info('The clipboard is closed to this page; trying the old way.', error)
  }
  return document.execCommand('copy')
}

/** Copies a picture for other programs, SVG as text where the clipboard has no place for it; false: it is not allowed. */
export async function copyBlob(blob: Blob): Promise<boolean> {
  if (!navigator.clipboard) return false
  try {
    const isText = blob.type === 'image/svg+xml' && !ClipboardItem.supports?.(blob.type)
    if (isText) await navigator.clipboard.writeText(await blob.text())
    else await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })])
    return true
  } catch (error) {
    console.info('The clipboard is closed to this page.', error)
    return false
  }
}

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** An image at another size, as WebP, or as PNG where the browser cannot write WebP (Safari); null if it can do neither. */
export function resizeImage(image: ImageBitmap, width: number, height: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) return Promise.resolve(null)
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, width, height)
  return new Promise(resolve => canvas.toBlob(resolve, 'image/webp', 0.95))
}
