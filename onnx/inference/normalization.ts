import { axisFromFront } from '../dimensions.ts'
import { intAttribute } from '../model.ts'
import { type InferenceRule, input, type RuleTable, same } from './rule.ts'

/** The first output like the input; behind it, for each position before `axis`, mean and 1/σ. */
const layerNormalization: InferenceRule = context => {
  const x = input(context, 0)
  const axis = axisFromFront(intAttribute(context.node, 'axis', -1), x.shape.length)
  const statistics = x.shape.map((size, at) => (at < axis ? size : 1))
  return [
    { dtype: x.dtype, shape: x.shape },
    { dtype: 'float32', shape: statistics },
    { dtype: 'float32', shape: statistics },
  ]
}

export const normalization = {
  Softmax: same,
  LogSoftmax: same,
  Hardmax: same,
  InstanceNormalization: same,
  GroupNormalization: same,
  BatchNormalization: same,
  LpNormalization: same,
  RMSNormalization: same,
  LayerNormalization: layerNormalization,
} satisfies RuleTable
