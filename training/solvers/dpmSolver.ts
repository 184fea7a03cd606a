import { modelPrediction } from './prediction.ts'
import {
  alphasOf,
  checkSteps,
  type NoiseConfig,
  noiseDefaults,
  type Sampler,
  type SpacingConfig,
  spacedTimesteps,
} from './sampler.ts'

/** As diffusers' DPMSolverMultistepScheduler with `algorithm_type` dpmsolver++, order 2, midpoint. */
export interface DpmSolverConfig extends Omit<NoiseConfig, 'clipSampleRange'>, SpacingConfig {
  readonly finalSigma: 'zero' | 'sigma_min'
  /** Below 15 steps the last one is of first order, which is steadier. */
  readonly lowerOrderFinal: boolean
}

export const dpmSolverDefaults = {
  ...noiseDefaults,
  timestepSpacing: 'linspace',
  stepsOffset: 0,
  finalSigma: 'zero',
  lowerOrderFinal: true,
} as const satisfies DpmSolverConfig

/** At a zero terminal signal σ / α would be infinite; diffusers takes the smallest half instead. */
const smallestAlpha = 2 ** -24

/**
 * DPM-Solver++(2M) (arXiv 2211.01095, algorithm 2): the finished latent is extrapolated in λ = ln(α / σ) through the
 * predictions at this step and at the one before.
 */
export function createDpmSolverSampler(config: DpmSolverConfig, steps: number): Sampler {
  checkSteps(steps, config)
  const alphas = alphasOf(config)
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = smallestAlpha
  const timesteps = spacedTimesteps(config, steps, steps + 1)
  const sigmaAt = (t: number) => Math.sqrt((1 - alphas[t]!) / alphas[t]!)
  const points = [...timesteps.map(sigmaAt), config.finalSigma === 'zero' ? 0 : sigmaAt(0)].map(pointAt)
  let before: Float32Array | undefined

  return {
    timesteps,
    step(modelOutput, sample, index) {
      const here = points[index]!
      const next = points[index + 1]!
      const { x0 } = modelPrediction(config.predictionType, sample, modelOutput, [here])

      const h = next.lambda - here.lambda
      const ofSample = next.sigma / here.sigma
      const ofX0 = -next.alpha * Math.expm1(-h)
      const isLast = index === timesteps.length - 1
      const isFirstOrder =
        index === 0 || (isLast && (config.finalSigma === 'zero' || (config.lowerOrderFinal && timesteps.length < 15)))
      // x₀ half a step on, by the line through the last two predictions.
      const reach = isFirstOrder ? 0 : (0.5 * h) / (here.lambda - points[index - 1]!.lambda)
      const earlier = before ?? x0
      before = x0
      return sample.map((x, i) => ofSample * x + ofX0 * (x0[i]! + reach * (x0[i]! - earlier[i]!)))
    },
  }
}

/** From σ / α of a variance-exploding process back to α, σ and λ. */
function pointAt(ratio: number) {
  const alpha = 1 / Math.sqrt(ratio ** 2 + 1)
  return { alpha, sigma: ratio * alpha, lambda: -Math.log(ratio) }
}
