import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import sharp from 'sharp'

/** Writes pictures of `side` × `side` × RGB as one, `columns` to a row, in the format that the file's name says. */
export async function writeSheet(
  file: string,
  pictures: readonly Uint8Array[],
  side: number,
  columns: number,
): Promise<void> {
  const rows = Math.ceil(pictures.length / columns)
  const gap = 2
  const tiles = pictures.map((data, index) => ({
    input: Buffer.from(data),
    raw: { width: side, height: side, channels: 3 as const },
    left: (index % columns) * (side + gap),
    top: Math.floor(index / columns) * (side + gap),
  }))
  await mkdir(dirname(file), { recursive: true })
  await sharp({
    create: { width: columns * (side + gap) - gap, height: rows * (side + gap) - gap, channels: 3, background: '#fff' },
  })
    .composite(tiles)
    .toFile(file)
}
