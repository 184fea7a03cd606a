import { add, axisFromFront, broadcast, divide, isStatic, mayEqual, multiply, shown, subtract } from '../dimensions.ts'
import { type Dimension, intAttribute, intsAttribute, type Shape } from '../model.ts'
import {
  type InferenceContext,
  type InferenceRule,
  input,
  integers,
  known,
  maxElements,
  numbers,
  openShape,
  passing,
  picked,
  type RuleTable,
  same,
  type Value,
} from './rule.ts'

const concat: InferenceRule = context => {
  const parts = context.inputs.filter(part => part !== undefined)
  const first = input(context, 0)
  const axis = axisFromFront(intAttribute(context.node, 'axis', 0), first.shape.length)
  const shape = first.shape.map((size, at) => {
    if (at === axis) return parts.map(part => part.shape[at]!).reduce(add)
    const sizes = parts.map(part => part.shape[at]!)
    const fixed = sizes.find(each => typeof each === 'number') ?? size
    for (const each of sizes) {
      if (!mayEqual(each, fixed)) throw new RangeError(`sizes along axis ${at} differ: ${sizes.join(', ')}`)
    }
    return fixed
  })
  const elements = parts.every(part => part.elements !== undefined) ? parts.flatMap(part => part.elements!) : undefined
  return [known(first.dtype, shape, elements)]
}

const split: InferenceRule = context => {
  const x = input(context, 0)
  const axis = axisFromFront(intAttribute(context.node, 'axis', 0), x.shape.length)
  const count = intAttribute(context.node, 'num_outputs', context.node.outputs.length)
  const sizes = integers(context, 'split', 1) ?? chunks(x.shape[axis]!, count)
  let start = 0
  return sizes.map(size => {
    const shape = x.shape.with(axis, size)
    const isFlat = x.shape.length === 1 && typeof size === 'number'
    const elements = isFlat ? x.elements?.slice(start, start + size) : undefined
    start += Number(size)
    return known(x.dtype, shape, elements)
  })
}

function chunks(size: Dimension, count: number): Dimension[] {
  if (typeof size === 'string') return Array.from({ length: count }, () => divide([size], [count]))
  const chunk = Math.ceil(size / count)
  return Array.from({ length: count }, (_, at) => Math.min(chunk, size - at * chunk))
}

const slice: InferenceRule = context => {
  const x = input(context, 0)
  const starts = integers(context, 'starts', 1)
  const ends = integers(context, 'ends', 2)
  if (starts === undefined || ends === undefined) throw new Error('starts and ends are missing')
  const axes = numbers(context, 'axes', 3) ?? starts.map((_, at) => at)
  const steps = numbers(context, 'steps', 4) ?? starts.map(() => 1)
  const shape = [...x.shape]
  const picks = new Map<number, readonly number[] | undefined>()
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    const cut = sliceOf(shape[front]!, starts[at]!, ends[at]!, steps[at]!)
    shape[front] = cut.size
    picks.set(front, cut.picks)
  })
  const elements = [...picks.values()].every(each => each !== undefined)
    ? picked(x, shape, position => position.map((at, axis) => picks.get(axis)?.[at] ?? at))
    : undefined
  return [known(x.dtype, shape, elements)]
}

/** Beyond every real size, on either side: "to the end". */
const farAway = 2 ** 31 - 1

function sliceOf(
  size: Dimension,
  start: Dimension,
  end: Dimension,
  step: number,
): { size: Dimension; picks?: readonly number[] } {
  if (typeof start === 'number' && typeof end === 'number' && typeof size === 'number') {
    const { from, to } = clampSlice(size, start, end, step)
    const count = Math.max(0, Math.ceil((to - from) / step))
    return { size: count, picks: Array.from({ length: count }, (_, at) => from + at * step) }
  }
  if (step !== 1) return { size: '?' }
  const toEnd = end === size || (typeof end === 'number' && end >= farAway)
  if (toEnd && typeof start === 'number') return { size: start < 0 ? -start : subtract(size, start) }
  if (typeof start === 'number' && typeof end === 'number' && start >= 0 && end < 0)
    return { size: add(size, end - start) }
  return { size: subtract(end, start) }
}

/** Start and end of a slice as positions of an axis of `size`, after the specification's clamping. */
export function clampSlice(size: number, start: number, end: number, step: number): { from: number; to: number } {
  const inside = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
  return step > 0
    ? { from: inside(start, 0, size), to: inside(end, 0, size) }
    : { from: inside(start, 0, size - 1), to: inside(end, -1, size - 1) }
}

