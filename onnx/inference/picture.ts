/** Convolutions, pools and resizing: (batch, channels, …) with one axis or more behind. */
import { add, axisFromFront, mayEqual, multiply } from '../dimensions.ts'
import { intAttribute, intsAttribute, stringAttribute } from '../model.ts'
import { type InferenceRule, input, type RuleTable } from './rule.ts'
import { kernelOf, slide, windowOf } from './window.ts'

const conv: InferenceRule = context => {
  const x = input(context, 0)
  const w = input(context, 1)
  const channels = multiply(w.shape[1]!, intAttribute(context.node, 'group', 1))
  if (!mayEqual(x.shape[1]!, channels)) throw new RangeError(`it wants ${channels} channels, got ${x.shape[1]}`)
  return [
    { dtype: x.dtype, shape: [x.shape[0]!, w.shape[0]!, ...slide(x.shape, windowOf(context.node, kernelOf(context)))] },
  ]
}

const convTranspose: InferenceRule = context => {
  const x = input(context, 0)
  const w = input(context, 1)
  if (intsAttribute(context.node, 'output_shape') !== undefined) throw new Error('output_shape is not supported')
  if (!mayEqual(x.shape[1]!, w.shape[0]!)) throw new RangeError(`it wants ${w.shape[0]} channels, got ${x.shape[1]}`)
  const { kernel, strides, dilations, pads } = windowOf(context.node, kernelOf(context))
  const outputPadding = intsAttribute(context.node, 'output_padding') ?? kernel.map(() => 0)
  const spatial = x.shape.slice(2).map((size, axis) => {
    const reach = dilations[axis]! * (kernel[axis]! - 1) + 1
    const rest = reach + outputPadding[axis]! - strides[axis]! - pads[axis]! - pads[axis + kernel.length]!
    return add(multiply(size, strides[axis]!), rest)
  })
  const channels = multiply(w.shape[1]!, intAttribute(context.node, 'group', 1))
  return [{ dtype: x.dtype, shape: [x.shape[0]!, channels, ...spatial] }]
}

const pool: InferenceRule = context => {
  const x = input(context, 0)
  const window = windowOf(context.node, kernelOf(context))
  const ceil = intAttribute(context.node, 'ceil_mode', 0) === 1
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...slide(x.shape, window, ceil)] }]
}

const resize: InferenceRule = context => {
  const x = input(context, 0)
  const axes = intsAttribute(context.node, 'axes') ?? [...x.shape.keys()]
  const policy = stringAttribute(context.node, 'keep_aspect_ratio_policy', 'stretch')
  if (policy !== 'stretch') throw new Error(`keep_aspect_ratio_policy ${policy} is not supported`)
  const shape = [...x.shape]
  const sizes = context.inputs[3]
  if (sizes !== undefined) {
    if (sizes.elements === undefined) throw new Error('its sizes must be known beforehand')
    axes.forEach((axis, at) => {
      shape[axisFromFront(axis, shape.length)] = sizes.elements![at]!
    })
    return [{ dtype: x.dtype, shape }]
  }
  const scales = context.tensor(2)
  if (scales === undefined) return [{ dtype: x.dtype, shape: x.shape.map(() => '?') }]
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    const size = shape[front]!
    const scale = Number(scales.data[at])
    shape[front] =
      typeof size === 'number'
        ? Math.floor(size * scale)
        : Number.isInteger(scale)
          ? multiply(scale, size)
          : `floor(${scale}*(${size}))`
  })
  return [{ dtype: x.dtype, shape }]
}

export const picture = {
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: pool,
  MaxPool: pool,
  GlobalAveragePool: context => {
    const { dtype, shape } = input(context, 0)
    return [{ dtype, shape: shape.map((size, axis) => (axis < 2 ? size : 1)) }]
  },
  Resize: resize,
} satisfies RuleTable
