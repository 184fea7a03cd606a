/**
 * The forward process that everything here is trained on: z_t = α z + σ ε and v = α ε − σ z, with "scaled_linear" betas.
 * Zero terminal SNR (arXiv 2305.08891) lets a picture be wholly dark or wholly bright.
 */
import { lcmDefaults, openScheduler } from '../scheduler.ts'

export const schedule = openScheduler({ ...lcmDefaults, rescaleBetasZeroSnr: true, predictionType: 'v_prediction' })

export const trainTimesteps = schedule.config.numTrainTimesteps

/** α = √ᾱ and σ = √(1 − ᾱ) at timestep t. */
export function noiseAt(t: number): { readonly alpha: number; readonly sigma: number } {
  const abar = schedule.alphasCumprod[t]!
  return { alpha: Math.sqrt(abar), sigma: Math.sqrt(1 - abar) }
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
