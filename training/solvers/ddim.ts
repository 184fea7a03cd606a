import { ddimStep, modelPrediction, type NoiseLevel } from './prediction.ts'
import {
  alphasOf,
  checkSteps,
  type NoiseConfig,
  noiseDefaults,
  type Sampler,
  type SpacingConfig,
  spacedTimesteps,
} from './sampler.ts'

/** As diffusers' DDIMScheduler; dynamic thresholding, which latents never use, is not here. */
export interface DdimConfig extends NoiseConfig, SpacingConfig {
  /** Whether the last step ends at ᾱ = 1 or at ᾱ of the first timestep. */
  readonly setAlphaToOne: boolean
}

export const ddimDefaults = {
  ...noiseDefaults,
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
  const timesteps = spacedTimesteps(config, steps, steps)
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
