import { describe, expect, it } from 'vitest'
import { importStyleAside } from '../../../engine/lora/importing.ts'
import { type Factors, reduceRank } from '../../../engine/lora/reduce.ts'
import { readSafetensors, writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { importStyle } from '../../../engine/lora/styleFile.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { patient } from '../../support/patience.ts'
import { hasProc, killProcess } from '../support/engineProcess.ts'
import { changesOf, layoutOf, readFixture, relativeError } from './fixtures.ts'

const random = new Random(7)
const normals = (count: number) => random.normals(new Float32Array(count))

/** B A, (out, in). */
function changeOf({ rank, a, b }: Factors): Float32Array {
  return product(b, a, rank)
}

function product(x: Float32Array, y: Float32Array, inner: number): Float32Array {
  const [rows, columns] = [x.length / inner, y.length / inner]
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    let sum = 0
    for (let k = 0; k < inner; k++) sum += x[row * inner + k]! * y[k * columns + column]!
    return sum
  })
}

const energyOf = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0)

/** Singular values that are known: B is made of these times sines, A of cosines, and rows of either are orthonormal. */
function spectrum(sigmas: readonly number[], from: number, out: number): Factors {
  const rank = sigmas.length
  const wave = (size: number) => (k: number, at: number) =>
    Math.sqrt(2 / (size + 1)) * Math.sin((Math.PI * (k + 1) * (at + 1)) / (size + 1)) // the discrete sine transform
  const [left, right] = [wave(out), wave(from)]
  return {
    rank,
    a: Float32Array.from({ length: rank * from }, (_, at) => right(Math.floor(at / from), at % from)),
    b: Float32Array.from(
      { length: out * rank },
      (_, at) => sigmas[at % rank]! * left(at % rank, Math.floor(at / rank)),
    ),
  }
}

describe('a LoRA of fewer ranks', () => {
  const { tensors } = readSafetensors(readFixture('reduced.safetensors'))
  const golden = (name: string) => tensors.get(name)!.read()

  it("is the best there is, by torch's SVD", () => {
    const reduced = reduceRank({ rank: 24, a: golden('a'), b: golden('b') }, 16)
    expect(relativeError([changeOf(reduced)], [golden('best')])).toBeLessThan(1e-6)
    const energies = golden('energies')
    expect(reduced.energy / energies.reduce((sum, value) => sum + value)).toBeCloseTo(1, 6)
    expect(reduced.retainedEnergy / energies.subarray(0, 16).reduce((sum, value) => sum + value)).toBeCloseTo(1, 6)
  })

  it.each([
    ['as many rows as ranks and more', 48, 60],
    ['fewer columns than ranks', 41, 90],
    ['fewer rows than ranks', 90, 41],
    ['fewer of both', 41, 42],
  ])('keeps the strongest of a known spectrum, from %s', (_, from, out) => {
    const sigmas = Array.from({ length: 40 }, (_, at) => 5 * 0.9 ** ((at * 7) % 40)) // in no order
    // The same B A from more ranks than it has.
    const wide = spectrum(sigmas, from, out)
    const mix = normals(40 * 60)
    const rank = 60
    const inverse = rightInverse(mix, 40, rank)
    const factors = { rank, a: product(inverse, wide.a, 40), b: product(wide.b, mix, 40) }
    expect(relativeError([changeOf(factors)], [changeOf(wide)])).toBeLessThan(1e-5)

    const reduced = reduceRank(factors, 16)
    const squares = sigmas.map(sigma => sigma ** 2).sort((one, other) => other - one)
    const kept = squares.slice(0, 16).reduce((sum, square) => sum + square)
    const all = squares.reduce((sum, square) => sum + square)
    expect(reduced.rank).toBe(16)
    expect(reduced.retainedEnergy / kept).toBeCloseTo(1, 5)
    expect(reduced.energy / all).toBeCloseTo(1, 5)
    // What is lost is exactly the rest.
    const left = changeOf(reduced)
    const lost = changeOf(wide).map((value, at) => value - left[at]!)
    expect(energyOf(lost) / (all - kept)).toBeCloseTo(1, 4)
  })

  it.each([1, 5, 16])('loses nothing of one that has no more than %i', rank => {
    const [from, out, wide] = [50, 70, 64]
    const few = { rank, a: normals(rank * from), b: normals(out * rank) }
    const mix = normals(rank * wide)
    const factors = { rank: wide, a: product(rightInverse(mix, rank, wide), few.a, rank), b: product(few.b, mix, rank) }
    const reduced = reduceRank(factors, 16)
    expect(relativeError([changeOf(reduced)], [changeOf(factors)])).toBeLessThan(1e-6)
    expect(reduced.retainedEnergy / reduced.energy).toBeCloseTo(1, 9)
  })

  it('is nothing where nothing is changed', () => {
    const reduced = reduceRank({ rank: 20, a: normals(20 * 30), b: new Float32Array(30 * 20) }, 16)
    expect(reduced).toMatchObject({ rank: 0, energy: 0, retainedEnergy: 0 })
  })

  it('has A and B of one size, so that neither is stored badly', () => {
    const { a, b } = reduceRank({ rank: 24, a: golden('a').map(value => value * 1e-4), b: golden('b') }, 16)
    expect(energyOf(a) / energyOf(b)).toBeCloseTo(1, 5)
  })
})

