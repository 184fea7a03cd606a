/** What a call of a network takes at a size that may not have been measured: from the nearest one that was. */
import type { Measurements } from '../types/measurements.ts'

/** Time grows with the pixels to this power: 1.34 s at 256 × 256 became 7 s at 512 × 512 (SD 1.5 on a CPU). */
const timeGrowth = 1.2

/** Milliseconds for one row of a call; null as long as nothing was measured. */
export function rowMsAt({ steps }: Measurements, pixels: number, rows = 1): number | null {
  const [nearest] = [...steps].sort(
    (a, b) =>
      distance(a.pixels, pixels) - distance(b.pixels, pixels) || distance(a.rows, rows) - distance(b.rows, rows),
  )
  return nearest ? nearest.rowMs * (pixels / nearest.pixels) ** timeGrowth : null
}

/** Milliseconds for one picture; a decoded picture costs about as much as a step where nothing was measured. */
export function decodeMsAt(known: Measurements, pixels: number): number | null {
  const [nearest] = [...known.decodes].sort((a, b) => distance(a.pixels, pixels) - distance(b.pixels, pixels))
  return nearest ? (nearest.ms * pixels) / nearest.pixels : rowMsAt(known, pixels)
}

/**
 * Bytes that a call for so many rows needs beside the weights; null as long as nothing was measured. Attention grows with
 * the square of the pixels, the rest with the pixels: above what was measured the square is assumed, below it the
 * proportion, so that too much is expected rather than too little.
 */
export function callBytesAt({ steps }: Measurements, pixels: number, rows: number): number | null {
  const needs = steps.flatMap(one => {
    const ratio = pixels / one.pixels
    return one.bytes === null ? [] : (one.bytes * ratio * Math.max(1, ratio) * rows) / one.rows
  })
  // Each measurement alone expects enough, so the least of them does.
  return needs.length === 0 ? null : Math.min(...needs)
}

/** How many rows a call may have, so that it fits into `memoryBytes` beside the weights; any number where nobody knows. */
export function rowsThatFit(known: Measurements, pixels: number, memoryBytes: number | null): number {
  const row = callBytesAt(known, pixels, 1)
  if (memoryBytes === null || row === null || row === 0 || known.loadedBytes === null) return Number.POSITIVE_INFINITY
  return Math.floor((memoryBytes - known.loadedBytes) / row)
}

const distance = (one: number, other: number) => Math.abs(Math.log(one / other))
