import { describe, expect, it } from 'vitest'
import { floats, numbers, stacked } from '../../../engine/pipeline/feeds.ts'
import { halfToFloat } from '../../../onnx/float16.ts'
import type { DataType } from '../../../onnx/tensor.ts'

const taking = (dtype: DataType) => ({ inputs: [{ name: 'timestep', dtype, shape: ['batch'] }] })

describe('whole numbers', () => {
  it.each([
    ['int64', BigInt64Array.of(19n, 999n)],
    ['int32', Int32Array.of(19, 999)],
    ['float64', Float64Array.of(19, 999)],
    ['float32', Float32Array.of(19, 999)],
  ] as const)('go to an input of %s as such', (dtype, data) => {
    expect(numbers(taking(dtype), 'timestep', [19, 999], [2])).toEqual({ dtype, dims: [2], data })
  })

  it('go to an input of halves as halves', () => {
    for (const { dtype, data } of [
      numbers(taking('float16'), 'timestep', [19, 999], [2]),
      floats(taking('float16'), 'timestep', Float32Array.of(19, 999), [2]),
    ]) {
      expect(dtype).toBe('float16')
      expect([...halfToFloat(data as Uint16Array)]).toEqual([19, 999])
    }
  })

  it('for an input that is not there are a bug, said by name', () => {
    expect(() => numbers(taking('int64'), 'time', [1], [1])).toThrow('Expected an input time, found timestep')
  })
})

describe('rows', () => {
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)]
  it('lie one after another, and the first stands for those that are missing', () => {
    expect([...stacked(rows)]).toEqual([1, 2, 3, 4])
    expect([...stacked(rows, 4)]).toEqual([1, 2, 3, 4, 1, 2, 1, 2])
    expect(stacked(rows.slice(0, 1))).toBe(rows[0])
  })
})
