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

/** numpy's round: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** numpy's linspace, both ends included. */
export function linspace(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? from : from + i * ((to - from) / (count - 1))))
}

/** `from`, `from` − `step`, … above 0, as numpy's arange counts them. */
export function downFrom(from: number, step: number): number[] {
  return Array.from({ length: Math.ceil(from / step) }, (_, i) => from - i * step)
}
