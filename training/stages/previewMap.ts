import type { PreviewMap } from '../../engine/pipeline/preview.ts'

/** The linear map from latents to the mean colours of their patches, by least squares: pictures for next to nothing. */
export function fitPreview(
  latents: Float32Array,
  pictures: Uint8Array,
  { channels, size, factor }: { channels: number; size: number; factor: number },
): PreviewMap {
  const side = size / factor
  const area = side * side
  const terms = channels + 1
  // Normal equations (XᵀX) W = XᵀY, the last column of X being 1.
  const squares = new Float64Array(terms * terms)
  const products = new Float64Array(terms * 3)
  const row = new Float64Array(terms).fill(1)
  for (let picture = 0; picture < pictures.length / (size * size * 3); picture++) {
    for (let at = 0; at < area; at++) {
      for (let channel = 0; channel < channels; channel++)
        row[channel] = latents[(picture * channels + channel) * area + at]!
      const colour = meanColour(pictures, picture * size * size * 3, at, { size, patch: factor })
      for (let i = 0; i < terms; i++) {
        for (let j = 0; j < terms; j++) squares[i * terms + j]! += row[i]! * row[j]!
        for (let rgb = 0; rgb < 3; rgb++) products[i * 3 + rgb]! += row[i]! * colour[rgb]!
      }
    }
  }
  const solved = solve(squares, products, terms)
  const rowOf = (term: number) => [0, 1, 2].map(rgb => Number(solved[term * 3 + rgb]!.toPrecision(5)))
  return { weight: Array.from({ length: channels }, (_, channel) => rowOf(channel)), bias: rowOf(channels) }
}

/** In −1 … 1. */
function meanColour(
  pictures: Uint8Array,
  start: number,
  at: number,
  { size, patch }: { size: number; patch: number },
): [number, number, number] {
  const side = size / patch
  const [left, top] = [(at % side) * patch, Math.floor(at / side) * patch]
  const sums: [number, number, number] = [0, 0, 0]
  for (let y = top; y < top + patch; y++) {
    for (let x = left; x < left + patch; x++) {
      for (const rgb of [0, 1, 2] as const) sums[rgb] += pictures[start + (y * size + x) * 3 + rgb]!
    }
  }
  return sums.map(sum => sum / patch ** 2 / 127.5 - 1) as [number, number, number]
}

/** Gauss and Jordan with pivots: A (n, n) X = B (n, 3). */
function solve(a: Float64Array, b: Float64Array, n: number): Float64Array {
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(a[row * n + column]!) > Math.abs(a[pivot * n + column]!)) pivot = row
    }
    swapRows(a, n, column, pivot)
    swapRows(b, 3, column, pivot)
    for (let row = 0; row < n; row++) {
      if (row === column) continue
      const factor = a[row * n + column]! / a[column * n + column]!
      for (let at = column; at < n; at++) a[row * n + at]! -= factor * a[column * n + at]!
      for (let at = 0; at < 3; at++) b[row * 3 + at]! -= factor * b[column * 3 + at]!
    }
  }
  return b.map((value, at) => value / a[Math.floor(at / 3) * (n + 1)]!)
}

function swapRows(matrix: Float64Array, width: number, a: number, b: number): void {
  if (a === b) return
  const row = matrix.slice(a * width, (a + 1) * width)
  matrix.copyWithin(a * width, b * width, (b + 1) * width)
  matrix.set(row, b * width)
}
