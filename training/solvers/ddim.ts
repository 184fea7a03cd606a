import { ddimStep, modelPrediction, type NoiseLevel } from './prediction.ts'
import {
  alphasOf,
  checkSteps,
  downFrom,
  linspace,
  type NoiseConfig,
  roundHalfEven,
  type Sampler,
  type Spacing,
} from './sampler.ts'

/** As diffusers' DDIMScheduler; dynamic thresholding, which latents never use, is not here. */
export interface DdimConfig extends NoiseConfig {
  readonly timestepSpacing: Spacing
  /** Added to `leading` timesteps; Stable Diffusion uses 1. */
  readonly stepsOffset: number
  /** Whether the last step ends at ᾱ = 1 or at ᾱ of the first timestep. */
  readonly setAlphaToOne: boolean
}

export const ddimDefaults = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  rescaleBetasZeroSnr: false,
  predictionType: 'epsilon',
  clipSampleRange: 1,
  timestepSpacing: 'leading',
  stepsOffset: 0,
  setAlphaToOne: true,
} as const satisfies DdimConfig

/** Denoising diffusion implicit models (arXiv 2010.02502), equation 12 with η = 0. */
export function createDdimSampler(config: DdimConfig, steps: number): Sampler {
  checkSteps(steps, config)
  const alphas = alphasOf(config)
  const stride = Math.floor(config.numTrainTimesteps / steps)
  const timesteps = timestepsOf(config, steps)
  const bound = config.clipSampleRange ?? Number.POSITIVE_INFINITY
  return {
    timesteps,
    step(modelOutput, sample, index) {
      const t = timesteps[index]!
      const before = t - stride
      const level = levelOf(alphas[t]!)
      const next = levelOf(before >= 0 ? alphas[before]! : config.setAlphaToOne ? 1 : alphas[0]!)
      const { x0, epsilon } = modelPrediction(config.predictionType, sample, modelOutput, [level])
      return ddimStep({ x0: x0.map(x => Math.min(Math.max(x, -bound), bound)), epsilon }, [next])
    },
  }
}

/** From ᾱ. */
const levelOf = (alphaProd: number): NoiseLevel => ({ alpha: Math.sqrt(alphaProd), sigma: Math.sqrt(1 - alphaProd) })

function timestepsOf({ numTrainTimesteps: n, timestepSpacing, stepsOffset }: DdimConfig, steps: number): number[] {
  switch (timestepSpacing) {
    case 'leading': {
      const stride = Math.floor(n / steps)
      return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + stepsOffset)
    }
    case 'trailing':
      return downFrom(n, n / steps).map(t => roundHalfEven(t) - 1)
    case 'linspace':
      return linspace(0, n - 1, steps)
        .map(roundHalfEven)
        .reverse()
  }
}
