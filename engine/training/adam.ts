/**
 * AdamW (arXiv 1711.05101) over one flat array, with the gradient clipped by its global norm and an exponential moving
 * average of the weights beside it. Everything is one pass over memory; the graph only computes gradients.
 */
export interface AdamOptions {
  /** Learning rate at the top of the warm-up. */
  readonly rate: number
  /** What the cosine ends at, as a share of `rate`. */
  readonly floor: number
  readonly warmUp: number
  /** Steps until the cosine has reached its floor. */
  readonly steps: number
  readonly beta1: number
  readonly beta2: number
  readonly decay: number
  /** Largest global norm of a gradient. */
  readonly clip: number
  /** μ of the moving average; early steps use (1 + n) / (10 + n) so that the first weights are forgotten soon. */
  readonly average: number
}

/** All of one network's weights, and what the optimizer remembers about each. */
export interface Moments {
  readonly weights: Float32Array
  readonly average: Float32Array
  readonly first: Float32Array
  readonly second: Float32Array
}

export function momentsOf(weights: Float32Array): Moments {
  return {
    weights,
    average: weights.slice(),
    first: new Float32Array(weights.length),
    second: new Float32Array(weights.length),
  }
}

/** Linear warm-up, then half a cosine down to the floor. `step` counts from 0. */
export function rateAt(step: number, { rate, floor, warmUp, steps }: AdamOptions): number {
  if (step < warmUp) return (rate * (step + 1)) / warmUp
  const way = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp))
  return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * way)))
}

export function averageAt(step: number, average: number): number {
  return Math.min(average, (1 + step) / (10 + step))
}

/** A gradient of some of the weights: the values belong at `offset` of the flat array. */
export interface Gradient {
  readonly offset: number
  readonly values: Float32Array
}

/** One step, in place. Returns the global norm of the gradient before clipping. */
export function adamStep(moments: Moments, gradients: readonly Gradient[], step: number, options: AdamOptions): number {
  const norm = Math.sqrt(gradients.reduce((sum, { values }) => sum + sumOfSquares(values), 0))
  if (!Number.isFinite(norm)) return norm
  const scale = norm > options.clip ? options.clip / norm : 1
  const rate = rateAt(step, options)
  const { beta1, beta2, decay } = options
  const { weights, average, first, second } = moments
  const correction1 = 1 - beta1 ** (step + 1)
  const correction2 = 1 - beta2 ** (step + 1)
  const stride = rate / correction1
  const inverse = 1 / Math.sqrt(correction2)
  const kept = 1 - rate * decay
  const mu = averageAt(step, options.average)
  for (const { offset, values } of gradients) {
    for (let index = 0; index < values.length; index++) {
      const at = offset + index
      const gradient = values[index]! * scale
      const m = beta1 * first[at]! + (1 - beta1) * gradient
      const v = beta2 * second[at]! + (1 - beta2) * gradient * gradient
      first[at] = m
      second[at] = v
      const weight = weights[at]! * kept - (stride * m) / (Math.sqrt(v) * inverse + 1e-8)
      weights[at] = weight
      average[at] = mu * average[at]! + (1 - mu) * weight
    }
  }
  return norm
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index]! * values[index]!
  return sum
}
