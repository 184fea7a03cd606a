/** Symmetric matrices in float64, row by row; `size` rows of `size`. */

export interface Eigen {
  readonly values: Float64Array
  /** One unit vector in each row. */
  readonly vectors: Float64Array
}

/**
 * Householder's reflections leave three diagonals, and QL steps with implicit shifts take those to one (Golub and Van Loan,
 * Matrix Computations, 8.3). Eigenvalues come in no order.
 */
export function eigenOf(matrix: Float64Array, size: number): Eigen {
  const { diagonal, beside, reflections } = threeDiagonals(matrix, size)
  const vectors = productOf(reflections, size)
  return { values: toOneDiagonal(diagonal, beside, vectors), vectors }
}

/** As above without the vectors, which are most of the work. */
export function eigenvaluesOf(matrix: Float64Array, size: number): Float64Array {
  const { diagonal, beside } = threeDiagonals(matrix, size)
  return toOneDiagonal(diagonal, beside)
}

/** Turns the rows of `vectors` along with the diagonals. */
function toOneDiagonal(d: Float64Array, e: Float64Array, vectors?: Float64Array): Float64Array {
  const size = d.length
  if (!d.every(Number.isFinite) || !e.every(Number.isFinite)) throw unsettled()
  for (let first = 0; first < size; first++) {
    for (let round = 0; ; round++) {
      // The block from `first` to `last` is not yet split by a number that is nothing beside its neighbours.
      let last = first
      while (last < size - 1 && Math.abs(e[last]!) > Number.EPSILON * (Math.abs(d[last]!) + Math.abs(d[last + 1]!)))
        last++
      if (last === first) break
      if (round > 60) throw unsettled()
      stepQl(d, e, first, last, vectors)
    }
  }
  return d
}

function unsettled(): Error {
  return new Error('Expected QL steps to settle within 60 rounds; is the matrix symmetric and finite?')
}

/** One chase of the bulge, from the end of a block to its beginning. */
function stepQl(d: Float64Array, e: Float64Array, first: number, last: number, vectors?: Float64Array): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  let g = d[last]! - d[first]! + e[first]! / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1))
  let [sine, cosine, carried] = [1, 1, 0]
  for (let at = last - 1; at >= first; at--) {
    const f = sine * e[at]!
    const b = cosine * e[at]!
    const length = Math.hypot(f, g)
    e[at + 1] = length
    if (length === 0) {
      d[at + 1]! -= carried
      e[last] = 0
      return
    }
    sine = f / length
    cosine = g / length
    g = d[at + 1]! - carried
    const r = (d[at]! - g) * sine + 2 * cosine * b
    carried = sine * r
    d[at + 1] = g + carried
    g = cosine * r - b
    if (vectors) turnRows(vectors, d.length, at, sine, cosine)
  }
  d[first]! -= carried
  e[first] = g
  e[last] = 0
}

/** The row `at` and the one after it, in their plane. */
function turnRows(vectors: Float64Array, size: number, at: number, sine: number, cosine: number): void {
  const upper = at * size
  const lower = upper + size
  for (let k = 0; k < size; k++) {
    const [u, l] = [vectors[upper + k]!, vectors[lower + k]!]
    vectors[upper + k] = cosine * u - sine * l
    vectors[lower + k] = sine * u + cosine * l
  }
}

/** I − 2 v vᵀ / vᵀv for each v in turn, the first applied first; v is zero up to its place in the list. */
type Reflections = readonly (Float64Array | undefined)[]

function threeDiagonals(
  matrix: Float64Array,
  size: number,
): { diagonal: Float64Array; beside: Float64Array; reflections: Reflections } {
  const a = matrix.slice()
  const beside = new Float64Array(size)
  const w = new Float64Array(size)
  const reflections: (Float64Array | undefined)[] = []
  for (let k = 0; k < size - 1; k++) {
    let length = 0
    for (let i = k + 1; i < size; i++) length = Math.hypot(length, a[i * size + k]!)
    const alpha = a[(k + 1) * size + k]! > 0 ? -length : length
    beside[k] = alpha
    if (length === 0) {
      reflections.push(undefined)
      continue
    }
    // The reflection I − 2 v vᵀ / vᵀv takes the column below the diagonal to (alpha, 0, …).
    const v = new Float64Array(size)
    for (let i = k + 1; i < size; i++) v[i] = a[i * size + k]!
    v[k + 1]! -= alpha
    reflections.push(v)
    let square = 0
    for (let i = k + 1; i < size; i++) square += v[i]! ** 2
    let product = 0
    for (let i = k + 1; i < size; i++) {
      let sum = 0
      for (let j = k + 1; j < size; j++) sum += a[i * size + j]! * v[j]!
      w[i] = (2 * sum) / square
      product += w[i]! * v[i]!
    }
    for (let i = k + 1; i < size; i++) w[i]! -= (product / square) * v[i]!
    for (let i = k + 1; i < size; i++) {
      for (let j = k + 1; j < size; j++) a[i * size + j]! -= v[i]! * w[j]! + w[i]! * v[j]!
    }
  }
  return { diagonal: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), beside, reflections }
}

/** All reflections as one matrix, whose rows are what they take to the unit vectors. */
function productOf(reflections: Reflections, size: number): Float64Array {
  const product = identity(size)
  // From the last, which touches the fewest rows: those above are still those of the identity.
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k]
    if (!v) continue
    let square = 0
    for (let i = k + 1; i < size; i++) square += v[i]! ** 2
    for (let row = k + 1; row < size; row++) {
      const start = row * size
      let sum = 0
      for (let i = k + 1; i < size; i++) sum += product[start + i]! * v[i]!
      const share = (2 * sum) / square
      for (let i = k + 1; i < size; i++) product[start + i]! -= share * v[i]!
    }
  }
  return product
}

/** The positive semidefinite root R of a covariance: R · R = matrix. Eigenvalues below 0 are rounding, and become 0. */
export function squareRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = eigenOf(matrix, size)
  const root = new Float64Array(size * size)
  for (let each = 0; each < size; each++) {
    const weight = Math.sqrt(Math.max(0, values[each]!))
    for (let row = 0; row < size; row++) {
      const scaled = weight * vectors[each * size + row]!
      for (let column = 0; column < size; column++)
        root[row * size + column]! += scaled * vectors[each * size + column]!
    }
  }
  return root
}

export function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const value = a[row * size + inner]!
      for (let column = 0; column < size; column++) out[row * size + column]! += value * b[inner * size + column]!
    }
  }
  return out
}

export function trace(matrix: Float64Array, size: number): number {
  let sum = 0
  for (let at = 0; at < size; at++) sum += matrix[at * size + at]!
  return sum
}

function identity(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0))
}
