import sharp, { type Sharp } from 'sharp'
import type { Attached } from './message.ts'

/** One cell of a grid: an encoded picture, or raw pixels (RGB, 8 bits). */
export type Cell = Uint8Array | { readonly width: number; readonly height: number; readonly data: Uint8Array }

const background = { r: 30, g: 31, b: 34 }
const gapPixels = 4

/** Up to four pictures of one size side by side: one alone, two in a row, more in two rows. Absent ones stay dark. */
export async function grid(cells: readonly (Cell | null)[], size: { width: number; height: number }): Promise<Sharp> {
  const columns = cells.length === 1 ? 1 : 2
  const rows = Math.ceil(cells.length / columns)
  const placed = await Promise.all(
    cells.map(async (cell, index) => {
      if (!cell) return []
      const image =
        cell instanceof Uint8Array
          ? sharp(cell)
          : sharp(cell.data, { raw: { width: cell.width, height: cell.height, channels: 3 } })
      // A latent preview is smaller than its picture.
      const input = await image.resize(size.width, size.height, { fit: 'fill' }).png().toBuffer()
      const left = (index % columns) * (size.width + gapPixels)
      return [{ input, left, top: Math.floor(index / columns) * (size.height + gapPixels) }]
    }),
  )
  return sharp({
    create: {
      width: columns * size.width + (columns - 1) * gapPixels,
      height: rows * size.height + (rows - 1) * gapPixels,
      channels: 3,
      background,
    },
  }).composite(placed.flat())
}

/** The same picture, lossy, in at most so many bytes. */
export async function withinBytes(file: Attached, maxBytes: number): Promise<Attached> {
  for (const quality of [92, 80, 60]) {
    const bytes = await sharp(file.bytes).jpeg({ quality }).toBuffer()
    if (bytes.length <= maxBytes || quality === 60) {
      return { ...file, name: file.name.replace(/\.\w+$/, '.jpg'), bytes, contentType: 'image/jpeg' }
    }
  }
  return file
}
