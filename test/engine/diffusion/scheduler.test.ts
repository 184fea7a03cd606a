import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TorchGenerator } from '../../../engine/diffusion/random.ts'
import { lcmDefaults, openScheduler, type ScheduleConfig } from '../../../engine/diffusion/scheduler.ts'

const scheduler = openScheduler(lcmDefaults)

/** What diffusers answers, written down by tools/reference. Timesteps are null where it throws. */
interface Goldens {
  readonly alphasCumprod: readonly number[]
  readonly bySteps: Readonly<Record<string, readonly number[] | null>>
  readonly byStrength: readonly { steps: number; strength: number; timesteps: number[] | null }[]
  readonly byOriginalSteps: readonly { steps: number; originalSteps: number; timesteps: number[] | null }[]
  readonly custom: readonly { custom: number[]; strength: number; timesteps: number[] | null }[]
  readonly steps: readonly {
    prediction: 'epsilon' | 'v_prediction' | 'sample'
    steps: number
    absoluteSum: number
    first: number[]
  }[]
}
const goldens: Goldens = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/scheduler.json', import.meta.url), 'utf8'),
)

function timestepsOrNull(
  wish: Parameters<typeof scheduler.timesteps>[0],
  config: ScheduleConfig = lcmDefaults,
): number[] | null {
  try {
    return openScheduler(config).timesteps(wish)
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return null
  }
}

describe('the schedule', () => {
  it('visits the timesteps of diffusers for every number of steps', () => {
    for (const [steps, expected] of Object.entries(goldens.bySteps)) {
      expect(timestepsOrNull({ steps: Number(steps) })).toEqual(expected)
    }
  })

  it('sets in later by strength and still takes all steps, and refuses what diffusers refuses', () => {
    for (const { steps, strength, timesteps } of goldens.byStrength) {
      expect(timestepsOrNull({ steps, strength }), `${steps} steps, strength ${strength}`).toEqual(timesteps)
    }
  })

  it('counts in the steps that the model was distilled with', () => {
    for (const { steps, originalSteps, timesteps } of goldens.byOriginalSteps) {
      const other = { ...lcmDefaults, originalInferenceSteps: originalSteps }
      expect(timestepsOrNull({ steps }, other), `${steps} of ${originalSteps}`).toEqual(timesteps)
    }
  })

  it('takes custom timesteps as diffusers does, but refuses a strength that leaves none', () => {
    for (const { custom, strength, timesteps } of goldens.custom) {
      const expected = timesteps?.length === 0 ? null : timesteps
      expect(timestepsOrNull({ steps: 4, custom, strength }), `${custom}, strength ${strength}`).toEqual(expected)
    }
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
  it('is torch’s at every timestep', () => {
    const { alphasCumprod } = scheduler
    expect(alphasCumprod).toHaveLength(goldens.alphasCumprod.length)
    goldens.alphasCumprod.forEach((alpha, t) => {
      expect(Math.abs(alphasCumprod[t]! - alpha)).toBeLessThan(2e-6)
    })
  })

  it('reaches nothing but noise where the folder wants a zero terminal signal', () => {
    const rescaled = openScheduler({ ...lcmDefaults, rescaleBetasZeroSnr: true })
    expect(rescaled.alphasCumprod[999]).toBeCloseTo(0, 12)
    expect(rescaled.alphasCumprod[0]).toBeCloseTo(0.99915, 6)
  })
})

describe('a step', () => {
  // The full loop of diffusers' tests/schedulers/test_scheduler_lcm.py, which asserts sums of 18.7097 and 197.7616.
  it.each(goldens.steps)('repeats the full loop of diffusers: $prediction, $steps steps', golden => {
    const on = openScheduler({ ...lcmDefaults, predictionType: golden.prediction })
    const generator = new TorchGenerator(0)
    const timesteps = on.timesteps({ steps: golden.steps })
    let sample = dummySample()
    for (const [i, t] of timesteps.entries()) {
      const output = sample.map(x => (x * t) / (t + 1))
      const denoised = on.denoise(output, sample, t)
      const next = timesteps[i + 1]
      sample = next === undefined ? denoised : on.addNoise(denoised, generator.randn(sample.length), next)
    }
    const sum = sample.reduce((total, x) => total + Math.abs(x), 0)
    expect(Math.abs(sum - golden.absoluteSum)).toBeLessThan(1e-3)
    golden.first.forEach((x, i) => {
      expect(sample[i]).toBeCloseTo(x, 4)
    })
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
