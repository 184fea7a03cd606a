/** Sums of products. */
import { broadcast, divide, mayEqual, multiply, shown } from '../dimensions.ts'
import { type Dimension, intAttribute, stringAttribute } from '../model.ts'
import { type InferenceRule, input, type RuleTable, type Value } from './rule.ts'

const matMul: InferenceRule = context => {
  const a = input(context, 0)
  const b = input(context, 1)
  if (a.shape.length === 0 || b.shape.length === 0) throw new RangeError('expected at least one axis each')
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape
  if (!mayEqual(left.at(-1)!, right.at(-2)!)) {
    throw new RangeError(`the inner sizes differ: ${left.at(-1)} and ${right.at(-2)}`)
  }
  const shape = [
    ...broadcast(left.slice(0, -2), right.slice(0, -2)),
    ...(a.shape.length === 1 ? [] : [left.at(-2)!]),
    ...(b.shape.length === 1 ? [] : [right.at(-1)!]),
  ]
  return [{ dtype: a.dtype, shape }]
}

const gemm: InferenceRule = context => {
  const a = input(context, 0)
  const b = input(context, 1)
  const flipped = (value: Value, attribute: string) => {
    if (value.shape.length !== 2) throw new RangeError(`expected matrices, got ${shown(value.shape)}`)
    return intAttribute(context.node, attribute, 0) === 1 ? [value.shape[1]!, value.shape[0]!] : value.shape
  }
  const [rows, inner] = flipped(a, 'transA')
  const [inner2, columns] = flipped(b, 'transB')
  if (!mayEqual(inner!, inner2!)) throw new RangeError(`the inner sizes differ: ${inner} and ${inner2}`)
  const shape = [rows!, columns!]
  const c = context.inputs[2]
  if (c !== undefined) broadcast(shape, c.shape)
  return [{ dtype: a.dtype, shape }]
}

const einsum: InferenceRule = context => {
  const [left, right] = stringAttribute(context.node, 'equation', '').replaceAll(' ', '').split('->')
  if (left === undefined || right === undefined || left.includes('.')) {
    throw new Error('only equations with an explicit result and without "..." are supported')
  }
  const sizes = new Map<string, Dimension>()
  left.split(',').forEach((subscripts, index) => {
    const { shape } = input(context, index)
    if (subscripts.length !== shape.length) throw new RangeError(`"${subscripts}" does not fit ${shown(shape)}`)
    for (const [axis, letter] of [...subscripts].entries()) {
      const size = shape[axis]!
      const other = sizes.get(letter)
      if (other !== undefined && !mayEqual(other, size)) throw new RangeError(`"${letter}" is ${other} and ${size}`)
      if (other === undefined || typeof other === 'string') sizes.set(letter, size)
    }
  })
  return [{ dtype: input(context, 0).dtype, shape: [...right].map(letter => sizes.get(letter)!) }]
}

/** `Attention` of operator set 23: (batch, heads, length, size), or (batch, length, heads·size) with head counts. */
const attention: InferenceRule = context => {
  const [q, k, v] = [input(context, 0), input(context, 1), input(context, 2)]
  if (q.shape.length === 4) return [{ dtype: q.dtype, shape: [...q.shape.slice(0, 3), v.shape[3]!] }]
  const queryHeads = intAttribute(context.node, 'q_num_heads', 1)
  const keyHeads = intAttribute(context.node, 'kv_num_heads', 1)
  if (!mayEqual(k.shape[0]!, q.shape[0]!)) throw new RangeError('batches differ')
  return [
    { dtype: q.dtype, shape: [q.shape[0]!, q.shape[1]!, multiply(divide([v.shape[2]!], [keyHeads]), queryHeads)] },
  ]
}

export const matrix = {
  MatMul: matMul,
  MatMulInteger: context => matMul(context).map(({ shape }) => ({ dtype: 'int32', shape })),
  Gemm: gemm,
  Einsum: einsum,
  Attention: attention,
} satisfies RuleTable
