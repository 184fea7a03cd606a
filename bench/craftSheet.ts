import sharp from 'sharp'

/** Side of a picture of the sheet, in pixels: lines of crafts are still to be seen, and a sheet is small enough for a document. */
const cell = 128
const columns = 12

/** A row for each way, up to twelve pictures wide (RGB bytes, `side` × `side`), as WebP. */
export async function writeSheet(file: string, rows: readonly (readonly Uint8Array[])[], side: number): Promise<void> {
  const width = Math.min(columns, Math.max(...rows.map(({ length }) => length)))
  const tiles = rows.flatMap((pictures, row) =>
    pictures.slice(0, width).map(async (data, column) => ({
      input: await sharp(data, { raw: { width: side, height: side, channels: 3 } })
        .resize(cell, cell)
        .png()
        .toBuffer(),
      ...{ left: column * cell, top: row * cell },
    })),
  )
  const size = { width: width * cell, height: rows.length * cell, channels: 3 as const, background: 'white' }
  await sharp({ create: size })
    .composite(await Promise.all(tiles))
    .webp({ quality: 75 })
    .toFile(file)
}
