/** What a network says of a noisy sample, whichever way it says it. z_t = α z + σ ε. */
import type { ScheduleConfig } from '../../engine/diffusion/scheduler.ts'

/** α = √ᾱ and σ = √(1 − ᾱ) at one timestep. */
export interface NoiseLevel {
  readonly alpha: number
  readonly sigma: number
}

/** The forward process that a network was trained on, and what it predicts. */
export interface Diffusion {
  readonly predictionType: ScheduleConfig['predictionType']
  noiseAt(t: number): NoiseLevel
}

/** The finished latent and the noise in a sample, as the network sees them. */
export interface ModelPrediction {
  readonly x0: Float32Array
  readonly epsilon: Float32Array
}

/** Both parts of what a network's output says of z; a batch is flat, and each of its samples has its own level of noise. */
export function modelPrediction(
  predictionType: Diffusion['predictionType'],
  z: Float32Array,
  output: Float32Array,
  levels: readonly NoiseLevel[],
): ModelPrediction {
  const combined = (factorsOf: (level: NoiseLevel) => Factors) =>
    combine(levels.length, z, output, index => factorsOf(levels[index]!))
  switch (predictionType) {
    case 'v_prediction':
      return {
        x0: combined(({ alpha, sigma }) => [alpha, -sigma]),
        epsilon: combined(({ alpha, sigma }) => [sigma, alpha]),
      }
    case 'epsilon':
      return { x0: combined(({ alpha, sigma }) => [1 / alpha, -sigma / alpha]), epsilon: output }
    case 'sample':
      return { x0: output, epsilon: combined(({ alpha, sigma }) => [1 / sigma, -alpha / sigma]) }
    default:
      throw new Error(`Unknown prediction: ${predictionType satisfies never}`)
  }
}

/** DDIM (arXiv 2010.02502), equation 12 with η = 0: the same noise, a little less of it. */
export function ddimStep({ x0, epsilon }: ModelPrediction, to: readonly NoiseLevel[]): Float32Array {
  return combine(to.length, x0, epsilon, index => [to[index]!.alpha, to[index]!.sigma])
}

export type Factors = readonly [ofX: number, ofY: number]

/** a · x + b · y, with factors of its own for each sample of the batch. */
export function combine(
  batch: number,
  x: Float32Array,
  y: Float32Array,
  factorsOf: (index: number) => Factors,
): Float32Array {
  const length = x.length / batch
  const out = new Float32Array(x.length)
  for (let index = 0; index < batch; index++) {
    const [a, b] = factorsOf(index)
    for (let at = index * length; at < (index + 1) * length; at++) out[at] = a * x[at]! + b * y[at]!
  }
  return out
}

/** The same, by timesteps. */
export function predictionAt(
  { predictionType, noiseAt }: Diffusion,
  z: Float32Array,
  output: Float32Array,
  timesteps: readonly number[],
): ModelPrediction {
  return modelPrediction(predictionType, z, output, timesteps.map(noiseAt))
}
