import { multiply } from '../../dimensions.ts'
import { floatAttribute, intAttribute, stringAttribute } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'
import type { Rule, RuleTable } from './rule.ts'

/**
 * Y = A·B, so dA = dY·Bᵀ and dB = Aᵀ·dY. Where B is one matrix, all rows of A are laid below each other and Gemm turns
 * the operand while it multiplies: the weight stays where it is, once, for forward and backward.
 */
const matMul: Rule = (t, { x, dy }) => {
  const [a, b] = [asMatrices(t, x[0]!, 0), asMatrices(t, x[1]!, -1)]
  const d = t.reshape(dy[0]!, resultShape(dy[0]!, x[0]!, x[1]!))
  if (b.shape.length === 2) {
    const rows = (value: Value) => t.reshape(value, [multiply(...value.shape.slice(0, -1)), value.shape.at(-1)!])
    return [
      () => t.reshape(t.gemm(rows(d), b, undefined, { transB: true }), x[0]!.shape),
      () => t.reshape(t.gemm(rows(a), rows(d), undefined, { transA: true }), x[1]!.shape),
    ]
  }
  return [() => vectorAgain(t, t.matmul(d, turned(t, b)), x[0]!), () => t.matmul(turned(t, a), d)]
}

/** A vector on the left is one row, on the right one column. */
function asMatrices(t: Tape, value: Value, axis: 0 | -1): Value {
  return value.shape.length === 1 ? t.unsqueeze(value, [axis]) : value
}

function vectorAgain(t: Tape, gradient: Value, x: Value): Value {
  return x.shape.length === 1 ? t.squeeze(gradient, [-2]) : gradient
}

/** The shape of Y before the axes of vectors are dropped. */
function resultShape(dy: Value, a: Value, b: Value) {
  const shape = [...dy.shape]
  if (b.shape.length === 1) shape.push(1)
  if (a.shape.length === 1) shape.splice(-1, 0, 1)
  return shape
}

function turned(t: Tape, value: Value): Value {
  const rank = value.shape.length
  return t.transpose(value, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2])
}

/** Y = α·A′·B′ + β·C, where ′ is a transpose or nothing. */
const gemm: Rule = (t, { node, x, dy }) => {
  const [a, b, d] = [x[0]!, x[1]!, dy[0]!]
  const alpha = floatAttribute(node, 'alpha', 1)
  const beta = floatAttribute(node, 'beta', 1)
  const transA = intAttribute(node, 'transA', 0) === 1
  const transB = intAttribute(node, 'transB', 0) === 1
  const times = (left: Value, right: Value, turn: { transA: boolean; transB: boolean }) =>
    t.gemm(left, right, undefined, alpha === 1 ? turn : { ...turn, alpha })
  return [
    () => (transA ? times(b, d, { transA: transB, transB: true }) : times(d, b, { transA: false, transB: !transB })),
    () => (transB ? times(d, a, { transA: true, transB: transA }) : times(a, d, { transA: !transA, transB: false })),
    () => (beta === 1 ? d : t.mul(d, beta)),
  ]
}

/** Each operand's gradient is the same sum with the result in the operand's place. */
const einsum: Rule = (t, { node, x, dy }) => {
  const [left, right] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->') as [string, string]
  const operands = left.split(',')
  return operands.map((own, index) => () => {
    if (new Set(own).size < own.length) throw new Error(`the diagonal "${own}" is not supported; write it as a mask`)
    const others = operands.flatMap((subscripts, at) => (at === index ? [] : [{ subscripts, value: x[at]! }]))
    const around = [right, ...others.map(other => other.subscripts)]
    const remaining = [...own].filter(letter => around.some(subscripts => subscripts.includes(letter))).join('')
    const sum = t.op('Einsum', [dy[0]!, ...others.map(other => other.value)], {
      equation: `${around.join(',')}->${remaining}`,
    })
    // A letter that only this operand has was summed over: its gradient is the same along that axis.
    const lone = [...own].flatMap((letter, axis) => (remaining.includes(letter) ? [] : [axis]))
    return t.expand(t.unsqueeze(sum, lone), x[index]!.shape)
  })
}

export const matrix = { MatMul: matMul, Gemm: gemm, Einsum: einsum } satisfies RuleTable
