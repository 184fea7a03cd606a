/**
 * One step Ψ of the probability-flow ODE, from t down to s, as consistency distillation takes it. Batches are flat;
 * every sample has its own times. z_t = α z + σ ε and λ = ln(α / σ).
 */
import type { Diffusion } from './diffusion.ts'

/** What a teacher says about z: the finished latent and the noise in it. */
export interface Belief {
  readonly x0: Float32Array
  readonly epsilon: Float32Array
}

/** Asks the teacher, its guidance inside. */
export type Believe = (z: Float32Array, timesteps: readonly number[]) => Promise<Belief>
export type Solver = (
  believe: Believe,
  z: Float32Array,
  from: readonly number[],
  to: readonly number[],
) => Promise<Float32Array>

export const solvers = {
  /** DDIM (arXiv 2010.02502) with η = 0: the same noise, a little less of it. */
  ddim:
    ({ noiseAt }) =>
    async (believe, z, from, to) => {
      const { x0, epsilon } = await believe(z, from)
      const at = to.map(noiseAt)
      return mixed(to.length, x0, epsilon, index => [at[index]!.alpha, at[index]!.sigma])
    },

  /** DPM-Solver-2 (arXiv 2206.00927): the noise as it is half way in λ. */
  dpm: secondOrder('epsilon', (t, s) => [s.alpha / t.alpha, -s.sigma * Math.expm1(s.lambda - t.lambda)]),

  /** DPM-Solver++(2S) (arXiv 2211.01095): the same with the finished latent. */
  'dpm++': secondOrder('x0', (t, s) => [s.sigma / t.sigma, -s.alpha * Math.expm1(t.lambda - s.lambda)]),
} as const satisfies Record<string, (diffusion: Diffusion) => Solver>
export type SolverName = keyof typeof solvers
export const solverNames = Object.keys(solvers) as SolverName[]

/** What a network's answer to z says of the finished latent and of the noise, whichever of them it predicts. */
export function beliefOf(
  { predicts, noiseAt }: Diffusion,
  z: Float32Array,
  answer: Float32Array,
  timesteps: readonly number[],
): Belief {
  const at = timesteps.map(noiseAt)
  const mix = (factorsOf: (noise: Noise) => Factors) => mixed(at.length, z, answer, index => factorsOf(at[index]!))
  switch (predicts) {
    case 'v_prediction':
      return { x0: mix(({ alpha, sigma }) => [alpha, -sigma]), epsilon: mix(({ alpha, sigma }) => [sigma, alpha]) }
    case 'epsilon':
      return { x0: mix(({ alpha, sigma }) => [1 / alpha, -sigma / alpha]), epsilon: answer }
    case 'sample':
      return { x0: answer, epsilon: mix(({ alpha, sigma }) => [1 / sigma, -alpha / sigma]) }
    default:
      throw new Error(`Unknown prediction: ${predicts satisfies never}`)
  }
}

/** Classifier-free guidance in the paper's convention, one ω for each sample: with + ω (with − without). */
export function guided(withWords: Float32Array, without: Float32Array, omegas: readonly number[]): Float32Array {
  return mixed(omegas.length, withWords, without, index => [1 + omegas[index]!, -omegas[index]!])
}

type Noise = ReturnType<Diffusion['noiseAt']>
interface Point extends Noise {
  readonly lambda: number
}
type Factors = readonly [ofSample: number, ofBelief: number]

/**
 * Two questions to the teacher: at t, and at the timestep m about half way in λ, with r = (λ_m − λ_t) / (λ_s − λ_t). The
 * whole step takes what a line through both answers says of the middle. At pure noise λ is −∞ and has no half way, so
 * there, and where no timestep lies between, a sample takes the step of DDIM, to which both solvers reduce.
 */
function secondOrder(of: keyof Belief, factorsOf: (t: Point, s: Point) => Factors): (diffusion: Diffusion) => Solver {
  return ({ noiseAt }) =>
    async (believe, z, from, to) => {
      const pointAt = (t: number): Point => {
        const { alpha, sigma } = noiseAt(t)
        return { alpha, sigma, lambda: Math.log(alpha / sigma) }
      }
      /** The timestep strictly between two others whose λ is about this; λ falls as t grows. */
      const timestepNear = (lambda: number, from: number, to: number): number | undefined => {
        if (!Number.isFinite(lambda) || from - to < 2) return undefined
        let near = to + 1
        while (near < from - 1 && pointAt(near).lambda > lambda) near++
        return near
      }
      const batch = from.length
      const ways = from.map((time, index) => {
        const [t, s] = [pointAt(time), pointAt(to[index]!)]
        const middle = timestepNear((t.lambda + s.lambda) / 2, time, to[index]!)
        return { t, s, middle, m: pointAt(middle ?? time) }
      })
      const first = await believe(z, from)
      const half = mixed(batch, z, first[of], index => {
        const { t, m, middle } = ways[index]!
        return middle === undefined ? [1, 0] : factorsOf(t, m)
      })
      const second = await believe(
        half,
        ways.map(({ middle }, index) => middle ?? from[index]!),
      )
      const line = mixed(batch, first[of], second[of], index => {
        const { t, m, s, middle } = ways[index]!
        const r = (m.lambda - t.lambda) / (s.lambda - t.lambda)
        return middle === undefined ? [1, 0] : [1 - 1 / (2 * r), 1 / (2 * r)]
      })
      const whole = mixed(batch, z, line, index => {
        const { t, s, middle } = ways[index]!
        return middle === undefined ? [0, 0] : factorsOf(t, s)
      })
      const plain = mixed(batch, first.x0, first.epsilon, index => {
        const { s, middle } = ways[index]!
        return middle === undefined ? [s.alpha, s.sigma] : [0, 0]
      })
      return whole.map((value, at) => value + plain[at]!)
    }
}

/** a · x + b · y, with factors of its own for each sample. */
function mixed(batch: number, x: Float32Array, y: Float32Array, factorsOf: (index: number) => Factors): Float32Array {
  const length = x.length / batch
  const out = new Float32Array(x.length)
  for (let index = 0; index < batch; index++) {
    const [a, b] = factorsOf(index)
    for (let at = index * length; at < (index + 1) * length; at++) out[at] = a * x[at]! + b * y[at]!
  }
  return out
}
