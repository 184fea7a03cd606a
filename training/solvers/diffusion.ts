/**
 * The forward process that everything here is trained on: z_t = α z + σ ε and v = α ε − σ z, with "scaled_linear" betas.
 * Zero terminal SNR (arXiv 2305.08891) lets a picture be wholly dark or wholly bright.
 */
import { lcmDefaults, openScheduler, type Scheduler } from '../../engine/diffusion/scheduler.ts'
import type { Random } from '../../onnx/optim/random.ts'
import type { Diffusion } from './prediction.ts'

export const schedule = openScheduler({ ...lcmDefaults, rescaleBetasZeroSnr: true, predictionType: 'v_prediction' })

export const trainTimesteps = schedule.config.numTrainTimesteps

/** The forward process of a scheduler. */
export function diffusionOf({ config, alphasCumprod }: Scheduler): Diffusion {
  return {
    predictionType: config.predictionType,
    noiseAt: t => ({ alpha: Math.sqrt(alphasCumprod[t]!), sigma: Math.sqrt(1 - alphasCumprod[t]!) }),
  }
}

export const diffusion = diffusionOf(schedule)
export const { noiseAt } = diffusion

/** A timestep for each of `count` samples of the skipping steps k − 1, 2k − 1, … of T, stratified: every batch sees all of it. */
export function skippingTimesteps(count: number, k: number, total: number, random: Random): number[] {
  const steps = Math.floor(total / k)
  return Array.from({ length: count }, (_, at) => (Math.floor(((at + random.uniform()) / count) * steps) + 1) * k - 1)
}

/**
 * Min-SNR weight of a v loss (arXiv 2303.09556), min(snr, γ) / (snr + 1), and never below `floor`: it would vanish at
 * pure noise, which is where a picture in few steps is decided.
 */
export function minSnrWeight(t: number, { gamma, floor }: { readonly gamma: number; readonly floor: number }): number {
  const abar = schedule.alphasCumprod[t]!
  const snr = abar / (1 - abar)
  return Math.max(floor, Math.min(snr, gamma) / (snr + 1))
}

/** Boundary scalings of a consistency function (arXiv 2310.04378): f = c_skip z + c_out x̂₀, so that f(z, 0) = z. */
export function boundaryAt(t: number): { readonly cSkip: number; readonly cOut: number } {
  const scaled = (schedule.config.timestepScaling * t) ** 2
  return { cSkip: 0.25 / (scaled + 0.25), cOut: Math.sqrt(scaled / (scaled + 0.25)) }
}
