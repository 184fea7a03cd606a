/** Newer and fused operators, written with the older ones for which there are gradient rules. */
import { staticShape } from '../dimensions.ts'
import { floatAttribute, intAttribute, type Node, stringAttribute } from '../model.ts'
import { dataTypes } from '../tensor.ts'
import type { Tape, Value } from './tape.ts'

type Decompose = (t: Tape, node: Node, inputs: readonly (Value | undefined)[]) => Value

/** `GroupNormalization` has γ and β for each group in operator set 18, for each channel from 21 on. */
const groupNormalization: Decompose = (t, node, [x, gamma, beta]) => {
  const groups = intAttribute(node, 'num_groups', 1)
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  if (t.opset >= 21) return t.groupNorm(x!, gamma!, beta!, groups, epsilon)
  const rows = t.op('Reshape', [x, t.integers([0, groups, -1])])
  return t.reshape(t.instanceNorm(rows, gamma!, beta!, epsilon), x!.shape)
}

/** x · Φ(x), or its approximation by tanh (Hendrycks and Gimpel 2016). */
const gelu: Decompose = (t, node, [x]) => {
  if (stringAttribute(node, 'approximate', 'none') !== 'tanh') return t.gelu(x!)
  const cubic = t.add(x!, t.mul(t.mul(t.mul(x!, x!), x!), 0.044715))
  return t.mul(t.mul(x!, t.add(t.tanh(t.mul(cubic, Math.sqrt(2 / Math.PI))), 1)), 0.5)
}

const rmsNormalization: Decompose = (t, node, [x, gamma]) => {
  const rank = x!.shape.length
  const axis = intAttribute(node, 'axis', -1)
  const first = axis < 0 ? axis + rank : axis
  const axes = Array.from({ length: rank - first }, (_, at) => first + at)
  const mean = t.reduceMean(t.mul(x!, x!), axes, { keepDims: true })
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  return t.mul(t.div(x!, t.sqrt(t.add(mean, epsilon))), gamma!)
}

/** softmax(q·kᵀ·scale + mask)·v, with q and k each scaled by √scale, as PyTorch and the specification do. */
const attention: Decompose = (t, node, [query, key, value, mask, ...past]) => {
  if (past.some(Boolean) || node.outputs.length > 1) throw new Error('a cache of keys and values is not supported')
  if (intAttribute(node, 'is_causal', 0) === 1) throw new Error('is_causal is not supported; give the mask as an input')
  const isFlat = query!.shape.length === 3
  const inHeads = (x: Value, heads: number) => {
    const [batch, length, width] = staticShape(x.shape, `"${x.name}"`) as [number, number, number]
    return t.transpose(t.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3])
  }
  const queryHeads = isFlat ? intAttribute(node, 'q_num_heads', 1) : Number(query!.shape[1])
  const keyHeads = isFlat ? intAttribute(node, 'kv_num_heads', 1) : Number(key!.shape[1])
  if (queryHeads !== keyHeads) throw new Error(`${queryHeads} heads over ${keyHeads} of keys are not supported`)
  const [q, k, v] = isFlat ? [query!, key!, value!].map(x => inHeads(x, queryHeads)) : [query!, key!, value!]

  const [size] = staticShape(q!.shape.slice(-1), `"${q!.name}"`)
  const scale = Math.sqrt(floatAttribute(node, 'scale', 1 / Math.sqrt(size!)))
  let scores = t.matmul(t.mul(q!, scale), t.mul(t.transpose(k!, [0, 1, 3, 2]), scale))
  const softcap = floatAttribute(node, 'softcap', 0)
  if (softcap > 0) scores = t.mul(t.tanh(t.div(scores, softcap)), softcap)
  if (mask?.dtype === 'bool') scores = t.where(mask, scores, -3.4e38)
  else if (mask !== undefined) scores = t.add(scores, mask)
  const out = t.matmul(t.softmax(scores), v!)
  if (!isFlat) return out
  const [batch, heads, length, width] = staticShape(out.shape, `"${out.name}"`) as [number, number, number, number]
  return t.reshape(t.transpose(out, [0, 2, 1, 3]), [batch, length, heads * width])
}

/** With the statistics of training, as a trained network uses them: an affine map for each channel. */
const batchNormalization: Decompose = (t, node, [x, gamma, beta, mean, variance]) => {
  if (intAttribute(node, 'training_mode', 0) === 1) throw new Error('training_mode is not supported')
  const perChannel = (value: Value) =>
    t.unsqueeze(
      value,
      Array.from({ length: x!.shape.length - 2 }, (_, at) => at + 1),
    )
  const scale = t.div(gamma!, t.sqrt(t.add(variance!, floatAttribute(node, 'epsilon', 1e-5))))
  return t.add(t.mul(t.sub(x!, perChannel(mean!)), perChannel(scale)), perChannel(beta!))
}

export const decompositions: Readonly<Record<string, Decompose>> = {
  GroupNormalization: groupNormalization,
  BatchNormalization: batchNormalization,
  RMSNormalization: rmsNormalization,
  Attention: attention,
  Gelu: gelu,
  'com.microsoft.Gelu': (t, _node, [x]) => t.gelu(x!),
  'com.microsoft.QuickGelu': (t, node, [x]) => t.mul(x!, t.sigmoid(t.mul(x!, floatAttribute(node, 'alpha', 1.702)))),
  Swish: (t, node, [x]) => t.mul(x!, t.sigmoid(t.mul(x!, floatAttribute(node, 'alpha', 1)))),
  Mish: (t, _node, [x]) => t.mul(x!, t.tanh(t.op('Softplus', [x]))),
  HardSwish: (t, _node, [x]) => t.mul(x!, t.clip(t.add(t.div(x!, 6), 0.5), 0, 1)),
  HardSigmoid: (t, node, [x]) =>
    t.clip(t.add(t.mul(x!, floatAttribute(node, 'alpha', 0.2)), floatAttribute(node, 'beta', 0.5)), 0, 1),
  Elu: (t, node, [x]) =>
    t.where(t.less(x!, 0), t.mul(t.sub(t.exp(t.min(x!, 0)), 1), floatAttribute(node, 'alpha', 1)), x!),
  ReduceL1: (t, node, inputs) => reducedAs(t, node, 'ReduceSum', t.abs(inputs[0]!), inputs[1]),
  CastLike: (t, _node, [x, like]) => t.op('Cast', [x], { to: dataTypes[like!.dtype] }),
  // Without training it passes everything on.
  Dropout: (t, _node, [x]) => t.identity(x!),
}

/** The same reduction by another operator; `ReduceSum` takes its axes as an input in every set from 13 on. */
function reducedAs(t: Tape, node: Node, op: string, x: Value, axes: Value | undefined): Value {
  const attribute = node.attributes['axes']
  const reducedAxes = axes ?? (attribute?.type === 'ints' ? t.integers(attribute.value.map(Number)) : undefined)
  return t.op(op, [x, reducedAxes], { keepdims: intAttribute(node, 'keepdims', 1) })
}
