/**
 * The numbers of latent consistency fine-tuning, algorithm 4 of "Latent Consistency Models" (arXiv 2310.04378). It needs
 * no teacher: a picture z₀ is noised twice with the same ε, at t and at s = t − k, and the student f must say the same of
 * both,
 *
 *   d( f_θ(z_t, ω, c, t), f_θ⁻(z_s, ω, c, s) ),   z_t = α_t z₀ + σ_t ε,   θ⁻ the moving average of θ,
 *
 * with f(z, 0) = z to hold on to. So the picture itself enters only at s = 0 and travels up by one skipping step k at
 * a time (`exact`). `anchored` has longer steps, and a share λ_t of the picture in every target, (1 − λ_t) f_θ⁻ + λ_t z₀.
 */

import type { Random } from '../../onnx/optim/random.ts'
import { boundaryScalings, type Scheduler } from '../diffusion/scheduler.ts'

/** Two timesteps, one skipping step k apart; `s` is 0 where t < k. */
export interface TimestepPair {
  readonly t: number
  readonly s: number
}

/**
 * One pair for each of `count` samples, stratified so that a batch sees the whole schedule. t is one of the steps that
 * the model was distilled at (19, 39, … 999), because painting visits no others; k = T / ddimTimesteps.
 */
export function timestepPairsFor(
  count: number,
  ddimTimesteps: number,
  { config }: Scheduler,
  random: Random,
): TimestepPair[] {
  const { numTrainTimesteps, originalInferenceSteps } = config
  const stride = Math.floor(numTrainTimesteps / originalInferenceSteps)
  const k = Math.round(numTrainTimesteps / ddimTimesteps)
  return Array.from({ length: count }, (_, at) => {
    const step = Math.floor(((at + random.uniform()) / count) * originalInferenceSteps) + 1
    const t = step * stride - 1
    return { t, s: Math.max(0, t - k) }
  })
}

/**
 * λ_t = λ ᾱ_t. Pure noise says nothing of the picture beneath it, so there the anchor would be the mean of all pictures:
 * with the same λ everywhere, ten pictures turned everything that was painted into brown mist.
 */
export function lambdaAt(t: number, anchor: number, { alphasCumprod }: Scheduler): number {
  return anchor * alphasCumprod[t]!
}

/** f(z, t) = ofSample · z + ofOutput · output: c_skip z + c_out x̂₀, whatever the network predicts. */
export interface Factors {
  readonly ofSample: number
  readonly ofOutput: number
}

export function factorsAt(t: number, { config, alphasCumprod }: Scheduler): Factors {
  const alpha = Math.sqrt(alphasCumprod[t]!)
  const sigma = Math.sqrt(1 - alphasCumprod[t]!)
  const { cSkip, cOut } = boundaryScalings(t, config)
  switch (config.predictionType) {
    case 'epsilon':
      return { ofSample: cSkip + cOut / alpha, ofOutput: (-cOut * sigma) / alpha }
    case 'v_prediction':
      return { ofSample: cSkip + cOut * alpha, ofOutput: -cOut * sigma }
    case 'sample':
      return { ofSample: cSkip, ofOutput: cOut }
    default:
      throw new Error(`Unknown prediction: ${config.predictionType satisfies never}`)
  }
}

/** α_t z₀ + σ_t ε */
export function noised(z0: Float32Array, noise: Float32Array, t: number, { alphasCumprod }: Scheduler): Float32Array {
  const alpha = Math.sqrt(alphasCumprod[t]!)
  const sigma = Math.sqrt(1 - alphasCumprod[t]!)
  return z0.map((value, at) => alpha * value + sigma * noise[at]!)
}

/** f(z, t) from what the network answered. */
export function consistency(z: Float32Array, output: Float32Array, { ofSample, ofOutput }: Factors): Float32Array {
  return z.map((value, at) => ofSample * value + ofOutput * output[at]!)
}

/** (1 − λ) f⁻ + λ z₀; with λ = 0, the paper's. */
export function regularized(f: Float32Array, z0: Float32Array, anchor: number): Float32Array {
  return anchor === 0 ? f : f.map((value, at) => (1 - anchor) * value + anchor * z0[at]!)
}

/** Mean of √(d² + c²) − c, as `pseudoHuber` records it. */
export function huberOf(a: Float32Array, b: Float32Array, c: number): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += Math.sqrt((a[at]! - b[at]!) ** 2 + c * c) - c
  return sum / a.length
}
