import { axisFromFront } from '../../onnx/dimensions.ts'
import { floatAttribute, intAttribute } from '../../onnx/model.ts'
import type { Tape, Value } from '../../onnx/tape.ts'
import type { Rule, RuleTable } from '../rule.ts'

/** x̂ = (x − μ) · r with r = 1/√(σ² + ε), from the input alone: the forward pass need not keep it. */
function normalized(t: Tape, x: Value, axes: readonly number[], epsilon: number): { xHat: Value; r: Value } {
  const centred = t.sub(x, t.reduceMean(x, axes, { keepDims: true }))
  const variance = t.reduceMean(t.mul(centred, centred), axes, { keepDims: true })
  const r = t.reciprocal(t.sqrt(t.add(variance, epsilon)))
  return { xHat: t.mul(centred, r), r }
}

/** dx = r · (g − mean g − x̂ · mean(g·x̂)), where g = dy · γ. */
function inputGradient(t: Tape, g: Value, xHat: Value, r: Value, axes: readonly number[]): Value {
  const mean = t.reduceMean(g, axes, { keepDims: true })
  const slope = t.reduceMean(t.mul(g, xHat), axes, { keepDims: true })
  return t.mul(r, t.sub(t.sub(g, mean), t.mul(xHat, slope)))
}

/** Over the axes behind (B, C); γ and β (C). The heart of every exported GroupNorm, with γ = 1 and β = 0. */
const instanceNormalization: Rule = (t, { node, x, dy }) => {
  const [input, gamma, d] = [x[0]!, x[1]!, dy[0]!]
  const spatial = Array.from({ length: input.shape.length - 2 }, (_, axis) => axis + 2)
  const normal = once(() => normalized(t, input, spatial, floatAttribute(node, 'epsilon', 1e-5)))
  const isOne = isAll(t, gamma, 1)
  return [
    () => {
      const { xHat, r } = normal()
      const g = isOne
        ? d
        : t.mul(
            d,
            t.unsqueeze(
              gamma,
              spatial.map(axis => axis - 1),
            ),
          )
      return inputGradient(t, g, xHat, r, spatial)
    },
    () => t.reduceSum(t.mul(d, normal().xHat), [0, ...spatial]),
    () => t.reduceSum(d, [0, ...spatial]),
  ]
}

/** Over the last axes, from `axis` on; γ and β have their shape. */
const layerNormalization: Rule = (t, { node, x, dy }) => {
  if (dy.slice(1).some(Boolean)) throw new Error('its mean and inverse deviation are not differentiable here')
  const [input, gamma, d] = [x[0]!, x[1]!, dy[0]!]
  const rank = input.shape.length
  const first = axisFromFront(intAttribute(node, 'axis', -1), rank)
  const axes = Array.from({ length: rank - first }, (_, at) => first + at)
  const normal = once(() => normalized(t, input, axes, floatAttribute(node, 'epsilon', 1e-5)))
  return [() => inputGradient(t, t.mul(d, gamma), normal().xHat, normal().r, axes), () => t.mul(d, normal().xHat), d]
}

function isAll(t: Tape, value: Value, number: number): boolean {
  const tensor = t.tensor(value.name)
  return tensor?.dtype === 'float32' && tensor.data.every(element => element === number)
}

/** Recorded at most once, and only if asked for. */
function once<T>(record: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: record() }
    return made.value
  }
}

export const normalization = {
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
} satisfies RuleTable
