import sharp, { type Sharp } from 'sharp'
import type { Cell } from './grid.ts'

/** One step of a learning. */
export interface CurvePoint {
  readonly step: number
  readonly loss: number
  readonly heldOutLoss?: number
}

const background = '#1e1f22'
const gapPixels = 4
/** Smaller pictures are enlarged, so that four of them fill a message. */
const cellPixels = 160
const curveShare = 0.9

/**
 * What a style has learned at one glance: rows of up to four pictures of equal size (before above after), and beneath
 * them how the loss fell. Without letters: a server need not have a font.
 */
export async function contactSheet(
  rows: readonly (readonly Cell[])[],
  curve: readonly CurvePoint[] = [],
): Promise<Sharp> {
  const columns = Math.max(1, ...rows.map(row => row.length))
  // A curve alone is as wide as four pictures.
  const width = rows.length ? columns * cellPixels + (columns - 1) * gapPixels : 4 * cellPixels
  const cells = await Promise.all(
    rows.flatMap((row, y) =>
      row.map(async (cell, x) => {
        const image =
          cell instanceof Uint8Array
            ? sharp(cell)
            : sharp(cell.data, { raw: { width: cell.width, height: cell.height, channels: 3 } })
        const input = await image.resize(cellPixels, cellPixels, { fit: 'cover' }).png().toBuffer()
        return { input, left: x * (cellPixels + gapPixels), top: y * (cellPixels + gapPixels) }
      }),
    ),
  )
  const top = rows.length * (cellPixels + gapPixels)
  const curveHeight = curve.length > 1 ? Math.round(cellPixels * curveShare) : 0
  const drawn = curveHeight ? [{ input: Buffer.from(curveSvg(curve, width, curveHeight)), left: 0, top }] : []
  return sharp({
    create: {
      width,
      height: Math.max(1, top - gapPixels + (curveHeight ? curveHeight + gapPixels : 0)),
      channels: 3,
      background,
    },
  }).composite([...cells, ...drawn])
}

/** The loss as a soft line, averaged because single steps jump; that of held-out pictures as a firm one. */
export function curveSvg(curve: readonly CurvePoint[], width: number, height: number): string {
  const margin = 14
  const finite = curve.filter(({ loss }) => Number.isFinite(loss))
  const [first, last] = [finite[0]?.step ?? 0, finite.at(-1)?.step ?? 1]
  const x = (step: number) => margin + ((step - first) / Math.max(1, last - first)) * (width - 2 * margin)
  // The two measure different things, so each line has a scale of its own.
  const path = (points: readonly (readonly [number, number])[]) => {
    const high = Math.max(...points.map(([, loss]) => loss))
    const low = Math.min(...points.map(([, loss]) => loss), high * (1 - leastSpan))
    const y = (loss: number) => margin + ((high - loss) / (high - low || 1)) * (height - 2 * margin)
    return points.map(([step, loss], at) => `${at ? 'L' : 'M'}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join('')
  }
  const levels = [0, 1, 2, 3].map(level => {
    const at = (margin + (level / 3) * (height - 2 * margin)).toFixed(1)
    return `<path d="M${margin} ${at}H${width - margin}" stroke="#fff" stroke-opacity=".08"/>`
  })
  const heldOut = finite.flatMap(({ step, heldOutLoss }) =>
    heldOutLoss === undefined ? [] : [[step, heldOutLoss] as const],
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" fill="none" stroke-linejoin="round">
    <rect width="${width}" height="${height}" fill="#2b2d31"/>${levels.join('')}
    <path d="${path(runningMean(finite))}" stroke="#f0907f" stroke-opacity=".8" stroke-width="3"/>
    <path d="${path(heldOut)}" stroke="#e0523f" stroke-width="5"/>
  </svg>`
}

/** Less than this share of its height is no change worth a slope. */
const leastSpan = 0.1

/** Over a twentieth of the curve. */
function runningMean(points: readonly CurvePoint[]): [number, number][] {
  const share = Math.max(1, Math.ceil(points.length / 20))
  return points.map(({ step }, index) => {
    const near = points.slice(Math.max(0, index - share + 1), index + 1)
    return [step, near.reduce((sum, { loss }) => sum + loss, 0) / near.length]
  })
}
