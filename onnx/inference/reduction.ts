import { axisFromFront } from '../dimensions.ts'
import { intAttribute, intsAttribute, type Shape } from '../model.ts'
import { type InferenceRule, input, numbers, type RuleTable } from './rule.ts'

const reducing =
  (axesAsInputFrom: number): InferenceRule =>
  context => {
    const x = input(context, 0)
    const axes =
      context.opset >= axesAsInputFrom
        ? numbers(context, 'axes', 1)
        : (intsAttribute(context.node, 'axes') as number[] | undefined)
    const keepDims = intAttribute(context.node, 'keepdims', 1) === 1
    if ((axes === undefined || axes.length === 0) && intAttribute(context.node, 'noop_with_empty_axes', 0) === 1) {
      return [{ dtype: x.dtype, shape: x.shape }]
    }
    return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keepDims) }]
  }

function reduced(shape: Shape, axes: readonly number[] | undefined, keepDims: boolean): Shape {
  const gone = new Set(
    axes === undefined || axes.length === 0 ? shape.keys() : axes.map(axis => axisFromFront(axis, shape.length)),
  )
  return shape.flatMap((size, axis) => (gone.has(axis) ? (keepDims ? [1] : []) : [size]))
}

const argument: InferenceRule = context => {
  const x = input(context, 0)
  const axis = intAttribute(context.node, 'axis', 0)
  return [{ dtype: 'int64', shape: reduced(x.shape, [axis], intAttribute(context.node, 'keepdims', 1) === 1) }]
}

const topK: InferenceRule = context => {
  const x = input(context, 0)
  const k = input(context, 1).elements?.[0]
  if (k === undefined) throw new Error('k must be known beforehand')
  const shape = x.shape.with(axisFromFront(intAttribute(context.node, 'axis', -1), x.shape.length), k)
  return [
    { dtype: x.dtype, shape },
    { dtype: 'int64', shape },
  ]
}

export const reduction = {
  // Axes became an input in operator set 13 for sums, in 18 for all others.
  ReduceSum: reducing(13),
  ReduceMean: reducing(18),
  ReduceMax: reducing(18),
  ReduceMin: reducing(18),
  ReduceProd: reducing(18),
  ReduceL1: reducing(18),
  ReduceL2: reducing(18),
  ReduceLogSum: reducing(18),
  ReduceLogSumExp: reducing(18),
  ReduceSumSquare: reducing(18),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK,
} satisfies RuleTable
