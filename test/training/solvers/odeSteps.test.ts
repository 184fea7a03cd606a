import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lcmDefaults, openScheduler } from '../../../engine/diffusion/scheduler.ts'
import { Random } from '../../../onnx/optim/random.ts'
import {
  boundaryAt,
  diffusion,
  diffusionOf,
  noiseAt,
  schedule,
  skippingTimesteps,
} from '../../../training/solvers/diffusion.ts'
import { guided } from '../../../training/solvers/guidance.ts'
import { type SolverName, solverNames, solvers } from '../../../training/solvers/index.ts'
import type { Predict } from '../../../training/solvers/odeStep.ts'
import { predictionAt } from '../../../training/solvers/prediction.ts'
import { consistency } from '../../../training/stages/lcd.ts'

/**
 * A world of which everything is known: x₀ ~ N(0, c²). The best guess is x̂₀ = α c² z / (α² c² + σ²), and the ODE keeps
 * z / √(α² c² + σ²) constant.
 */
const c = 0.6
const spreadAt = (t: number) => {
  const { alpha, sigma } = noiseAt(t)
  return Math.sqrt((alpha * c) ** 2 + sigma ** 2)
}
const predict: Predict = async (z, timesteps) => {
  const guess = z.map((value, at) => (noiseAt(timesteps[at]!).alpha * c * c * value) / spreadAt(timesteps[at]!) ** 2)
  const epsilon = z.map(
    (value, at) => (value - noiseAt(timesteps[at]!).alpha * guess[at]!) / noiseAt(timesteps[at]!).sigma,
  )
  return { x0: guess, epsilon }
}

async function error(solver: SolverName, from: number, stride: number): Promise<number> {
  let z: Float32Array = Float32Array.of(1.3)
  let t = from
  for (; t - stride > 0; t -= stride) z = await solvers[solver](diffusion).step(predict, z, [t], [t - stride])
  return Math.abs(z[0]! - (1.3 * spreadAt(t)) / spreadAt(from))
}

describe('a solver', () => {
  it.each(solverNames)(
    '%s follows the ODE of a world that is known, the closer the smaller its steps',
    async solver => {
      const [coarse, fine] = [await error(solver, 899, 200), await error(solver, 899, 20)]
      expect(fine).toBeLessThan(coarse / 4)
      expect(fine).toBeLessThan(0.03)
    },
  )

  it.each(['dpm', 'dpm++'] as const)('%s is more exact than DDIM', async solver => {
    expect(await error(solver, 899, 100)).toBeLessThan((await error('ddim', 899, 100)) / 3)
  })

  it.each(['dpm', 'dpm++'] as const)(
    '%s steps from pure noise as DDIM does, beside samples that are elsewhere',
    async solver => {
      const z = Float32Array.of(0.5, 0.7)
      const [noise] = await solvers.ddim(diffusion).step(predict, z, [999, 499], [979, 479])
      const mine = await solvers[solver](diffusion).step(predict, z, [999, 499], [979, 479])
      expect(mine[0]).toBe(noise)
      expect(mine[1]).toBeCloseTo((0.7 * spreadAt(479)) / spreadAt(499), 4)
    },
  )
})

describe('what a teacher believes', () => {
  it('is both parts of v', () => {
    const { alpha, sigma } = noiseAt(300)
    const [x0, epsilon] = [0.4, -1.1]
    const prediction = predictionAt(
      diffusion,
      Float32Array.of(alpha * x0 + sigma * epsilon),
      Float32Array.of(alpha * epsilon - sigma * x0),
      [300],
    )
    expect(prediction.x0[0]).toBeCloseTo(x0, 6)
    expect(prediction.epsilon[0]).toBeCloseTo(epsilon, 6)
  })

  it('is exaggerated by guidance, each sample by its own', () => {
    const [a, b] = [Float32Array.of(1, 1), Float32Array.of(0.5, 0.5)]
    expect([...guided(a, b, [0, 2])]).toEqual([1, 2])
  })
})

describe('one target of distillation', () => {
  // Made by tools/reference/distillation.py, in float64.
  const golden = JSON.parse(
    readFileSync(new URL('../../fixtures/goldens/distillation.json', import.meta.url), 'utf8'),
  ) as Record<string, number[]>
  const { start, end, omega } = golden as { start: number[]; end: number[]; omega: number[] }
  const array = (name: string) => Float32Array.from(golden[name]!)

  it('agrees with torch: guided solver step, consistency function, pseudo-Huber', async () => {
    const z = array('z')
    const predict: Predict = async (z, timesteps) =>
      predictionAt(diffusion, z, guided(array('vWords'), array('vNothing'), omega), timesteps)
    const zEnd = await solvers.ddim(diffusion).step(predict, z, start, end)
    expectClose(zEnd, golden['zEnd']!)
    const target = consistency(zEnd, array('vTarget'), end)
    expectClose(target, golden['target']!)
    const f = consistency(z, array('vStudent'), start)
    const huber = f.map((value, at) => Math.sqrt((value - target[at]!) ** 2 + 0.001 ** 2) - 0.001)
    expect(huber.reduce((sum, value) => sum + value, 0) / huber.length).toBeCloseTo(golden['loss']![0]!, 4)
  })

  function expectClose(came: Float32Array, expected: readonly number[]): void {
    for (const [at, value] of expected.entries()) expect(came[at]).toBeCloseTo(value, 4)
  }
})

describe('a solver step of somebody else’s network', () => {
  it.each(['epsilon', 'v_prediction', 'sample'] as const)(
    'is the same for one that predicts %s',
    async predictionType => {
      const own = diffusionOf(openScheduler({ ...lcmDefaults, predictionType }))
      const [x0, epsilon] = [0.7, -1.3]
      const at = own.noiseAt
      const mixed = (t: number) => at(t).alpha * x0 + at(t).sigma * epsilon
      const answers = { epsilon, v_prediction: at(499).alpha * epsilon - at(499).sigma * x0, sample: x0 }
      const predict: Predict = async (z, timesteps) =>
        predictionAt(own, z, Float32Array.of(answers[predictionType]), timesteps)
      const [z] = await solvers.ddim(own).step(predict, Float32Array.of(mixed(499)), [499], [479])
      expect(z).toBeCloseTo(mixed(479), 6)
    },
  )
})

describe('the ladder', () => {
  it.each([1, 7, 20, 50, 500])('has its rungs k = %i apart, and its samples all over it', k => {
    const from = skippingTimesteps(40, k, 1000, new Random(3))
    for (const [at, t] of from.entries()) {
      expect((t + 1) % k).toBe(0)
      expect(Math.abs((t + 1) / Math.floor(1000 / k) / k - (at + 0.5) / 40)).toBeLessThan(0.5 / 40 + k / 990)
    }
    expect(Math.min(...from)).toBeGreaterThanOrEqual(k - 1)
    expect(Math.max(...from)).toBeLessThan(1000)
  })
})

describe('the schedule', () => {
  it('ends in nothing but noise and holds the boundary condition f(z, 0) = z', () => {
    expect(noiseAt(999)).toEqual({ alpha: 0, sigma: 1 })
    expect(boundaryAt(0)).toEqual({ cSkip: 1, cOut: 0 })
    expect(schedule.timesteps({ steps: 4 })).toEqual([999, 759, 499, 259])
  })
})
