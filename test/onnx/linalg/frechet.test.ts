import { describe, expect, it } from 'vitest'
import { frechetDistance, frechetFrom, gaussianOf } from '../../../onnx/linalg/frechet.ts'
import { eigenOf, eigenvaluesOf, multiply, squareRoot } from '../../../onnx/linalg/matrix.ts'
import { Random } from '../../../onnx/optim/random.ts'

const size = 12

/** A·Aᵀ of a random A with `rank` columns: a covariance. */
function covariance(seed: number, rank = size): Float64Array {
  const a = new Random(seed).normals(new Float32Array(size * rank))
  return Float64Array.from({ length: size * size }, (_, at) => {
    let sum = 0
    for (let k = 0; k < rank; k++) sum += a[Math.floor(at / size) * rank + k]! * a[(at % size) * rank + k]!
    return sum
  })
}

const worst = (a: Float64Array, b: Float64Array) => Math.max(...a.map((value, at) => Math.abs(value - b[at]!)))

describe('a symmetric matrix', () => {
  it('is the sum of its eigenvectors, weighted', () => {
    const matrix = covariance(1)
    const { values, vectors } = eigenOf(matrix, size)
    const again = matrix.map((_, at) => {
      const [row, column] = [Math.floor(at / size), at % size]
      return values.reduce((sum, value, k) => sum + value * vectors[k * size + row]! * vectors[k * size + column]!, 0)
    })
    expect(worst(matrix, again)).toBeLessThan(1e-12)
  })

  it.each([size, 3])('of rank %i has a square root', rank => {
    const matrix = covariance(2, rank)
    const root = squareRoot(matrix, size)
    expect(worst(multiply(root, root, size), matrix)).toBeLessThan(1e-6)
    expect(
      worst(
        root,
        root.map((_, at) => root[(at % size) * size + Math.floor(at / size)]!),
      ),
    ).toBeLessThan(1e-12)
  })

  it.each([size, 3])('of rank %i has the same eigenvalues without its vectors', rank => {
    const matrix = covariance(6, rank)
    const sorted = (values: Float64Array) => values.toSorted((a, b) => a - b)
    expect(worst(sorted(eigenOf(matrix, size).values), sorted(eigenvaluesOf(matrix, size)))).toBeLessThan(1e-10)
  })

  it('says so when it is not finite', () => {
    expect(() => eigenOf(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow('symmetric and finite')
  })
})

describe('the Fréchet distance', () => {
  const diagonal = (mean: number, variance: number) => ({
    mean: new Float64Array(size).fill(mean),
    covariance: Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? variance : 0)),
  })

  it('of round Gaussians is the one that can be written down', () => {
    // |Δμ|² + Σ (σ₁ − σ₂)²
    expect(frechetFrom(diagonal(1, 4))(diagonal(3, 9))).toBeCloseTo(size * (2 ** 2 + (2 - 3) ** 2), 10)
  })

  it('of covariances that do not commute is that of two by two in closed form', () => {
    const zero = new Float64Array(2)
    const a = { mean: zero, covariance: Float64Array.of(2, 0.5, 0.5, 1) }
    const b = { mean: zero, covariance: Float64Array.of(1, -0.3, -0.3, 3) }
    // tr(√M) = √(tr M + 2 √det M), and M = A·B has the trace 4.7 and the determinant 1.75 · 2.91.
    const expected = 7 - 2 * Math.sqrt(4.7 + 2 * Math.sqrt(1.75 * 2.91))
    expect(frechetFrom(a)(b)).toBeCloseTo(expected, 12)
    expect(frechetFrom(b)(a)).toBeCloseTo(expected, 12)
  })

  it('is nothing to itself', () => {
    const gaussian = { mean: new Float64Array(size), covariance: covariance(4) }
    expect(frechetFrom(gaussian)(gaussian)).toBeLessThan(1e-9)
  })

  it('of samples falls to its floor as they grow, and is far for others', () => {
    const random = new Random(5)
    const draw = (n: number, shift: number) =>
      Array.from({ length: n }, () => random.normals(new Float32Array(4)).map(value => value + shift))
    const real = draw(1000, 0)
    const [few, many, other] = [draw(50, 0), draw(1000, 0), draw(1000, 1)].map(rows => frechetDistance(real, rows, 40))
    expect(many!.value).toBeLessThan(few!.value)
    expect(other!.value).toBeCloseTo(4, 0)
    expect(other!.low).toBeLessThan(4)
    expect(other!.high).toBeGreaterThan(4)
    expect(gaussianOf(real).mean).toHaveLength(4)
  })
})
