import { adamKernel } from './adamKernel.ts'

/**
 * AdamW (arXiv 1711.05101) over one flat array, with the gradient clipped by its global norm and an exponential moving
 * average of the weights beside it. Everything is one pass over memory (`adam.wat`); the graph only computes gradients.
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

/** All of one network's weights, what the optimizer remembers about each, and the gradient of the step to come. */
export interface OptimizerState {
  readonly weights: Float32Array
  readonly average: Float32Array
  readonly first: Float32Array
  readonly second: Float32Array
  /** Where a graph had best write its gradients: from elsewhere a step has to copy them. */
  readonly gradient: Float32Array
  readonly kernel: Kernel
}

/** The function of `adam.wat`, over the memory that all arrays of one network lie in. */
type Kernel = (...parameters: readonly number[]) => void

/** Of a memory that is addressed with 32 bits, divided by five arrays of float32. */
const mostWeights = 2 ** 32 / (5 * 4)
const pageBytes = 2 ** 16
const kernelModule = new WebAssembly.Module(Buffer.from(adamKernel, 'base64'))

export function createOptimizerState(weights: Float32Array): OptimizerState {
  const { length } = weights
  if (length > mostWeights) {
    throw new Error(
      `Expected at most ${Math.floor(mostWeights / 1e6)} M weights to learn at once, got ${Math.ceil(length / 1e6)} M. ` +
        'Learn fewer of them, or adapters.',
    )
  }
  // The kernel takes weights in pairs, and the last of an odd number has a zero beside it.
  const bytes = Math.ceil(length / 2) * 8
  const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil((5 * bytes) / pageBytes)) })
  const array = (index: number) => new Float32Array(memory.buffer, index * bytes, length)
  const { update } = new WebAssembly.Instance(kernelModule, { adam: { memory } }).exports
  const optimizerState: OptimizerState = {
    weights: array(0),
    average: array(1),
    first: array(2),
    second: array(3),
    gradient: array(4),
    kernel: update as Kernel,
  }
  optimizerState.weights.set(weights)
  optimizerState.average.set(weights)
  return optimizerState
}

/** The arrays of it that a checkpoint holds; their names are those in the file. */
export function checkpointArrays({ weights, average, first, second }: OptimizerState) {
  return { weights, average, first, second }
}

/** Linear warm-up, then half a cosine down to the floor. `step` counts from 0. */
export function learningRateAt(step: number, { rate, floor, warmUp, steps }: AdamOptions): number {
  if (step < warmUp) return (rate * (step + 1)) / warmUp
  const way = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp))
  return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * way)))
}

/** μ at a step, counted from 0. */
export function emaDecayAt(step: number, average: number): number {
  return Math.min(average, (1 + step) / (10 + step))
}

/** A gradient of some of the weights: the values belong at `offset` of the flat array. */
export interface Gradient {
  readonly offset: number
  readonly values: Float32Array
}

/** Weights from `offset` on, an even number, whose rate is so many times the others'. */
export interface Stretch {
  readonly offset: number
  readonly length: number
  readonly times: number
}

/**
 * One step, in place, with gradients of all the weights. Returns their global norm before clipping; where it is not
 * finite nothing changes.
 */
export function adamStep(
  optimizerState: OptimizerState,
  gradients: readonly Gradient[],
  step: number,
  options: AdamOptions,
  faster: readonly Stretch[] = [],
): number {
  const { weights, average, first, second, gradient, kernel } = optimizerState
  const received = gradients.reduce((sum, { values }) => sum + values.length, 0)
  if (received !== weights.length) throw new Error(`Expected gradients of ${weights.length} weights, got ${received}.`)
  const norm = Math.sqrt(gradients.reduce((sum, { values }) => sum + sumOfSquares(values), 0))
  if (!Number.isFinite(norm)) return norm
  for (const { offset, values } of gradients) {
    if (values.buffer !== gradient.buffer) gradient.set(values, offset)
  }
  const { beta1, beta2, decay } = options
  const rate = learningRateAt(step, options)
  const scale = norm > options.clip ? options.clip / norm : 1
  const stride = rate / (1 - beta1 ** (step + 1))
  const inverse = 1 / Math.sqrt(1 - beta2 ** (step + 1))
  const mu = emaDecayAt(step, options.average)
  const update = (from: number, to: number, times: number) => {
    if (from === to) return
    const starts = [weights, average, first, second, gradient].map(({ byteOffset }) => byteOffset + from * 4)
    kernel(...starts, (to - from) * 4, scale, beta1, beta2, stride * times, inverse, 1 - rate * times * decay, mu)
  }
  let updated = 0
  for (const { offset, length, times } of faster) {
    if (offset % 2 !== 0 || length % 2 !== 0) {
      throw new Error(
        `Expected a stretch of an even number of weights after an even number, got ${length} after ${offset}.`,
      )
    }
    update(updated, offset, 1)
    update(offset, offset + length, times)
    updated = offset + length
  }
  update(updated, weights.length, 1)
  return norm
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index]! * values[index]!
  return sum
}
