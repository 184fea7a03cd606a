import type { FrameResult } from '../../../protocol/events.ts'
import { percentText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import { fileUrl } from '../images.ts'
import { contextOf } from '../inkCanvas.ts'

/** Pixels: of a picture's longer side, of the line below it, and between pictures. */
const cellSide = 320
const lineHeight = 22
const gap = 16
const columns = 4

/** The pictures of a frame on one PNG, oldest first, each with what tells it from the others. */
export async function contactSheetOf(results: readonly FrameResult[]): Promise<Blob> {
  const pictures = results.toReversed()
  const images = await Promise.all(pictures.map(({ file }) => load(fileUrl(file))))
  const across = Math.min(columns, pictures.length)
  const rows = Math.ceil(pictures.length / columns)
  const cellHeight = cellSide + lineHeight
  const canvas = document.createElement('canvas')
  canvas.width = gap + across * (cellSide + gap)
  canvas.height = gap + rows * (cellHeight + gap)
  const context = contextOf(canvas)
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#1d1b18'
  context.font = '13px sans-serif'
  context.imageSmoothingQuality = 'high'
  for (const [index, picture] of pictures.entries()) {
    const image = images[index]!
    const x = gap + (index % columns) * (cellSide + gap)
    const y = gap + Math.floor(index / columns) * (cellHeight + gap)
    const scale = cellSide / Math.max(image.naturalWidth, image.naturalHeight)
    const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale]
    context.drawImage(image, x + (cellSide - width) / 2, y + (cellSide - height) / 2, width, height)
    context.fillText(captionOf(picture, index + 1), x, y + cellSide + 16, cellSide)
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('This browser could not write a PNG.'))),
      'image/png',
    )
  })
}

/** As short as a line below a picture has to be; what is too long for it is pressed together. */
export function captionOf({ recipe: { prompt, seed, steps, strength } }: FrameResult, number: number): string {
  const from = strength === null ? t('sheet.words') : percentText(strength)
  const shortPrompt = prompt.length > 30 ? `${prompt.slice(0, 29)}…` : prompt
  return t('sheet.caption', { number, prompt: shortPrompt, from, steps, seed })
}

async function load(url: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = url
  await image.decode()
  return image
}
