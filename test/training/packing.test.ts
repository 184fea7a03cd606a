import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../onnx/codec.ts'
import { Random } from '../../onnx/optim/random.ts'
import { createSession } from '../../onnx/session.ts'
import { Tape } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'
import { packed, unpacked } from '../../training/stages/packing.ts'

const [rows, columns] = [16, 12]
const matrix = new Random(2)
  .normals(new Float32Array(rows * columns))
  .map((value, at) => value * 10 ** ((at % columns) % 5))
matrix.forEach((_, at) => {
  if (at % columns === 7) matrix[at] = 0
})
const mask = new Float32Array(rows * columns).fill(Number.NEGATIVE_INFINITY, 0, 40)

/** Both constants of a model, as it computes with them. */
async function kept(as: 'halves' | 'bytes') {
  const t = new Tape()
  const zero = t.input('zero', 'float32', [rows, columns])
  const whole = t.model({
    matrix: t.add(zero, t.constant(float32([...matrix], [rows, columns]))),
    mask: t.add(zero, t.constant(float32([...mask], [rows, columns]))),
  })
  const bytes = encodeModel(packed(whole, as))
  const session = await createSession(bytes)
  const results = await session.run({
    zero: { dtype: 'float32', dims: [rows, columns], data: new Float32Array(rows * columns) },
  })
  await session.release()
  return { bytes: bytes.length, matrix: results['matrix']!.data as Float32Array, mask: results['mask']!.data }
}

describe('packed weights', () => {
  it('are rounded to halves, or in every column to 127 steps of its largest', async () => {
    const [halves, bytes] = [await kept('halves'), await kept('bytes')]
    expect(bytes.bytes).toBeLessThan(halves.bytes)
    const largest = Array.from({ length: columns }, (_, column) =>
      Math.max(...matrix.filter((_, at) => at % columns === column).map(Math.abs)),
    )
    for (const [at, value] of matrix.entries()) {
      expect(Math.abs(halves.matrix[at]! - value)).toBeLessThanOrEqual(Math.abs(value) / 2048)
      expect(Math.abs(bytes.matrix[at]! - value)).toBeLessThanOrEqual((largest[at % columns]! / 254) * 1.0001)
    }
    expect(bytes.matrix).not.toEqual(halves.matrix)
  })

  it('of a convolution are rounded in every channel that comes out, and read back as the graph computes with them', () => {
    const t = new Tape()
    const dims = [6, 4, 3, 3]
    const values = new Random(5).normals(new Float32Array(216)).map((value, at) => value * 10 ** Math.floor(at / 36))
    const kernel = t.parameter('kernel', float32(values, dims))
    const model = t.model({ y: t.conv(t.input('x', 'float32', [1, 4, 8, 8]), kernel, undefined, {}) })
    const read = new Map(unpacked(packed(model, 'bytes')).entries()).get('kernel')!
    expect(read.dims).toEqual(dims)
    for (const [at, value] of values.entries()) {
      const own = values.subarray(Math.floor(at / 36) * 36, Math.floor(at / 36) * 36 + 36)
      const largest = Math.max(...own.map(Math.abs))
      expect(Math.abs((read.data as Float32Array)[at]! - value)).toBeLessThanOrEqual((largest / 254) * 1.0001)
    }
  })

  it('keep what is infinite', async () => {
    for (const as of ['halves', 'bytes'] as const) expect((await kept(as)).mask).toEqual(mask)
  })
})
