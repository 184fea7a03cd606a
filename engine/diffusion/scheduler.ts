/**
 * The schedule and the step of Latent Consistency Models: "Latent Consistency Models: Synthesizing High-Resolution
 * Images with Few-Step Inference" (arXiv 2310.04378), with the numbers of diffusers' `scheduling_lcm.py`, so that a
 * recipe means the same here and there. Names follow that file.
 */
export interface ScheduleConfig {
  readonly numTrainTimesteps: number
  readonly betaStart: number
  readonly betaEnd: number
  readonly betaSchedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2'
  readonly trainedBetas?: readonly number[]
  readonly rescaleBetasZeroSnr: boolean
  readonly originalInferenceSteps: number
  readonly timestepScaling: number
  readonly predictionType: 'epsilon' | 'v_prediction' | 'sample'
  /** Bound of the predicted x₀ on both sides; absent for latents that are never clipped. */
  readonly clipSampleRange?: number
}

export const lcmDefaults = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  rescaleBetasZeroSnr: false,
  originalInferenceSteps: 50,
  timestepScaling: 10,
  predictionType: 'epsilon',
} as const satisfies ScheduleConfig

export interface TimestepOptions {
  readonly steps: number
  readonly strength?: number
  readonly custom?: readonly number[] | undefined
}

export interface Scheduler {
  readonly config: ScheduleConfig
  /** ᾱ by timestep, float32 as torch keeps it. */
  readonly alphasCumprod: Float32Array
  /** See `timestepsOn`. */
  timesteps(options: TimestepOptions): number[]
  /** √ᾱ·z + √(1−ᾱ)·noise: a picture's latents as they would stand at timestep `t`. */
  addNoise(latents: Float32Array, noise: Float32Array, t: number): Float32Array
  /** What the model believes the finished latents are, from its output at `t`. */
  denoise(modelOutput: Float32Array, sample: Float32Array, t: number): Float32Array
}

export function openScheduler(config: ScheduleConfig): Scheduler {
  const { numTrainTimesteps, originalInferenceSteps, predictionType, clipSampleRange } = config
  if (originalInferenceSteps > numTrainTimesteps) {
    throw new RangeError(
      `Expected original_inference_steps to be at most ${numTrainTimesteps}, got ${originalInferenceSteps}.`,
    )
  }
  const alphasCumprod = cumulativeAlphas(betasOf(config))
  const alphaAt = (t: number) => {
    const alpha = alphasCumprod[t]
    if (alpha === undefined) throw new RangeError(`Expected a timestep from 0 to ${numTrainTimesteps - 1}, got ${t}.`)
    return alpha
  }
  return {
    config,
    alphasCumprod,

    timesteps: options => timestepsOn(config, options),

    // Both loops run for every picture at every step, and a loop is ten times as fast as `map` with a closure.
    addNoise(latents, noise, t) {
      const alphaProdT = alphaAt(t)
      const signal = Math.fround(Math.sqrt(alphaProdT))
      const sigma = Math.fround(Math.sqrt(1 - alphaProdT))
      const noised = new Float32Array(latents.length)
      for (let i = 0; i < noised.length; i++) noised[i] = signal * latents[i]! + sigma * noise[i]!
      return noised
    },

    denoise(modelOutput, sample, t) {
      const alphaProdT = alphaAt(t)
      const sqrtAlpha = Math.fround(Math.sqrt(alphaProdT))
      const sqrtBeta = Math.fround(Math.sqrt(1 - alphaProdT))
      // x₀ = a · sample + b · output, whatever the model predicts.
      const [a, b] = {
        epsilon: [1 / sqrtAlpha, -sqrtBeta / sqrtAlpha],
        v_prediction: [sqrtAlpha, -sqrtBeta],
        sample: [0, 1],
      }[predictionType] as [number, number]
      const { cSkip, cOut } = boundaryScalings(t, config)
      const bound = clipSampleRange ?? Number.POSITIVE_INFINITY
      const denoised = new Float32Array(sample.length)
      for (let i = 0; i < denoised.length; i++) {
        const x0 = a * sample[i]! + b * modelOutput[i]!
        denoised[i] = cOut * Math.min(Math.max(x0, -bound), bound) + cSkip * sample[i]!
      }
      return denoised
    },
  }
}

