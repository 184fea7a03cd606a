import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Noise, TorchGenerator } from '../../../engine/diffusion/random.ts'

function expectClose(values: Float32Array, expected: readonly number[], digits = 4): void {
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, digits)
  })
}

describe('torch’s generator', () => {
  // torch.randn(n, generator=torch.Generator().manual_seed(0))
  it('draws the numbers of torch in blocks of sixteen', () => {
    expectClose(new TorchGenerator(0).randn(16), [-1.1258, -1.1524, -0.2506, -0.4339])
  })

  it('draws fewer than sixteen as torch does, in pairs from doubles', () => {
    expectClose(new TorchGenerator(0).randn(5), [1.541, -0.2934, -2.1788, 0.5684, -1.0845])
  })

  it('keeps the second half of a pair for the next small draw', () => {
    const generator = new TorchGenerator(0)
    const apart = [...generator.randn(3), ...generator.randn(2)]
    expect(apart).toEqual([...new TorchGenerator(0).randn(5)])
  })

  it('draws the last block afresh where sixteen does not divide the size', () => {
    const whole = new TorchGenerator(0).randn(32)
    const ragged = new TorchGenerator(0).randn(20)
    expect([...ragged.subarray(0, 4)]).toEqual([...whole.subarray(0, 4)])
    expect([...ragged.subarray(4)]).not.toEqual([...whole.subarray(4, 20)])
  })

  it('takes every seed of 32 bits', () => {
    const seeds = [0, 1, 42, 2 ** 31, 2 ** 32 - 1]
    const firsts = seeds.map(seed => new TorchGenerator(seed).randn(16)[0])
    expect(new Set(firsts).size).toBe(seeds.length)
    expect(firsts.every(Number.isFinite)).toBe(true)
  })
})

// tools/reference: several draws from one generator; of a long draw only the first and the last 32 numbers are kept.
const goldens: { cases: { seed: number; sizes: number[]; draws: number[][] }[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/random.json', import.meta.url), 'utf8'),
)

describe('the draws of torch', () => {
  it.each(goldens.cases)('are repeated for seed $seed, sizes $sizes', ({ seed, sizes, draws }) => {
    const generator = new TorchGenerator(seed)
    for (const [i, size] of sizes.entries()) {
      const drawn = generator.randn(size)
      const kept = drawn.length > 128 ? [...drawn.subarray(0, 32), ...drawn.subarray(-32)] : [...drawn]
      const difference = kept.reduce((most, x, j) => Math.max(most, Math.abs(x - draws[i]![j]!)), 0)
      expect(kept).toHaveLength(draws[i]!.length)
      // torch's vectorised logarithm and cosine round otherwise than ours in the last bits.
      expect(difference).toBeLessThan(2e-6)
    }
  })
})

describe('the noise of a picture', () => {
  it('repeats the draws of a generator in order, whatever order they are asked in', () => {
    const generator = new TorchGenerator(7)
    const draws = [generator.randn(64), generator.randn(64), generator.randn(64)]
    const noise = new Noise(7, 64)
    expect([noise.at(2), noise.at(0), noise.at(1)]).toEqual([draws[2], draws[0], draws[1]])
  })
})
