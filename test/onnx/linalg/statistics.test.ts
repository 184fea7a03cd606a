import { describe, expect, it } from 'vitest'
import { bootstrap, mean, share, shareOf } from '../../../onnx/linalg/statistics.ts'
import { Random } from '../../../onnx/optim/random.ts'

describe('a share', () => {
  it.each([
    [9, 10],
    [61, 128],
    [3, 500],
  ])('of %i in %i reaches as far as shares that it would not surprise', (right, n) => {
    const { value, low, high } = share(right, n)
    expect(value).toBe(right / n)
    // Wilson's ends are where the share lies 1.96 standard errors away, with the standard error of the end itself.
    for (const end of [low, high])
      expect(Math.abs(value - end) / Math.sqrt((end * (1 - end)) / n)).toBeCloseTo(1.959964, 6)
    expect(low).toBeLessThan(value)
    expect(high).toBeGreaterThan(value)
  })

  it('stays between nothing and all, and is never quite sure', () => {
    // z² / (n + z²)
    expect(share(0, 10)).toMatchObject({ low: 0, high: expect.closeTo(0.277533, 6) })
    expect(share(10, 10)).toMatchObject({ low: expect.closeTo(1 - 0.277533, 6), high: expect.closeTo(1, 12) })
  })

  it('counts answers, and cannot be of none', () => {
    expect(shareOf([true, false, true, true])).toMatchObject({ value: 0.75, n: 4 })
    expect(() => shareOf([])).toThrow('Expected at least one answer')
  })
})

describe('a mean', () => {
  it('is as sure as its standard error', () => {
    const { value, low, high } = mean([1, 2, 3, 4])
    expect(value).toBe(2.5)
    // 1.96 · √(5/3) / √4
    expect(high - value).toBeCloseTo(1.265, 3)
    expect(value - low).toBeCloseTo(high - value, 12)
  })
})

describe('a bootstrap', () => {
  it('finds the standard error of a mean without knowing its formula', () => {
    const values = new Random(3).normals(new Float32Array(400))
    const meanOf = (rows: readonly number[]) => 10 + rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length
    const { value, low, high } = bootstrap(400, meanOf, { redraws: 400 })
    expect(value).toBe(meanOf([...values.keys()]))
    expect((high - low) / 2 / 1.96).toBeGreaterThan(0.04)
    expect((high - low) / 2 / 1.96).toBeLessThan(0.06)
  })
})