const pad: InferenceRule = context => {
  const x = input(context, 0)
  const pads = numbers(context, 'pads', 1)
  if (pads === undefined) throw new Error('its pads are missing')
  const axes = numbers(context, 'axes', 3) ?? [...x.shape.keys()]
  const shape = [...x.shape]
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    shape[front] = add(shape[front]!, pads[at]! + pads[at + axes.length]!)
  })
  return [{ dtype: x.dtype, shape }]
}

const gather: InferenceRule = context => {
  const x = input(context, 0)
  const indices = input(context, 1)
  const axis = axisFromFront(intAttribute(context.node, 'axis', 0), x.shape.length)
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  const taken =
    x.shape.length === 1
      ? indices.elements?.map(index =>
          typeof index === 'number' ? x.elements?.[index < 0 ? index + x.elements.length : index] : undefined,
        )
      : undefined
  return [known(x.dtype, shape, taken?.every(element => element !== undefined) ? taken : undefined)]
}

const gatherND: InferenceRule = context => {
  const x = input(context, 0)
  const indices = input(context, 1)
  const batch = intAttribute(context.node, 'batch_dims', 0)
  const depth = indices.shape.at(-1)
  if (typeof depth !== 'number') throw new RangeError('the last axis of its indices must be fixed')
  return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }]
}

const reshape: InferenceRule = context => {
  const x = input(context, 0)
  const list = input(context, 1)
  const wanted = list.elements
  if (wanted === undefined) return [{ dtype: x.dtype, shape: openShape(list) }]
  const zeroCopies = intAttribute(context.node, 'allowzero', 0) === 0
  const sizes = wanted.map((size, axis) => (size === 0 && zeroCopies ? x.shape[axis]! : size))
  const open = sizes.indexOf(-1)
  const shape = open < 0 ? sizes : sizes.with(open, divide(x.shape, sizes.toSpliced(open, 1)))
  if (isStatic(x.shape) && isStatic(shape) && multiply(...x.shape) !== multiply(...shape)) {
    throw new RangeError(`${multiply(...x.shape)} elements do not fill ${shown(shape)}`)
  }
  return [known(x.dtype, shape, x.elements)]
}

const squeezed = (x: Value, context: InferenceContext): Shape => {
  const axes = numbers(context, 'axes', 1)?.map(axis => axisFromFront(axis, x.shape.length))
  return x.shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)))
}

const unsqueezed = (x: Value, context: InferenceContext): Shape => {
  const axes = numbers(context, 'axes', 1)
  if (axes === undefined) throw new Error('its axes are missing')
  const rank = x.shape.length + axes.length
  const shape: Dimension[] = [...x.shape]
  for (const axis of axes.map(each => axisFromFront(each, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1)
  return shape
}

const flatten: InferenceRule = context => {
  const x = input(context, 0)
  const axis = intAttribute(context.node, 'axis', 1)
  const front = axis < 0 ? axis + x.shape.length : axis
  return [{ dtype: x.dtype, shape: [multiply(...x.shape.slice(0, front)), multiply(...x.shape.slice(front))] }]
}

const transpose: InferenceRule = context => {
  const x = input(context, 0)
  const order = intsAttribute(context.node, 'perm') ?? [...x.shape.keys()].reverse()
  if (order.length !== x.shape.length) throw new RangeError(`perm ${shown(order)} does not fit ${shown(x.shape)}`)
  const shape = order.map(axis => x.shape[axis]!)
  const elements = picked(x, shape, position => position.map((_, axis) => position[order.indexOf(axis)]!))
  return [known(x.dtype, shape, elements)]
}

const expand: InferenceRule = context => {
  const x = input(context, 0)
  const list = input(context, 1)
  const shape = broadcast(x.shape, list.elements ?? openShape(list))
  const [length] = shape
  const repeated =
    x.elements?.length === 1 && shape.length === 1 && typeof length === 'number' && length <= maxElements
      ? Array.from({ length }, () => x.elements![0]!)
      : undefined
  return [known(x.dtype, shape, x.elements && multiply(...x.shape) === multiply(...shape) ? x.elements : repeated)]
}

const tile: InferenceRule = context => {
  const x = input(context, 0)
  const repeats = integers(context, 'repeats', 1)
  if (repeats === undefined) throw new Error('its repeats are missing')
  return [{ dtype: x.dtype, shape: x.shape.map((size, axis) => multiply(size, repeats[axis]!)) }]
}

export const layout = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherND: gatherND,
  GatherElements: context => [{ dtype: input(context, 0).dtype, shape: input(context, 1).shape }],
  ScatterND: same,
  ScatterElements: same,
  Reshape: reshape,
  Squeeze: passing(squeezed),
  Unsqueeze: passing(unsqueezed),
  Flatten: flatten,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
} satisfies RuleTable
