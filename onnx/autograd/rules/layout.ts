import { axisFromFront, staticShape } from '../../dimensions.ts'
import { clampSlice } from '../../inference/layout.ts'
import { elementsOf } from '../../inference/rule.ts'
import { type Dimension, intAttribute, intsAttribute, stringAttribute } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'
import { padsOfAll } from './pads.ts'
import { notDifferentiable, type Rule, type RuleTable, type Step, unary } from './rule.ts'

/** The same elements in the same order: the gradient only needs the input's shape. */
const reshaped = unary((t, dy, x) => t.reshape(dy, x.shape))

const transpose: Rule = (t, { node, x, dy }) => {
  const order = intsAttribute(node, 'perm') ?? [...x[0]!.shape.keys()].reverse()
  return [
    () =>
      t.transpose(
        dy[0]!,
        order.map((_, axis) => order.indexOf(axis)),
      ),
  ]
}

const concat: Rule = (t, { node, x, dy }) => {
  const axis = axisFromFront(intAttribute(node, 'axis', 0), x[0]!.shape.length)
  const sizes = staticShape(
    x.map(part => part!.shape[axis]!),
    `axis ${axis} of its parts`,
  )
  const ends = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0))
  return x.map((_, at) => () => t.slice(dy[0]!, [ends[at]! - sizes[at]!], [ends[at]!], [axis]))
}

const split: Rule = (t, { node, x, y, dy }) => {
  const axis = axisFromFront(intAttribute(node, 'axis', 0), x[0]!.shape.length)
  return [
    () =>
      t.concat(
        y.map((part, at) => dy[at] ?? t.zeros(part.shape, part.dtype)),
        axis,
      ),
  ]
}

/** What the slice left out receives zeros: before it, behind it, and between its steps. */
const slice: Rule = (t, step) => {
  const { node, x, dy } = step
  const [starts, ends] = [integers(t, step, 'starts', 1), integers(t, step, 'ends', 2)]
  const axes = integers(
    t,
    step,
    'axes',
    3,
    starts.map((_, at) => at),
  )
  const steps = integers(
    t,
    step,
    'steps',
    4,
    starts.map(() => 1),
  )
  const rank = x[0]!.shape.length
  return [
    () => {
      const pads = Array.from({ length: 2 * rank }, () => 0)
      let d = dy[0]!
      for (const [at, signedAxis] of axes.entries()) {
        const axis = axisFromFront(signedAxis, rank)
        const [size] = staticShape([x[0]!.shape[axis]!], `axis ${axis} of the input of ${node.op} "${node.name}"`)
        const [count] = staticShape([d.shape[axis]!], `axis ${axis} of the gradient of ${node.op} "${node.name}"`)
        const stride = Math.abs(steps[at]!)
        let { from } = clampSlice(size!, starts[at]!, ends[at]!, steps[at]!)
        if (count === 0) from = 0
        if (steps[at]! < 0) {
          d = t.slice(d, [-1], [-(2 ** 31)], [axis], [-1])
          from += (count! - 1) * steps[at]!
        }
        d = stuffed(t, d, axis, stride)
        pads[axis] = from
        pads[axis + rank] = size! - from - (count === 0 ? 0 : (count! - 1) * stride + 1)
      }
      return t.pad(d, pads)
    },
  ]
}

/** Puts `stride − 1` zeros between neighbours along one axis. */
function stuffed(t: Tape, x: Value, axis: number, stride: number): Value {
  if (stride === 1 || x.shape[axis] === 0) return x
  const [count] = staticShape([x.shape[axis]!], `"${x.name}"`)
  const rank = x.shape.length
  const pads = Array.from({ length: 2 * (rank + 1) }, (_, at) => (at === rank + 1 + axis + 1 ? stride - 1 : 0))
  const wide = t.reshape(t.pad(t.unsqueeze(x, [axis + 1]), pads), x.shape.with(axis, count! * stride))
  return t.slice(wide, [0], [(count! - 1) * stride + 1], [axis])
}

