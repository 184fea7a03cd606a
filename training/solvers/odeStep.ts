/**
 * One step Ψ of the probability-flow ODE, from t down to s, as consistency distillation takes it. Batches are flat;
 * every sample has its own times. z_t = α z + σ ε and λ = ln(α / σ).
 */
import { combine, type Diffusion, ddimStep, type Factors, type ModelPrediction, type NoiseLevel } from './prediction.ts'

/** Calls the teacher, its guidance inside. */
export type Predict = (z: Float32Array, timesteps: readonly number[]) => Promise<ModelPrediction>

/** A solver whose steps may begin at any timestep, and lead each sample of a batch from its own to another. */
export interface OdeSolver {
  step(predict: Predict, z: Float32Array, from: readonly number[], to: readonly number[]): Promise<Float32Array>
}

/** DDIM: of first order. */
export function ddim({ noiseAt }: Diffusion): OdeSolver {
  return {
    async step(predict, z, from, to) {
      return ddimStep(await predict(z, from), to.map(noiseAt))
    },
  }
}

/** DPM-Solver-2 (arXiv 2206.00927): the noise as it is half way in λ. */
export const dpmSolver2 = secondOrder('epsilon', (t, s) => [
  s.alpha / t.alpha,
  -s.sigma * Math.expm1(s.lambda - t.lambda),
])

/** DPM-Solver++(2S) (arXiv 2211.01095): the same with the finished latent. */
export const dpmSolverPlusPlus2S = secondOrder('x0', (t, s) => [
  s.sigma / t.sigma,
  -s.alpha * Math.expm1(t.lambda - s.lambda),
])

interface Point extends NoiseLevel {
  readonly lambda: number
}

/**
 * Calls the teacher twice: at t, and at the timestep m about half way in λ, with r = (λ_m − λ_t) / (λ_s − λ_t). The
 * whole step takes what a line through both predictions says of the middle. At pure noise λ is −∞ and has no half way,
 * so there, and where no timestep lies between, a sample takes the step of DDIM, to which both solvers reduce.
 */
function secondOrder(
  of: keyof ModelPrediction,
  factorsOf: (t: Point, s: Point) => Factors,
): (diffusion: Diffusion) => OdeSolver {
  return ({ noiseAt }) => {
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
    return {
      async step(predict, z, from, to) {
        const batch = from.length
        const ways = from.map((time, index) => {
          const [t, s] = [pointAt(time), pointAt(to[index]!)]
          const middle = timestepNear((t.lambda + s.lambda) / 2, time, to[index]!)
          return { t, s, middle, m: pointAt(middle ?? time) }
        })
        const first = await predict(z, from)
        const half = combine(batch, z, first[of], index => {
          const { t, m, middle } = ways[index]!
          return middle === undefined ? [1, 0] : factorsOf(t, m)
        })
        const middles = ways.map(({ middle }, index) => middle ?? from[index]!)
        const second = await predict(half, middles)
        const line = combine(batch, first[of], second[of], index => {
          const { t, m, s, middle } = ways[index]!
          const r = (m.lambda - t.lambda) / (s.lambda - t.lambda)
          return middle === undefined ? [1, 0] : [1 - 1 / (2 * r), 1 / (2 * r)]
        })
        const whole = combine(batch, z, line, index => {
          const { t, s, middle } = ways[index]!
          return middle === undefined ? [0, 0] : factorsOf(t, s)
        })
        const plain = combine(batch, first.x0, first.epsilon, index => {
          const { s, middle } = ways[index]!
          return middle === undefined ? [s.alpha, s.sigma] : [0, 0]
        })
        return whole.map((value, at) => value + plain[at]!)
      },
    }
  }
}
