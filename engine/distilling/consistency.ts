/** One step of DDIM along a foreign schedule, as factors of what goes in. */
import type { Factors } from '../lcf/consistency.ts'
import type { Scheduler } from '../scheduler.ts'

/**
 * z_s = ofSample · z_t + ofOutput · output: DDIM with η = 0 (arXiv 2010.02502), z_s = α_s x̂₀ + σ_s ε̂, with x̂₀ and ε̂ read
 * from whatever the network predicts. It is linear in the output, so guidance may be mixed before.
 */
export function solverFactors(t: number, s: number, { config, alphasCumprod }: Scheduler): Factors {
  const at = (time: number) => ({ alpha: Math.sqrt(alphasCumprod[time]!), sigma: Math.sqrt(1 - alphasCumprod[time]!) })
  const [from, to] = [at(t), at(s)]
  switch (config.predictionType) {
    case 'epsilon':
      return { ofSample: to.alpha / from.alpha, ofOutput: to.sigma - (to.alpha * from.sigma) / from.alpha }
    case 'v_prediction':
      return {
        ofSample: to.alpha * from.alpha + to.sigma * from.sigma,
        ofOutput: to.sigma * from.alpha - to.alpha * from.sigma,
      }
    case 'sample':
      return { ofSample: to.sigma / from.sigma, ofOutput: to.alpha - (to.sigma * from.alpha) / from.sigma }
    default:
      throw new Error(`Unknown prediction: ${config.predictionType satisfies never}`)
  }
}

/** Guidance in the paper's convention, one ω for each sample: with + ω (with − without). */
export function guided(withWords: Float32Array, without: Float32Array, omegas: readonly number[]): Float32Array {
  const length = withWords.length / omegas.length
  return withWords.map((value, at) => value + omegas[Math.floor(at / length)]! * (value - without[at]!))
}