describe('a file of more ranks than there are slots', () => {
  const targets = [
    { name: 'mid_block.attentions.0.transformer_blocks.0.attn1.to_q', in: 30, out: 40 },
    { name: 'conv_in', in: 4 * 9, out: 20, kernel: [3, 3] as const },
    { name: 'mid_block.attentions.0.transformer_blocks.0.attn1.to_k', in: 30, out: 40 },
  ]
  const layout = layoutOf(targets)
  const [q, conv, k] = [
    { rank: 24, a: normals(24 * 30), b: normals(40 * 24) },
    { rank: 32, a: normals(32 * 36), b: normals(20 * 32) },
    { rank: 4, a: normals(4 * 30), b: normals(40 * 4) },
  ]
  const bytes = writeSafetensors(
    new Map([
      [`unet.${targets[0]!.name}.lora_A.weight`, { shape: [24, 30], values: q.a }],
      [`unet.${targets[0]!.name}.lora_B.weight`, { shape: [40, 24], values: q.b }],
      [`${targets[0]!.name}.alpha`, { shape: [], values: Float32Array.of(12) }],
      ['lora_unet_conv_in.lora_down.weight', { shape: [32, 4, 3, 3], values: conv.a }],
      ['lora_unet_conv_in.lora_up.weight', { shape: [20, 32, 1, 1], values: conv.b }],
      [`unet.${targets[2]!.name}.lora_A.weight`, { shape: [4, 30], values: k.a }],
      [`unet.${targets[2]!.name}.lora_B.weight`, { shape: [40, 4], values: k.b }],
    ]),
  )
  const half = { ...q, b: q.b.map(value => value / 2) } // alpha / rank

  it('is taken, every target as well as the slots allow, and says how much was kept', () => {
    const { adapter, reduction, notes } = importStyle(bytes, layout)
    expect(adapter.rank).toBe(16)
    const changes = [...changesOf(adapter, layout).values()]
    const parts = [half, conv, k].map(part => reduceRank(part, 16))
    expect(relativeError(changes, parts.map(changeOf))).toBeLessThan(1e-6)
    expect(relativeError([changes[2]!], [changeOf(k)])).toBeLessThan(1e-6)
    const whole = [half, conv, k].map(changeOf)
    const share = 1 - relativeError(changes, whole) ** 2
    expect(share).toBeLessThan(0.999)
    expect(reduction!.rank).toBe(32)
    expect(reduction!.energyRetained).toBeCloseTo(share, 5)
    const percent = (Math.floor(share * 1000) / 10).toFixed(1)
    expect(notes[0]).toBe(`Reduced from rank 32 to 16, which keeps ${percent} % of what it changes.`)
  })

  it(
    'is read in a process of its own as well',
    async () => {
      expect(await importStyleAside({ bytes, layout })).toEqual(importStyle(bytes, layout))
    },
    patient(30_000),
  )

  it(
    'is refused there with the same words',
    async () => {
      const broken = bytes.subarray(0, bytes.length - 1)
      await expect(importStyleAside({ bytes: broken, layout })).rejects.toThrow(
        expect.objectContaining({ name: 'UserError', code: 'style/file', message: refusalOf(broken) }),
      )
    },
    patient(30_000),
  )

  it(
    'is refused where it takes too long',
    async () => {
      await expect(importStyleAside({ bytes, layout }, { timeoutMs: 0 })).rejects.toThrow(/within 0 seconds/)
    },
    patient(30_000),
  )

  it(
    'is refused where it takes too much memory',
    async () => {
      await expect(importStyleAside({ bytes, layout }, { maxMemoryBytes: 2 ** 20 })).rejects.toThrow(
        expect.objectContaining({ name: 'UserError', message: expect.stringMatching(/within 1 MB of memory: reduce/) }),
      )
    },
    patient(30_000),
  )

  it.runIf(hasProc)(
    'is refused where it ends the process that reads it, and nothing else ends',
    async () => {
      const reading = importStyleAside({ bytes, layout })
      const refused = expect(reading).rejects.toThrow(
        expect.objectContaining({ name: 'UserError', message: expect.stringMatching(/ended the process.*SIGKILL/) }),
      )
      killProcess('SIGKILL', 'importer.ts')
      await refused
    },
    patient(30_000),
  )

  function refusalOf(file: Uint8Array): string {
    try {
      importStyle(file, layout)
    } catch (error) {
      return (error as Error).message
    }
    return expect.fail('it was taken')
  }
})

/** X (columns, rows) with M X = I for M (rows, columns), rows ≤ columns: Mᵀ (M Mᵀ)⁻¹ by Gauss and Jordan. */
function rightInverse(m: Float32Array, rows: number, columns: number): Float32Array {
  const width = 2 * rows
  const work = Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: width }, (_, column) => {
      if (column >= rows) return column - rows === row ? 1 : 0
      let sum = 0
      for (let k = 0; k < columns; k++) sum += m[row * columns + k]! * m[column * columns + k]!
      return sum
    }),
  )
  for (const [at, pivot] of work.entries()) {
    const first = pivot[at]! // M Mᵀ is positive definite: no pivot is zero
    for (let column = 0; column < width; column++) pivot[column]! /= first
    for (const other of work) {
      if (other === pivot) continue
      const share = other[at]!
      for (let column = 0; column < width; column++) other[column]! -= share * pivot[column]!
    }
  }
  return Float32Array.from({ length: columns * rows }, (_, at) => {
    const [row, column] = [Math.floor(at / rows), at % rows]
    let sum = 0
    for (let k = 0; k < rows; k++) sum += m[k * columns + row]! * work[k]![rows + column]!
    return sum
  })
}
