import { openScheduler, type ScheduleConfig } from '../../engine/diffusion/scheduler.ts'

/**
 * A sampler of a diffusion model that was not distilled: where the network is asked, and what becomes of the sample.
 * Numbers are those of diffusers, so that a recipe means the same here and there.
 */
export interface Sampler {
  /** Descending. */
  readonly timesteps: readonly number[]
  /** From the network's output at `timesteps[index]` to the sample at the next one; every index once, in order. */
  step(modelOutput: Float32Array, sample: Float32Array, index: number): Float32Array
}

/** How timesteps lie: table 2 of arXiv 2305.08891. */
export type Spacing = 'leading' | 'trailing' | 'linspace'

/** What both samplers read of a scheduler_config.json. */
export type NoiseConfig = Omit<ScheduleConfig, 'originalInferenceSteps' | 'timestepScaling'>

export function alphasOf(config: NoiseConfig): Float32Array {
  return openScheduler({ ...config, originalInferenceSteps: config.numTrainTimesteps, timestepScaling: 10 })
    .alphasCumprod
}

export function checkSteps(steps: number, { numTrainTimesteps }: NoiseConfig): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= numTrainTimesteps) return
  throw new RangeError(`Expected \`steps\` to be an integer from 1 to ${numTrainTimesteps}, got ${steps}.`)
}

/** diffusers' defaults of both. */
export const noiseDefaults = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  rescaleBetasZeroSnr: false,
  predictionType: 'epsilon',
} as const satisfies NoiseConfig

/** What decides which timesteps are visited. */
export interface SpacingConfig {
  readonly timestepSpacing: Spacing
  /** Added to `leading` timesteps; Stable Diffusion uses 1. */
  readonly stepsOffset: number
}

/**
 * The timesteps of `steps` steps, descending. `points`: among how many the `leading` and `linspace` ones lie evenly, of
 * which the lowest are left out.
 */
export function spacedTimesteps(
  { numTrainTimesteps: n, timestepSpacing, stepsOffset }: NoiseConfig & SpacingConfig,
  steps: number,
  points: number,
): number[] {
  switch (timestepSpacing) {
    case 'leading': {
      const stride = Math.floor(n / points)
      return Array.from({ length: steps }, (_, i) => (points - 1 - i) * stride + stepsOffset)
    }
    case 'trailing':
      return downFrom(n, n / steps).map(t => roundHalfEven(t) - 1)
    case 'linspace':
      return linspace(0, n - 1, points)
        .map(roundHalfEven)
        .reverse()
        .slice(0, steps)
  }
}

/** numpy's round: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** numpy's linspace, both ends included. */
function linspace(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? from : from + i * ((to - from) / (count - 1))))
}

/** `from`, `from` − `step`, … above 0, as numpy's arange counts them. */
function downFrom(from: number, step: number): number[] {
  return Array.from({ length: Math.ceil(from / step) }, (_, i) => from - i * step)
}
