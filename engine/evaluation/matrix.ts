/** Symmetric matrices in float64, row by row; `size` rows of `size`. */

export interface Eigen {
  readonly values: Float64Array
  /** One unit vector in each row. */
  readonly vectors: Float64Array
}

/**
 * Eigenvalues and eigenvectors by Jacobi's rotations, cyclic by rows (Golub and Van Loan, Matrix Computations, 8.5): each
 * rotation zeroes one pair outside the diagonal, and a few sweeps leave nothing but rounding there.
 */
export function eigenOf(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice()
  const v = identity(size)
  const norm = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0))
  for (let sweep = 0; sweep < 60; sweep++) {
    let outside = 0
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) outside += a[p * size + q]! ** 2
    if (Math.sqrt(2 * outside) <= 1e-14 * norm) {
      return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors: v }
    }
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q)
  }
  throw new Error(`Expected Jacobi's rotations to settle within 60 sweeps; is the matrix symmetric and finite?`)
}

function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q]!
  if (apq === 0) return
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < size; k++) {
    const [kp, kq] = [a[k * size + p]!, a[k * size + q]!]
    a[k * size + p] = c * kp - s * kq
    a[k * size + q] = s * kp + c * kq
  }
  for (let k = 0; k < size; k++) {
    const [pk, qk] = [a[p * size + k]!, a[q * size + k]!]
    a[p * size + k] = c * pk - s * qk
    a[q * size + k] = s * pk + c * qk
    const [vp, vq] = [v[p * size + k]!, v[q * size + k]!]
    v[p * size + k] = c * vp - s * vq
    v[q * size + k] = s * vp + c * vq
  }
  a[p * size + q] = 0
  a[q * size + p] = 0
}

/**
 * Eigenvalues alone, for when there are many matrices: Householder's reflections leave three diagonals, and QL steps with
 * implicit shifts take those to one (Golub and Van Loan, 8.3).
 */
export function eigenvaluesOf(matrix: Float64Array, size: number): Float64Array {
  const { diagonal: d, beside: e } = threeDiagonals(matrix, size)
  for (let first = 0; first < size; first++) {
    for (let round = 0; ; round++) {
      // The block from `first` to `last` is not yet split by a number that is nothing beside its neighbours.
      let last = first
      while (last < size - 1 && Math.abs(e[last]!) > Number.EPSILON * (Math.abs(d[last]!) + Math.abs(d[last + 1]!)))
        last++
      if (last === first) break
      if (round > 60)
        throw new Error('Expected QL steps to settle within 60 rounds; is the matrix symmetric and finite?')
      stepQl(d, e, first, last)
    }
  }
  return d
}

/** One chase of the bulge, from the end of a block to its beginning. */
function stepQl(d: Float64Array, e: Float64Array, first: number, last: number): void {
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
  }
  d[first]! -= carried
  e[first] = g
  e[last] = 0
}

function threeDiagonals(matrix: Float64Array, size: number): { diagonal: Float64Array; beside: Float64Array } {
  const a = matrix.slice()
  const beside = new Float64Array(size)
  const v = new Float64Array(size)
  const w = new Float64Array(size)
  for (let k = 0; k < size - 1; k++) {
    let length = 0
    for (let i = k + 1; i < size; i++) length = Math.hypot(length, a[i * size + k]!)
    const alpha = a[(k + 1) * size + k]! > 0 ? -length : length
    beside[k] = alpha
    if (length === 0) continue
    // The reflection I − 2 v vᵀ / vᵀv takes the column below the diagonal to (alpha, 0, …).
    for (let i = k + 1; i < size; i++) v[i] = a[i * size + k]!
    v[k + 1]! -= alpha
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
  return { diagonal: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), beside }
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
