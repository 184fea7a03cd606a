import { describe, expect, it } from 'vitest'
import { TorchGenerator } from '../../engine/random.ts'
import { lcmDefaults, openScheduler } from '../../engine/scheduler.ts'

const scheduler = openScheduler(lcmDefaults)

describe('the schedule', () => {
  // diffusers: LCMScheduler(**defaults).set_timesteps(n); .timesteps
  it.each([
    [1, [999]],
    [2, [999, 499]],
    [3, [999, 679, 339]],
    [4, [999, 759, 499, 259]],
    [5, [999, 799, 599, 399, 199]],
    [6, [999, 839, 679, 499, 339, 179]],
    [8, [999, 879, 759, 639, 499, 379, 259, 139]],
  ])('visits the timesteps of diffusers in %i steps', (steps, expected) => {
    expect(scheduler.timesteps({ steps })).toEqual(expected)
  })

  // diffusers: set_timesteps(4, strength=s)
  it.each([
    [0.8, [799, 599, 399, 199]],
    [0.7, [699, 539, 359, 179]],
    [0.6, [599, 459, 299, 159]],
    [0.5, [499, 379, 259, 139]],
    [0.3, [299, 239, 159, 79]],
    [0.1, [99, 79, 59, 39]],
    [0.08, [79, 59, 39, 19]],
  ])('sets in later at strength %f and still takes all steps', (strength, expected) => {
    expect(scheduler.timesteps({ steps: 4, strength })).toEqual(expected)
  })

  it.each([
    [10, 99],
    [25, 39],
    [26, 39],
    [50, 19],
  ])('ends %i steps at %i', (steps, last) => {
    expect(scheduler.timesteps({ steps }).at(-1)).toBe(last)
  })

  it('drops the beginning of a custom list by strength', () => {
    const custom = [999, 759, 499, 259]
    expect(scheduler.timesteps({ steps: 4, custom })).toEqual(custom)
    expect(scheduler.timesteps({ steps: 4, custom, strength: 0.6 })).toEqual([499, 259])
  })

  it('refuses what it cannot do, with the cure', () => {
    expect(() => scheduler.timesteps({ steps: 51 })).toThrow('at most 50 steps, got 51')
    expect(() => scheduler.timesteps({ steps: 4, strength: 0.05 })).toThrow(
      'a strength of at least 0.08 for 4 steps, got 0.05: raise the strength or use at most 2 steps',
    )
    expect(() => scheduler.timesteps({ steps: 2, custom: [499, 499] })).toThrow('strictly descending')
    expect(() => scheduler.timesteps({ steps: 2, custom: [1000] })).toThrow('below 1000, got 1000 at 0')
    expect(() => scheduler.timesteps({ steps: 1, custom: [999], strength: 0.5 })).toThrow('raise the strength')
  })
})

describe('the noise level', () => {
  it.each([
    [0, 0.99915],
    [19, 0.982244],
    [259, 0.6589755],
    [499, 0.2776695],
    [999, 0.0046601],
  ])('is torch’s at timestep %i', (t, alpha) => {
    expect(scheduler.alphasCumprod[t]).toBeCloseTo(alpha, 6)
  })

  it('reaches nothing but noise where the folder wants a zero terminal signal', () => {
    const rescaled = openScheduler({ ...lcmDefaults, rescaleBetasZeroSnr: true })
    expect(rescaled.alphasCumprod[999]).toBeCloseTo(0, 12)
    expect(rescaled.alphasCumprod[0]).toBeCloseTo(0.99915, 6)
  })
})

describe('a step', () => {
  // diffusers tests/schedulers/test_scheduler_lcm.py: full_loop, seed 0; its tolerances are 1e-2 on the sum, 1e-3 on the mean.
  it.each([
    [1, 18.7097, 0.0244],
    [4, 189.0072, 0.24611],
    [10, 197.7616, 0.2575],
  ])('repeats the full loop of diffusers in %i steps', (steps, sum, mean) => {
    const generator = new TorchGenerator(0)
    const timesteps = scheduler.timesteps({ steps })
    let sample = dummySample()
    for (const [i, t] of timesteps.entries()) {
      const output = sample.map(x => (x * t) / (t + 1))
      const denoised = scheduler.denoise(output, sample, t)
      const next = timesteps[i + 1]
      sample = next === undefined ? denoised : scheduler.addNoise(denoised, generator.randn(sample.length), next)
    }
    const total = sample.reduce((acc, x) => acc + Math.abs(x), 0)
    expect(Math.abs(total - sum)).toBeLessThan(1e-3)
    expect(Math.abs(total / sample.length - mean)).toBeLessThan(1e-3)
  })

  it('finds the clean sample from every kind of prediction', () => {
    const t = 499
    const x0 = Float32Array.of(0.3, -1.2, 0.8)
    const noise = Float32Array.of(-0.5, 0.4, 1.1)
    const sample = scheduler.addNoise(x0, noise, t)
    const alpha = Math.sqrt(scheduler.alphasCumprod[t]!)
    const sigma = Math.sqrt(1 - alpha ** 2)
    const velocity = x0.map((x, i) => alpha * noise[i]! - sigma * x)
    const outputs = { epsilon: noise, v_prediction: velocity, sample: x0 }
    for (const [predictionType, output] of Object.entries(outputs)) {
      const { denoise } = openScheduler({ ...lcmDefaults, predictionType: predictionType as keyof typeof outputs })
      denoise(output, sample, t).forEach((x, i) => {
        expect(x).toBeCloseTo(x0[i]!, 5)
      })
    }
  })

  it('clips what it predicts where the folder asks for it', () => {
    const { denoise } = openScheduler({ ...lcmDefaults, predictionType: 'sample', clipSampleRange: 1 })
    expect([...denoise(Float32Array.of(3, -4, 0.5), new Float32Array(3), 999)]).toEqual([1, -1, 0.5])
  })
})

/** arange(768) / 768, reshaped to (3, 8, 8, 4) and permuted to (4, 3, 8, 8), as diffusers' scheduler tests use it. */
function dummySample(): Float32Array {
  return Float32Array.from({ length: 768 }, (_, i) => {
    const batch = Math.floor(i / 192)
    const rest = i % 192
    return (rest * 4 + batch) / 768
  })
}
