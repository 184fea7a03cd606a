import { add, broadcast, multiply, subtract } from '../dimensions.ts'
import { type Dimension, intAttribute } from '../model.ts'
import { type DataType, dataTypes } from '../tensor.ts'
import { type InferenceRule, input, known, passing, type RuleTable, same, type Value } from './rule.ts'

/** Operands of one type in numpy's common shape; `compute` follows the elements of short lists. */
const broadcasting =
  (
    options: { dtype?: DataType; compute?: (a: Dimension, b: Dimension) => Dimension | undefined } = {},
  ): InferenceRule =>
  context => {
    const operands = context.inputs.filter(operand => operand !== undefined)
    const shape = broadcast(...operands.map(operand => operand.shape))
    const dtype = options.dtype ?? input(context, 0).dtype
    for (const operand of operands) {
      if (operand.dtype !== operands[0]!.dtype) {
        throw new TypeError(`expected operands of one type, got ${operands.map(each => each.dtype).join(' and ')}`)
      }
    }
    const [a, b] = operands
    const isFlat = operands.every(operand => operand.shape.length <= 1)
    if (!isFlat || options.compute === undefined || a?.elements === undefined || b?.elements === undefined)
      return [{ dtype, shape }]
    const length = Math.max(a.elements.length, b.elements.length)
    const elements = Array.from({ length }, (_, at) =>
      options.compute!(
        a.elements![a.elements!.length === 1 ? 0 : at]!,
        b.elements![b.elements!.length === 1 ? 0 : at]!,
      ),
    )
    return elements.every(element => element !== undefined) ? [known(dtype, shape, elements)] : [{ dtype, shape }]
  }

const comparison = (compare: (a: number, b: number) => boolean): InferenceRule =>
  broadcasting({
    dtype: 'bool',
    compute: (a, b) => {
      if (typeof a === 'number' && typeof b === 'number') return Number(compare(a, b))
      // A size is never negative, whatever its name stands for.
      if (typeof a === 'string' && typeof b === 'number' && b < 0) return Number(compare(1, b))
      return undefined
    },
  })

const where: InferenceRule = context => {
  const [condition, a, b] = [input(context, 0), input(context, 1), input(context, 2)]
  const shape = broadcast(condition.shape, a.shape, b.shape)
  const length = condition.elements?.length
  const at = (value: Value, index: number) => value.elements?.[value.elements.length === 1 ? 0 : index]
  const elements = condition.elements?.map((chosen, index) => at(chosen === 1 ? a : b, index))
  const whole = length !== undefined && multiply(...shape) === length && elements?.every(each => each !== undefined)
  return [known(a.dtype, shape, whole ? (elements as Dimension[]) : undefined)]
}

const cast: InferenceRule = context => {
  const x = input(context, 0)
  const number = intAttribute(context.node, 'to', 0)
  const dtype = (Object.keys(dataTypes) as DataType[]).find(name => dataTypes[name] === number)
  if (dtype === undefined) throw new TypeError(`the element type ${number} is not supported`)
  return [known(dtype, x.shape, x.elements)]
}

const truncate = (a: Dimension, b: Dimension) =>
  typeof a === 'number' && typeof b === 'number' ? Math.trunc(a / b) : b === 1 ? a : `${a}/${b}`

export const elementwise = {
  // One operand
  Abs: same,
  Neg: same,
  Sqrt: same,
  Exp: same,
  Log: same,
  Sin: same,
  Cos: same,
  Tan: same,
  Tanh: same,
  Sigmoid: same,
  Erf: same,
  Relu: same,
  LeakyRelu: same,
  Elu: same,
  Selu: same,
  Softplus: same,
  Softsign: same,
  HardSigmoid: same,
  HardSwish: same,
  Mish: same,
  Swish: same,
  Gelu: same,
  Reciprocal: same,
  Floor: same,
  Ceil: same,
  Round: same,
  Sign: same,
  Not: same,
  BitwiseNot: same,
  Clip: same,
  CumSum: same,
  Trilu: same,
  RandomNormalLike: same,
  RandomUniformLike: same,
  'com.microsoft.QuickGelu': same,
  'com.microsoft.Gelu': same,
  'com.microsoft.FastGelu': same,
  Identity: passing(x => x.shape),
  IsNaN: context => [{ dtype: 'bool', shape: input(context, 0).shape }],
  IsInf: context => [{ dtype: 'bool', shape: input(context, 0).shape }],
  Dropout: context => [...same(context), { dtype: 'bool', shape: input(context, 0).shape }],
  Cast: cast,
  CastLike: context => [{ dtype: input(context, 1).dtype, shape: input(context, 0).shape }],

  // Several operands, broadcast
  Add: broadcasting({ compute: add }),
  Sub: broadcasting({ compute: subtract }),
  Mul: broadcasting({ compute: (a, b) => multiply(a, b) }),
  Div: broadcasting({ compute: truncate }),
  Mod: broadcasting({
    compute: (a, b) => (typeof a === 'number' && typeof b === 'number' ? ((a % b) + b) % b : undefined),
  }),
  Pow: context => [
    { dtype: input(context, 0).dtype, shape: broadcast(input(context, 0).shape, input(context, 1).shape) },
  ],
  Min: broadcasting(),
  Max: broadcasting(),
  Sum: broadcasting(),
  Mean: broadcasting(),
  And: broadcasting(),
  Or: broadcasting(),
  Xor: broadcasting(),
  BitShift: broadcasting(),
  BitwiseAnd: broadcasting(),
  BitwiseOr: broadcasting(),
  PRelu: broadcasting(),
  Equal: comparison((a, b) => a === b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Where: where,
} satisfies RuleTable
