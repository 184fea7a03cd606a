import sharp from 'sharp'

const background = '#1e1f22'
const gapPixels = 4
const perRow = 5
/** A strip of four is as wide as Discord shows pictures, and a phone can be turned to see it larger. */
const leastHeight = 256

/** Pictures of one size beside each other as PNG, up to five in a row; small ones are enlarged. */
export async function strip(pngs: readonly Uint8Array[]): Promise<Uint8Array> {
  const { width, height } = await sharp(pngs[0]).metadata()
  const factor = Math.max(1, Math.ceil(leastHeight / height))
  const cell = { width: width * factor, height: height * factor }
  const columns = Math.min(perRow, pngs.length)
  const rows = Math.ceil(pngs.length / columns)
  const placed = pngs.map(async (png, index) => ({
    input: await sharp(png)
      .resize({ ...cell, fit: 'fill' })
      .png()
      .toBuffer(),
    left: (index % columns) * (cell.width + gapPixels),
    top: Math.floor(index / columns) * (cell.height + gapPixels),
  }))
  const whole = {
    width: columns * (cell.width + gapPixels) - gapPixels,
    height: rows * (cell.height + gapPixels) - gapPixels,
  }
  return sharp({ create: { ...whole, channels: 3, background } })
    .composite(await Promise.all(placed))
    .png()
    .toBuffer()
}
