import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ScheduleConfig } from '../../../engine/diffusion/scheduler.ts'
import { createDdimSampler, type DdimConfig, ddimDefaults } from '../../../training/solvers/ddim.ts'
import { createDpmSolverSampler, type DpmSolverConfig, dpmSolverDefaults } from '../../../training/solvers/dpmSolver.ts'
import { sampleGuided } from '../../../training/solvers/guidance.ts'
import type { Spacing } from '../../../training/solvers/sampler.ts'

interface DiffusersConfig {
  beta_start?: number
  beta_end?: number
  beta_schedule?: ScheduleConfig['betaSchedule']
  clip_sample?: boolean
  timestep_spacing?: Spacing
  steps_offset?: number
  prediction_type?: ScheduleConfig['predictionType']
  rescale_betas_zero_snr?: boolean
  set_alpha_to_one?: boolean
  final_sigmas_type?: DpmSolverConfig['finalSigma']
  lower_order_final?: boolean
}
interface Golden {
  start: number[]
  cases: { solver: 'ddim' | 'dpm++'; config: DiffusersConfig; steps: number; timesteps: number[]; sample: number[] }[]
}

/** By tools/reference/solvers.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/solvers.json', import.meta.url), 'utf8'),
) as Golden

const network = (sample: Float32Array, t: number) => sample.map(x => Math.sin(2 * x + t / 300))

describe('the samplers', () => {
  it.each(
    golden.cases.map(each => ({
      ...each,
      name: `${each.solver}, ${each.steps} steps, ${JSON.stringify(each.config)}`,
    })),
  )('step as those of diffusers: $name', async ({ solver, config, steps, timesteps, sample }) => {
    const ours =
      solver === 'ddim'
        ? createDdimSampler(ddimConfig(config), steps)
        : createDpmSolverSampler(dpmConfig(config), steps)
    expect(ours.timesteps).toEqual(timesteps)
    const end = await sampleGuided(async (x, t) => network(x, t), ours, {
      noise: Float32Array.from(golden.start),
      guidance: 1,
    })
    // Where α begins at 2⁻¹², errors of float32 grow with the values.
    const size = Math.max(1, ...sample.map(Math.abs))
    expect(Math.max(...sample.map((x, i) => Math.abs(x - end[i]!)))).toBeLessThan(1e-4 * size)
  })

  it('move away from what the network says with the empty prompt', async () => {
    const calls: string[] = []
    const solver = createDdimSampler({ ...ddimDefaults, predictionType: 'sample', clipSampleRange: 100 }, 2)
    const end = await sampleGuided(
      async (x, t, prompt) => {
        calls.push(`${t} ${prompt}`)
        return x.map(() => (prompt === 'conditional' ? 3 : 1))
      },
      solver,
      { noise: Float32Array.of(0.5), guidance: 4 },
    )
    expect(calls).toEqual(['500 conditional', '500 unconditional', '0 conditional', '0 unconditional'])
    expect([...end]).toEqual([1 + 4 * (3 - 1)])
  })

  it('refuse steps that cannot be taken', () => {
    expect(() => createDdimSampler(ddimDefaults, 0)).toThrow('Expected `steps` to be an integer from 1 to 1000, got 0.')
    expect(() => createDpmSolverSampler(dpmSolverDefaults, 2.5)).toThrow('got 2.5')
  })
})

function shared<Config extends DdimConfig | DpmSolverConfig>(config: DiffusersConfig, defaults: Config): Config {
  return {
    ...defaults,
    ...defined({
      betaStart: config.beta_start,
      betaEnd: config.beta_end,
      betaSchedule: config.beta_schedule,
      timestepSpacing: config.timestep_spacing,
      stepsOffset: config.steps_offset,
      predictionType: config.prediction_type,
      rescaleBetasZeroSnr: config.rescale_betas_zero_snr,
    }),
  }
}

function ddimConfig(config: DiffusersConfig): DdimConfig {
  const { clipSampleRange, ...unclipped } = shared<DdimConfig>(config, ddimDefaults)
  return {
    ...unclipped,
    ...(config.clip_sample !== false && clipSampleRange !== undefined && { clipSampleRange }),
    ...defined({ setAlphaToOne: config.set_alpha_to_one }),
  }
}

function dpmConfig(config: DiffusersConfig): DpmSolverConfig {
  return {
    ...shared<DpmSolverConfig>(config, dpmSolverDefaults),
    ...defined({ finalSigma: config.final_sigmas_type, lowerOrderFinal: config.lower_order_final }),
  }
}

/** Without the entries that are undefined. */
function defined<T extends object>(record: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never
}
