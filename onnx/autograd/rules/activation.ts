import { axisFromFront } from '../../dimensions.ts'
import { floatAttribute, intAttribute } from '../../model.ts'
import type { Value } from '../../tape/tape.ts'
import { type Rule, type RuleTable, type Step, unary } from './rule.ts'

/**
 * y = softmax(x), dx = y · (dy − Σ dy·y).
 *
 * In attention y is only multiplied with the values, o = y·v, and then Σ dy·y = Σ do·o row by row (Dao et al. 2022,
 * FlashAttention, section 3.1): a sum over the head's size instead of over all keys.
 */
const softmax: Rule = (t, step) => {
  const [y, dy] = [step.y[0]!, step.dy[0]!]
  const axis = axisFromFront(intAttribute(step.node, 'axis', -1), y.shape.length)
  return [
    () => {
      const inner = attended(step, axis)
      const sum = inner
        ? t.reduceSum(t.mul(inner.dOut, inner.out), [-1], { keepDims: true })
        : t.reduceSum(t.mul(dy, y), [axis], { keepDims: true })
      return t.mul(y, t.sub(dy, sum))
    },
  ]
}

function attended(step: Step, axis: number): { out: Value; dOut: Value } | undefined {
  const y = step.y[0]!
  const [consumer, ...others] = step.consumers(y)
  if (consumer?.op !== 'MatMul' || others.length > 0 || step.valueOf(consumer.inputs[0]!) !== y) return undefined
  if (consumer.inputs[0] === consumer.inputs[1] || axis !== y.shape.length - 1) return undefined
  const out = step.valueOf(consumer.outputs[0]!)
  const dOut = step.gradientOf(out.name)
  const sameRows =
    out.shape.length === y.shape.length && out.shape.slice(0, -1).every((size, at) => size === y.shape[at])
  return dOut && sameRows ? { out, dOut } : undefined
}

/** y = x − log Σ exp x, dx = dy − softmax(x) · Σ dy. */
const logSoftmax: Rule = (t, { node, y, dy }) => {
  const axis = intAttribute(node, 'axis', -1)
  return [() => t.sub(dy[0]!, t.mul(t.exp(y[0]!), t.reduceSum(dy[0]!, [axis], { keepDims: true })))]
}

export const activation = {
  // From the output, never again from the input.
  Sigmoid: unary((t, dy, _x, y) => t.mul(dy, t.mul(y, t.sub(1, y)))),
  Tanh: unary((t, dy, _x, y) => t.mul(dy, t.sub(1, t.mul(y, y)))),
  // d erf(x)/dx = 2/√π · exp(−x²)
  Erf: unary((t, dy, x) => t.mul(t.mul(dy, 2 / Math.sqrt(Math.PI)), t.exp(t.neg(t.mul(x, x))))),
  Relu: unary((t, dy, _x, y) => t.mul(dy, t.sign(y))),
  LeakyRelu: (t, { node, x, dy }) => [
    () => t.where(t.less(x[0]!, 0), t.mul(dy[0]!, floatAttribute(node, 'alpha', 0.01)), dy[0]!),
  ],
  Softplus: unary((t, dy, x) => t.mul(dy, t.sigmoid(x))),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
} satisfies RuleTable
