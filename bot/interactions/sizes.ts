import { UserError } from '../../protocol/errors.ts'
import { isPaintable, type Size } from '../../studio/pictures/pictureSizes.ts'
import type { Studio } from '../../studio/studio.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'

type Sizes = Studio['engine']['model']['sizes']

/** `128x96`, `128 × 96`, or `128` for a square. Refuses what the model cannot paint, and says what it can. */
export function readSize(value: string, sizes: Sizes): Size {
  const [, width, height] = /^\s*(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?\s*$/i.exec(value) ?? []
  if (!width) throw new UserError('chat/size', undefined, { values: { value: escapeMarkdown(value, 20) } })
  const size = { width: Number(width), height: Number(height ?? width) }
  if (!isPaintable(sizes, size)) {
    const { min, max, multiple } = sizes
    throw new UserError('chat/size-range', undefined, { values: { ...size, min, max, multiple } })
  }
  return size
}

/** A square, a wide and a tall size that the model can paint. */
export function sizeChoices(
  t: Translate,
  { default: normal, min, max, multiple }: Sizes,
): { name: string; value: string }[] {
  const snap = (pixels: number) => Math.min(max, Math.max(min, Math.round(pixels / multiple) * multiple))
  const long = snap(normal.width * 1.25)
  const short = snap(normal.width * 0.75)
  return [
    ['square', snap(normal.width), snap(normal.height)] as const,
    ['wide', long, short] as const,
    ['tall', short, long] as const,
  ].map(([shape, width, height]) => ({
    name: t(`size.${shape}`, { size: t('recipe.size', { width, height }) }),
    value: `${width}x${height}`,
  }))
}