const pad: Rule = (t, step) => {
  const { node, x, dy } = step
  const mode = stringAttribute(node, 'mode', 'constant')
  const pads = integers(t, step, 'pads', 1)
  const rank = x[0]!.shape.length
  const axes = integers(t, step, 'axes', 3, [...x[0]!.shape.keys()]).map(axis => axisFromFront(axis, rank))
  return [
    () => {
      if (mode !== 'constant') throw new Error(`padding by ${mode} is not supported; pad with a constant`)
      if (pads.some(each => each < 0))
        return t.pad(
          dy[0]!,
          padsOfAll(
            pads.map(each => -each),
            axes,
            rank,
          ),
        )
      const begins = axes.map((_, at) => pads[at]!)
      const ends = axes.map((axis, at) => pads[at]! + staticShape([x[0]!.shape[axis]!], `"${x[0]!.name}"`)[0]!)
      return t.slice(dy[0]!, begins, ends, axes)
    },
  ]
}

/** Each axis as (repeats, size): the repeats are summed. */
const tile: Rule = (t, step) => {
  const x = step.x[0]!
  const repeats = integers(t, step, 'repeats', 1)
  return [
    () => {
      const folded = x.shape.flatMap((size, axis): Dimension[] => [repeats[axis]!, size])
      return t.reduceSum(
        t.reshape(step.dy[0]!, folded),
        repeats.map((_, axis) => 2 * axis),
      )
    },
  ]
}

/** Largest one-hot matrix, in elements; beyond it rows are scattered. */
const maxOneHot = 2 ** 24

/**
 * Rows of a table by index. A table's gradient is the sum of what its rows received: as a product with the one-hot
 * indices, which gives the same bits on every device, or scattered where that matrix would be large.
 */
const gather: Rule = (t, { node, x, dy }) => {
  const [table, indices, d] = [x[0]!, x[1]!, dy[0]!]
  const shape = staticShape(table.shape, `"${table.name}"`)
  const axis = axisFromFront(intAttribute(node, 'axis', 0), shape.length)
  const [size] = shape.slice(axis, axis + 1) as [number]
  return [
    () => {
      const constant = t.tensor(indices.name)
      if (constant !== undefined && constant.data.length === 1) {
        const index = Number(constant.data[0])
        return oneRow(t, d, shape, axis, index < 0 ? index + size : index)
      }
      const rows = staticShape(indices.shape, `"${indices.name}"`)
      const count = rows.reduce((product, each) => product * each, 1)
      const width = shape.reduce((product, each) => product * each, 1) / size
      const front = [...rows.map((_, at) => axis + at), ...outside(d.shape.length, axis, rows.length)]
      const received = t.reshape(t.transpose(d, front), [count, width])
      const flat = t.reshape(indices, [count])
      const sums =
        count * size <= maxOneHot
          ? t.gemm(t.oneHot(flat, size, d.dtype), received, undefined, { transA: true })
          : t.op('ScatterND', [t.zeros([size, width], d.dtype), t.unsqueeze(flat, [1]), received], { reduction: 'add' })
      const rest = shape.toSpliced(axis, 1)
      const back = shape.map((_, at) => (at === axis ? 0 : at < axis ? at + 1 : at))
      return t.transpose(t.reshape(sums, [size, ...rest]), back)
    },
    null,
  ]
}

function oneRow(t: Tape, d: Value, shape: readonly number[], axis: number, index: number): Value {
  const pads = padsOfAll([index, shape[axis]! - index - 1], [axis], shape.length)
  return t.pad(t.reshape(d, shape.with(axis, 1)), pads)
}

const outside = (rank: number, from: number, length: number) =>
  Array.from({ length: rank }, (_, axis) => axis).filter(axis => axis < from || axis >= from + length)

/** Integers that are an attribute in older operator sets and a constant input in newer ones. */
function integers(
  t: Tape,
  { node, x }: Pick<Step, 'node' | 'x'>,
  attribute: string,
  index: number,
  fallback?: readonly number[],
): readonly number[] {
  const name = node.inputs[index]
  const constant = name ? t.tensor(name) : undefined
  const found = constant
    ? elementsOf(constant)
    : name
      ? x[index]!.elements?.map(Number)
      : intsAttribute(node, attribute)
  if (found?.every(Number.isInteger)) return found
  if (fallback !== undefined && !name) return fallback
  throw new Error(`its ${attribute} must be constant; specialise the graph to fixed shapes first`)
}

export const layout = {
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Flatten: reshaped,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  // The walk sums over the axes that were stretched.
  Expand: unary((_t, dy) => dy),
  Tile: tile,
  Gather: gather,
  Shape: notDifferentiable,
  Size: notDifferentiable,
  Range: notDifferentiable,
  ConstantOfShape: notDifferentiable,
  OneHot: notDifferentiable,
} satisfies RuleTable
