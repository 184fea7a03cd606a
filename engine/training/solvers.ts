/**
 * One step Ψ of the probability-flow ODE from t to s < t, as consistency distillation takes it. Every solver sees the
 * same prediction: x̂₀ and ε̂ of the guided teacher.
 */
import { noiseAt } from './diffusion.ts'

/** What a teacher says about z at one time, with its guidance inside. */
export interface Belief {
  readonly x0: Float32Array
  readonly epsilon: Float32Array
}

/** From v of one sample: x̂₀ = α z − σ v, ε̂ = σ z + α v. */
export function beliefOf(z: Float32Array, v: Float32Array, t: number): Belief {
  const { alpha, sigma } = noiseAt(t)
  return {
    x0: z.map((value, at) => alpha * value - sigma * v[at]!),
    epsilon: z.map((value, at) => sigma * value + alpha * v[at]!),
  }
}

/** Classifier-free guidance in the paper's convention: with + ω (with − without). */
export function guide(withWords: Belief, without: Belief, omega: number): Belief {
  const mix = (a: Float32Array, b: Float32Array) => a.map((value, at) => value + omega * (value - b[at]!))
  return { x0: mix(withWords.x0, without.x0), epsilon: mix(withWords.epsilon, without.epsilon) }
}

/** DDIM (arXiv 2010.02502), η = 0: the same noise, a little less of it. */
export function ddim({ x0, epsilon }: Belief, s: number): Float32Array {
  const { alpha, sigma } = noiseAt(s)
  return x0.map((value, at) => alpha * value + sigma * epsilon[at]!)
}
