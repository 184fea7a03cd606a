import sharp from 'sharp'

const barPixels = 6

/** The same image as JPEG with a thin bar at its lower edge that shows how far something is, 0 … 1. */
export async function withThinBar(png: Uint8Array, share: number, { quality }: { quality: number }): Promise<Buffer> {
  const { width, height } = await sharp(png).metadata()
  const done = Math.round(width * Math.min(1, Math.max(0, share)))
  const bar = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${barPixels}">
    <rect width="${width}" height="${barPixels}" fill="#000" fill-opacity=".45"/>
    <rect width="${done}" height="${barPixels}" fill="#fff"/></svg>`
  return sharp(png)
    .composite([{ input: Buffer.from(bar), left: 0, top: height - barPixels }])
    .jpeg({ quality })
    .toBuffer()
}
