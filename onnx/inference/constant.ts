/** Shapes, constants, indices, and the types of quantization. */
import { axisFromFront, multiply } from '../dimensions.ts'
import { intAttribute } from '../model.ts'
import {
  elementsOf,
  type InferenceRule,
  input,
  known,
  maxElements,
  openShape,
  type RuleTable,
  scalarOf,
} from './rule.ts'

const shapeOperator: InferenceRule = context => {
  const { shape } = input(context, 0)
  const inside = (at: number) => Math.min(Math.max(at < 0 ? at + shape.length : at, 0), shape.length)
  const elements = shape.slice(
    inside(intAttribute(context.node, 'start', 0)),
    inside(intAttribute(context.node, 'end', shape.length)),
  )
  return [known('int64', [elements.length], elements)]
}

const constantNode: InferenceRule = context => {
  const [name, attribute] = Object.entries(context.node.attributes)[0] ?? []
  if (attribute?.type === 'tensor') {
    const elements = elementsOf(attribute.value)
    return [known(attribute.value.dtype, attribute.value.dims, elements)]
  }
  if (attribute?.type === 'int') return [known('int64', [], [Number(attribute.value)])]
  if (attribute?.type === 'ints') return [known('int64', [attribute.value.length], attribute.value.map(Number))]
  if (attribute?.type === 'float') return [{ dtype: 'float32', shape: [] }]
  if (attribute?.type === 'floats') return [{ dtype: 'float32', shape: [attribute.value.length] }]
  throw new Error(`its value is given as ${name}, which is not supported`)
}

const constantOfShape: InferenceRule = context => {
  const list = input(context, 0)
  const shape = list.elements ?? openShape(list)
  const attribute = context.node.attributes['value']
  if (attribute === undefined) return [{ dtype: 'float32', shape }]
  if (attribute.type !== 'tensor') throw new TypeError(`expected its value to be a tensor, got ${attribute.type}`)
  const value = elementsOf(attribute.value)?.[0]
  const length = multiply(...shape)
  const elements =
    value !== undefined && typeof length === 'number' && length <= maxElements
      ? Array.from({ length }, () => value)
      : undefined
  return [known(attribute.value.dtype, shape, elements)]
}

const range: InferenceRule = context => {
  const { dtype } = input(context, 0)
  const [start, limit, delta] = [0, 1, 2].map(index => input(context, index).elements?.[0] ?? scalarOf(context, index))
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number') {
    const length = Math.max(0, Math.ceil((limit - start) / delta))
    const elements = length <= maxElements ? Array.from({ length }, (_, at) => start + at * delta) : undefined
    return [known(dtype, [length], elements)]
  }
  if (start === 0 && delta === 1 && limit !== undefined) return [{ dtype, shape: [limit] }]
  return [{ dtype, shape: ['?'] }]
}

const oneHot: InferenceRule = context => {
  const indices = input(context, 0)
  const depth = input(context, 1).elements?.[0] ?? scalarOf(context, 1)
  if (depth === undefined) throw new Error('its depth must be known beforehand')
  const axis = intAttribute(context.node, 'axis', -1)
  const front = axisFromFront(axis, indices.shape.length + 1)
  return [{ dtype: input(context, 2).dtype, shape: indices.shape.toSpliced(front, 0, depth) }]
}

const quantize: InferenceRule = context => [
  { dtype: context.inputs[2]?.dtype ?? 'uint8', shape: input(context, 0).shape },
]

export const constant = {
  Shape: shapeOperator,
  Size: context => [known('int64', [], [multiply(...input(context, 0).shape)])],
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Range: range,
  OneHot: oneHot,
  DequantizeLinear: context => [{ dtype: input(context, 1).dtype, shape: input(context, 0).shape }],
  QuantizeLinear: quantize,
  DynamicQuantizeLinear: context => [
    { dtype: 'uint8', shape: input(context, 0).shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ],
} satisfies RuleTable
