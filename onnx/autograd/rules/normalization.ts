import { axisFromFront, isStatic, staticShape } from '../../dimensions.ts'
import { floatAttribute, intAttribute } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'
import type { Rule, RuleTable, Step } from './rule.ts'

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

/** Over the axes behind (B, C); γ and β (C). */
const instanceNormalization: Rule = (t, step) => {
  const { node, x, dy } = step
  const [input, gamma, d] = [x[0]!, x[1]!, dy[0]!]
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  const group = groupNorm(t, step)
  const spatial = behindChannels(input)
  const normal = once(() => normalized(t, input, spatial, epsilon))
  const perChannel = (value: Value) =>
    t.unsqueeze(
      value,
      spatial.map(axis => axis - 1),
    )
  return [
    () => {
      if (group) return groupGradient(t, input, group, epsilon)
      const { xHat, r } = normal()
      return inputGradient(t, isAll(t, gamma, 1) ? d : t.mul(d, perChannel(gamma)), xHat, r, spatial)
    },
    () => t.reduceSum(t.mul(d, normal().xHat), [0, ...spatial]),
    () => t.reduceSum(d, [0, ...spatial]),
  ]
}

/** A GroupNorm as exporters write it, around its InstanceNormalization: y = γ · n + β, n the normalized input. */
interface GroupNorm {
  /** What InstanceNormalization gave, (B, groups, …). */
  readonly xHat: Value
  /** The same as (B, C, …). */
  readonly n: Value
  /** (C, 1, …) */
  readonly gamma: Value
  /** The gradient of γ · n. */
  readonly d: Value
}

function groupNorm(t: Tape, step: Step): GroupNorm | undefined {
  const { x } = step
  const xHat = step.y[0]!
  const [reshape, ...others] = step.consumers(xHat)
  if (reshape?.op !== 'Reshape' || others.length > 0 || !isAll(t, x[1]!, 1) || !isAll(t, x[2]!, 0)) return undefined
  const n = step.valueOf(reshape.outputs[0]!)
  const [mul, ...more] = step.consumers(n)
  if (mul?.op !== 'Mul' || more.length > 0) return undefined
  const gamma = step.valueOf(mul.inputs.find(name => name !== reshape.outputs[0]) ?? '')
  const d = step.gradientOf(mul.outputs[0]!)
  const isPerChannel =
    gamma.shape.length === n.shape.length - 1 && gamma.shape.every((size, at) => size === (at === 0 ? n.shape[1] : 1))
  return d && isPerChannel && isStatic(n.shape) && isStatic(x[0]!.shape) ? { xHat, n, gamma, d } : undefined
}

/**
 * dx = r · (d γ − mean(d γ) − x̂ · mean(d γ x̂)) with the means taken from sums over each channel, which the gradients of
 * γ and β are made of as well: half of the passes over the elements. r is read off the result: with p = mean(x̂ x) =
 * σ² r and r = 1/√(σ² + ε) follows ε r² + p r = 1, so that r = 2 / (p + √(p² + 4 ε)).
 */
function groupGradient(t: Tape, x: Value, { xHat, n, gamma, d }: GroupNorm, epsilon: number): Value {
  const [batch, groups] = staticShape(x.shape, `"${x.name}"`) as [number, number]
  const [, channels, ...size] = staticShape(n.shape, `"${n.name}"`) as [number, number, ...number[]]
  const positions = size.reduce((product, each) => product * each, 1)
  const inGroup = channels / groups
  const share = 1 / (inGroup * positions)
  const weights = t.reshape(gamma, [1, groups, inGroup])
  const meanOfGroup = (value: Value) => {
    const sums = t.reduceSum(value, behindChannels(n), { keepDims: true })
    const weighted = t.mul(t.reshape(sums, [batch, groups, inGroup]), weights)
    return t.mul(t.reduceSum(weighted, [2], { keepDims: true }), share)
  }
  const [mean, slope] = [meanOfGroup(d), meanOfGroup(t.mul(d, n))]

  const perGroup = x.shape.map((each, axis) => (axis < 2 ? each : 1))
  const p = t.reduceMean(t.mul(xHat, x), behindChannels(x), { keepDims: true })
  const r = t.div(2, t.add(p, t.sqrt(t.add(t.mul(p, p), 4 * epsilon))))
  const scale = t.reshape(t.mul(t.reshape(r, [batch, groups, 1]), weights), [batch, channels, ...size.map(() => 1)])
  const along = t.mul(xHat, t.mul(r, t.reshape(slope, perGroup)))
  return t.sub(t.reshape(t.mul(d, scale), x.shape), t.add(along, t.mul(r, t.reshape(mean, perGroup))))
}

const behindChannels = (x: Value) => Array.from({ length: x.shape.length - 2 }, (_, axis) => axis + 2)

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