/** For the boundary condition f(x, 0) = x, with σ_data = ½. At inference c_skip is nearly 0; it matters in training. */
export function boundaryScalings(t: number, { timestepScaling }: Pick<ScheduleConfig, 'timestepScaling'>) {
  const scaled = (timestepScaling * t) ** 2
  return { cSkip: 0.25 / (scaled + 0.25), cOut: Math.sqrt(scaled / (scaled + 0.25)) }
}

/**
 * The timestep schedule (diffusers' set_timesteps): the timesteps to visit, descending. `strength` below 1 starts later on the way. Throws a `RangeError` that says what is wrong.
 * It needs no table of ᾱ, so that a request is checked in microseconds.
 */
export function timestepsOn(
  { numTrainTimesteps, originalInferenceSteps }: ScheduleConfig,
  { steps, strength = 1, custom }: TimestepOptions,
): number[] {
  if (custom) return customTimesteps(custom, strength, numTrainTimesteps)
  if (steps > originalInferenceSteps) {
    throw new RangeError(`Expected at most ${originalInferenceSteps} steps, got ${steps}.`)
  }
  const k = Math.floor(numTrainTimesteps / originalInferenceSteps)
  const reach = Math.trunc(originalInferenceSteps * strength)
  if (reach < steps) {
    const least = steps / originalInferenceSteps
    throw new RangeError(
      `Expected a strength of at least ${least} for ${steps} steps, got ${strength}: ` +
        `raise the strength or use at most ${reach} steps.`,
    )
  }
  // (reach, …, 1)·k − 1, of which n are picked evenly; numpy's linspace multiplies the index by the spacing.
  const spacing = reach / steps
  return Array.from({ length: steps }, (_, i) => (reach - Math.floor(i * spacing)) * k - 1)
}

/** As diffusers: strength drops the first n − ⌊n·strength⌋ of a custom list. */
function customTimesteps(custom: readonly number[], strength: number, numTrainTimesteps: number): number[] {
  for (const [i, t] of custom.entries()) {
    const above = i === 0 ? numTrainTimesteps : custom[i - 1]!
    if (!Number.isInteger(t) || t < 0 || t >= above) {
      throw new RangeError(
        `Expected timesteps to be whole, strictly descending and below ${numTrainTimesteps}, got ${t} at ${i}.`,
      )
    }
  }
  const remaining = Math.min(Math.trunc(custom.length * strength), custom.length)
  if (remaining < 1) {
    throw new RangeError(
      `Expected the strength to leave at least one of ${custom.length} timesteps, got ${strength}: raise the strength.`,
    )
  }
  return custom.slice(custom.length - remaining)
}

function betasOf(config: ScheduleConfig): Float64Array {
  const { numTrainTimesteps: n, betaStart, betaEnd, betaSchedule, trainedBetas } = config
  const between = (from: number, to: number) =>
    Float64Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1))
  const alphaBar = (time: number) => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2
  const betas = trainedBetas
    ? Float64Array.from(trainedBetas)
    : {
        linear: () => between(betaStart, betaEnd),
        scaled_linear: () => between(Math.sqrt(betaStart), Math.sqrt(betaEnd)).map(root => root * root),
        squaredcos_cap_v2: () =>
          Float64Array.from({ length: n }, (_, i) => Math.min(1 - alphaBar((i + 1) / n) / alphaBar(i / n), 0.999)),
      }[betaSchedule]()
  return config.rescaleBetasZeroSnr ? rescaleToZeroTerminalSnr(betas) : betas
}

/** "Common Diffusion Noise Schedules and Sample Steps are Flawed" (arXiv 2305.08891), algorithm 1. */
function rescaleToZeroTerminalSnr(betas: Float64Array): Float64Array {
  const roots = cumulativeAlphas(betas).map(Math.sqrt)
  const first = roots[0]!
  const last = roots.at(-1)!
  const alphasBar = Float64Array.from(roots, root => (((root - last) * first) / (first - last)) ** 2)
  return alphasBar.map((bar, i) => 1 - (i === 0 ? bar : bar / alphasBar[i - 1]!))
}

/** torch accumulates in double and stores float32. */
function cumulativeAlphas(betas: Float64Array): Float32Array {
  let product = 1
  return Float32Array.from(betas, beta => {
    product *= Math.fround(1 - beta)
    return product
  })
}
