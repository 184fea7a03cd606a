import {
  type AdamOptions,
  type checkpointArrays,
  emaDecayAt,
  type Gradient,
  learningRateAt,
} from '../../../onnx/optim/adam.ts'

/** AdamW weight by weight, written down in JavaScript: what `adamStep` has to agree with, and to be faster than. */
export function plainStep(
  { weights, average, first, second }: ReturnType<typeof checkpointArrays>,
  gradients: readonly Gradient[],
  step: number,
  options: AdamOptions,
): number {
  const { beta1, beta2, decay, clip } = options
  let squares = 0
  for (const { values } of gradients) {
    let sum = 0
    for (let index = 0; index < values.length; index++) sum += values[index]! * values[index]!
    squares += sum
  }
  const norm = Math.sqrt(squares)
  const scale = norm > clip ? clip / norm : 1
  const rate = learningRateAt(step, options)
  const stride = rate / (1 - beta1 ** (step + 1))
  const inverse = 1 / Math.sqrt(1 - beta2 ** (step + 1))
  const kept = 1 - rate * decay
  const mu = emaDecayAt(step, options.average)
  for (const { offset, values } of gradients) {
    for (let index = 0; index < values.length; index++) {
      const at = offset + index
      const g = values[index]! * scale
      const m = beta1 * first[at]! + (1 - beta1) * g
      const v = beta2 * second[at]! + (1 - beta2) * g * g
      const w = weights[at]! * kept - (stride * m) / (Math.sqrt(v) * inverse + 1e-8)
      first[at] = m
      second[at] = v
      weights[at] = w
      average[at] = mu * average[at]! + (1 - mu) * w
    }
  }
  return norm
}
