/**
 * The best approximation of a LoRA by fewer ranks: of B A, the largest singular values and their vectors, which no other
 * matrix of that rank is closer to in Frobenius' norm (Eckart and Young 1936). B A itself is never written down:
 *
 *   B = Q R,   R (A Aᵀ) Rᵀ = V Λ Vᵀ,   so B A ≈ (Q Vₖ) (Vₖᵀ R A) and Λ are the squared singular values.
 */
import { eigenOf } from '../../onnx/linalg/matrix.ts'

export interface Factors {
  readonly rank: number
  /** (rank, in) */
  readonly a: Float32Array
  /** (out, rank) */
  readonly b: Float32Array
}

export interface Reduced extends Factors {
  /** Sum of all squared singular values of B A, and of those that were kept. */
  readonly energy: number
  readonly retainedEnergy: number
}

/** At most `most` ranks, the strongest first, fewer where B A has fewer. Each is spread evenly over A and B. */
export function reduceRank({ rank, a, b }: Factors, most: number): Reduced {
  const from = a.length / rank
  const out = b.length / rank
  const { reflections, r } = triangleOf(columnsOf(b, rank), out)
  const height = reflections.length // of R, (height, rank)
  const squares = timesTransposed(times(r, gramOf(a, rank), rank), r, rank)
  const { values, vectors } = eigenOf(squares, height)
  const largest = values.reduce((most, value) => Math.max(most, value), 0)
  const strongest = Array.from(values.keys())
    .filter(at => values[at]! > largest * Number.EPSILON) // smaller ones are rounding
    .sort((one, other) => values[other]! - values[one]!)
    .slice(0, most)
  const reduced = { a: new Float32Array(strongest.length * from), b: new Float32Array(out * strongest.length) }
  for (const [row, at] of strongest.entries()) {
    const vector = vectors.subarray(at * height, (at + 1) * height)
    const share = values[at]! ** 0.25 // √σ
    const left = reflected(vector, reflections, out)
    for (let o = 0; o < out; o++) reduced.b[o * strongest.length + row] = left[o]! * share
    const right = times(times(vector, r, height), a, rank)
    for (let i = 0; i < from; i++) reduced.a[row * from + i] = right[i]! / share
  }
  const sum = (all: Iterable<number>) => Array.from(all).reduce((total, value) => total + Math.max(0, value), 0)
  return {
    rank: strongest.length,
    ...reduced,
    energy: sum(values),
    retainedEnergy: sum(strongest.map(at => values[at]!)),
  }
}

function columnsOf(b: Float32Array, rank: number): Float64Array[] {
  return Array.from({ length: rank }, (_, column) =>
    Float64Array.from({ length: b.length / rank }, (_, row) => b[row * rank + column]!),
  )
}

/**
 * Householder's reflections I − v vᵀ that take the columns (rank of length `out`) to a triangle, and the triangle, (height,
 * rank), of as many rows as there are reflections. Changes the columns.
 */
function triangleOf(columns: readonly Float64Array[], out: number): { reflections: Float64Array[]; r: Float64Array } {
  const height = Math.min(out, columns.length)
  const reflections = columns.slice(0, height).map((column, at) => {
    const v = column.slice()
    v.fill(0, 0, at)
    const length = Math.sqrt(dot(v, v, at))
    if (length === 0) return v
    v[at]! += v[at]! < 0 ? -length : length
    const scale = Math.SQRT2 / Math.sqrt(dot(v, v, at))
    for (let i = at; i < out; i++) v[i]! *= scale
    for (const other of columns.slice(at)) reflect(other, v, at)
    return v
  })
  const r = new Float64Array(height * columns.length)
  for (const [at, column] of columns.entries()) {
    for (let row = 0; row <= Math.min(at, height - 1); row++) r[row * columns.length + at] = column[row]!
  }
  return { reflections, r }
}

/** Q x: from the coordinates of R's rows back to those of B's. */
function reflected(x: Float64Array, reflections: readonly Float64Array[], out: number): Float64Array {
  const back = new Float64Array(out)
  back.set(x)
  for (let at = reflections.length - 1; at >= 0; at--) reflect(back, reflections[at]!, at)
  return back
}

/** x ← (I − v vᵀ) x, where v is zero before `from`. */
function reflect(x: Float64Array, v: Float64Array, from: number): void {
  const share = dot(x, v, from)
  for (let i = from; i < x.length; i++) x[i]! -= share * v[i]!
}

function dot(x: Float64Array, y: Float64Array, from: number): number {
  let sum = 0
  for (let i = from; i < x.length; i++) sum += x[i]! * y[i]!
  return sum
}

/** A Aᵀ of A (rank, …), symmetric. */
function gramOf(a: Float32Array, rank: number): Float64Array {
  const from = a.length / rank
  const gram = new Float64Array(rank * rank)
  for (let one = 0; one < rank; one++) {
    for (let other = 0; other <= one; other++) {
      let sum = 0
      for (let i = 0; i < from; i++) sum += a[one * from + i]! * a[other * from + i]!
      gram[one * rank + other] = sum
      gram[other * rank + one] = sum
    }
  }
  return gram
}

/** X Y of X (…, inner) and Y (inner, …). */
function times(x: Float64Array, y: Float64Array | Float32Array, inner: number): Float64Array {
  const [rows, columns] = [x.length / inner, y.length / inner]
  const product = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const value = x[row * inner + k]!
      if (value === 0) continue // half of a triangle
      for (let column = 0; column < columns; column++)
        product[row * columns + column]! += value * y[k * columns + column]!
    }
  }
  return product
}

/** X Yᵀ of X and Y (…, inner). */
function timesTransposed(x: Float64Array, y: Float64Array, inner: number): Float64Array {
  const [rows, columns] = [x.length / inner, y.length / inner]
  const product = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (let k = 0; k < inner; k++) sum += x[row * inner + k]! * y[column * inner + k]!
      product[row * columns + column] = sum
    }
  }
  return product
}
