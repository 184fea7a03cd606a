import { UserError } from '../../protocol/errors.ts'
import { isPaintable, type Size } from '../../studio/pictures/pictureSizes.ts'
import type { Studio } from '../../studio/studio.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'

type Sizes = Studio['engine']['model']['sizes']

/** `128x96`, `128 × 96`, or `128` for a square. Refuses what the model cannot paint, and says what it can. */
export function readSize(said: string, sizes: Sizes): Size {
  const [, width, height] = /^\s*(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?\s*$/i.exec(said) ?? []
  if (!width) throw new UserError('request/size', strings.size(escapeMarkdown(said, 20)))
  const size = { width: Number(width), height: Number(height ?? width) }
  if (!isPaintable(sizes, size)) throw new UserError('request/size', strings.sizeRange(size, sizes))
  return size
}

/** A square, a wide and a tall size that the model can paint. */
export function sizeChoices({ default: normal, min, max, multiple }: Sizes): { name: string; value: string }[] {
  const snap = (pixels: number) => Math.min(max, Math.max(min, Math.round(pixels / multiple) * multiple))
  const long = snap(normal.width * 1.25)
  const short = snap(normal.width * 0.75)
  return [
    [strings.sizes.square, snap(normal.width), snap(normal.height)] as const,
    [strings.sizes.wide, long, short] as const,
    [strings.sizes.tall, short, long] as const,
  ].map(([name, width, height]) => ({ name: `${name} ${width} × ${height}`, value: `${width}x${height}` }))
}
