import { UserError } from '../../protocol/errors.ts'
import type { EstimatedRequest, ModelInfo } from '../types/engine.ts'
import type { Estimate } from '../types/estimates.ts'
import type { Measurements } from '../types/measurements.ts'
import { secondPassTimesteps, tileCount, timestepsOf } from '../types/request.ts'
import { rowsAt } from '../types/settings.ts'
import { callBytesAt, decodeMsAt, rowMsAt } from './calls.ts'
import { describeBytes, describeNeed } from './words.ts'

/** What a picture takes by itself, with nobody before it. */
export function estimatePaint(request: EstimatedRequest, model: ModelInfo, measured: Measurements): Estimate {
  const { width, height, image, upscale } = request
  const pixels = width * height
  // Who may paint what, `owner` and `priority` say, and neither changes a schedule.
  const schedule = timestepsOf({ ...request, owner: '', priority: 'interactive' }, model.schedule)
  const count = Math.min(schedule.length, request.endStep ?? schedule.length)
  const rows = Array.from({ length: count }, (_, step) => rowsAt(request, step, model))
  const tiles = upscale ? tileCount * secondPassTimesteps(request, model.schedule).length : 0
  const tileRows = tiles * rowsAt(request, Math.max(0, count - 1), model)
  const rowMs = rowMsAt(measured, pixels)
  const decodeMs = decodeMsAt(measured, pixels)
  // What is painted over is encoded, which takes about as long as to decode it; so is each tile of a second pass.
  const decodes = 1 + (image ? 1 : 0) + (upscale ? 2 * tileCount : 0)
  const sum = rows.reduce((total, each) => total + each, tileRows)
  return {
    ms: rowMs === null || decodeMs === null ? null : sum * rowMs + decodes * decodeMs,
    bytes: bytesAt(measured, pixels, 1),
  }
}

/**
 * Throws `UserError` for a picture that does not fit into `memoryBytes` (of the machine, or of what this program may have
 * of it; null: nobody knows), with the figures and what does fit.
 */
export function checkPaintMemory(
  request: Pick<EstimatedRequest, 'width' | 'height'>,
  model: Pick<ModelInfo, 'sizes'>,
  measured: Measurements,
  memoryBytes: number | null,
): void {
  const { width, height } = request
  const needed = bytesAt(measured, width * height, 1)
  if (memoryBytes === null || needed === null || needed <= memoryBytes) return
  const fits = largestThatFits(request, model, measured, memoryBytes)
  const hint = fits ? `${fits.width}×${fits.height} would fit` : 'no size of this model fits'
  throw new UserError(
    'request/memory-size',
    `Expected a picture that fits into the ${describeBytes(memoryBytes)} of memory here, got ${width}×${height}, ` +
      `which needs about ${describeBytes(needed)}: ${hint}.`,
    { values: describeNeed(needed, memoryBytes) },
  )
}

/** The largest size of about this shape, smaller than what was asked for. */
function largestThatFits(
  { width, height }: Pick<EstimatedRequest, 'width' | 'height'>,
  { sizes: { min, multiple } }: Pick<ModelInfo, 'sizes'>,
  measured: Measurements,
  memoryBytes: number,
): { readonly width: number; readonly height: number } | null {
  const snapped = (side: number, by: number) => Math.floor((side * by) / multiple) * multiple
  for (let percent = 95; percent > 0; percent -= 5) {
    const smaller = { width: snapped(width, percent / 100), height: snapped(height, percent / 100) }
    if (Math.min(smaller.width, smaller.height) < min) return null
    const bytes = bytesAt(measured, smaller.width * smaller.height, 1)
    if (bytes !== null && bytes <= memoryBytes) return smaller
  }
  return null
}

function bytesAt(measured: Measurements, pixels: number, rows: number): number | null {
  const call = callBytesAt(measured, pixels, rows)
  return call === null || measured.loadedBytes === null ? null : measured.loadedBytes + call
}
