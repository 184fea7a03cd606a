import { axisFromFront, staticShape } from '../../dimensions.ts'
import { elementsOf } from '../../inference/rule.ts'
import { intAttribute, intsAttribute } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'
import { notDifferentiable, type Rule, type RuleTable, type Step } from './rule.ts'

/** The axes a reduction went over, from an attribute (old) or an input (new). */
function axesOf(t: Tape, { node, x }: Step): readonly number[] {
  const rank = x[0]!.shape.length
  const constant = node.inputs[1] ? t.tensor(node.inputs[1]) : undefined
  const axes = constant ? elementsOf(constant) : intsAttribute(node, 'axes')
  if (axes !== undefined && axes.length > 0) return axes.map(axis => axisFromFront(axis, rank))
  return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis)
}

/** A reduced value with its lost axes back as ones, so that it broadcasts against the input. */
function withLostAxes(t: Tape, reduced: Value, step: Step): Value {
  const axes = new Set(axesOf(t, step))
  return t.reshape(
    reduced,
    step.x[0]!.shape.map((size, axis) => (axes.has(axis) ? 1 : size)),
  )
}

/** Every input receives what its result received, times its share. */
const spread =
  (share: (t: Tape, d: Value, step: Step) => Value): Rule =>
  (t, step) => [() => t.expand(share(t, withLostAxes(t, step.dy[0]!, step), step), step.x[0]!.shape)]

const extremum: Rule = (t, step) => [
  () => {
    const x = step.x[0]!
    const mask = t.cast(t.equal(x, withLostAxes(t, step.y[0]!, step)), x.dtype)
    const count = t.reduceSum(mask, axesOf(t, step), { keepDims: true })
    return t.mul(mask, t.div(withLostAxes(t, step.dy[0]!, step), count))
  },
]

export const reduction = {
  ReduceSum: spread((_t, d) => d),
  ReduceMean: spread((t, d, step) => {
    const shape = staticShape(step.x[0]!.shape, `"${step.x[0]!.name}"`)
    return t.mul(d, 1 / axesOf(t, step).reduce((count, axis) => count * shape[axis]!, 1))
  }),
  ReduceSumSquare: spread((t, d, step) => t.mul(t.mul(d, 2), step.x[0]!)),
  ReduceL2: spread((t, d, step) => t.mul(t.div(d, withLostAxes(t, step.y[0]!, step)), step.x[0]!)),
  ReduceMax: extremum,
  ReduceMin: extremum,
  ArgMax: notDifferentiable,
  ArgMin: notDifferentiable,
} satisfies RuleTable
