import { multiply, staticShape } from '../../dimensions.ts'
import { windowOf } from '../../inference/window.ts'
import { type Dimension, intAttribute, intsAttribute, type Node, stringAttribute } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'
import { float32 } from '../../tensor.ts'
import { type Rule, type RuleTable, unary } from './rule.ts'

/** (B, C, H·f, W·f) → (B, C, H, f, W, f). */
function inBlocks(x: Value, factors: readonly number[]): Dimension[] {
  return [...x.shape.slice(0, 2), ...factors.flatMap((factor, axis) => [x.shape[axis + 2]!, factor])]
}

/** Windows that tile the picture: each pixel receives its share of its window's mean. Others go through a convolution. */
const averagePool: Rule = (t, { node, x, dy }) => {
  const input = x[0]!
  const d = dy[0]!
  const kernel = intsAttribute(node, 'kernel_shape')!
  const { strides, pads, dilations } = windowOf(node, kernel)
  return [
    () => {
      const size = staticShape(input.shape, `"${input.name}"`)
      const share = 1 / kernel.reduce((product, each) => product * each, 1)
      const tiles = kernel.every((each, axis) => each === strides[axis] && size[axis + 2]! % each === 0)
      if (tiles && pads.every(pad => pad === 0)) {
        const between = kernel.map((_, axis) => 2 * axis + 3)
        const small = t.unsqueeze(t.mul(d, share), between)
        return t.reshape(t.expand(small, inBlocks(d, kernel)), size)
      }
      if (intAttribute(node, 'ceil_mode', 0) === 1)
        throw new Error('windows over the edge (ceil_mode) are not supported')
      if (pads.some(pad => pad > 0) && intAttribute(node, 'count_include_pad', 0) === 0) {
        throw new Error('padding that is not counted is not supported; set count_include_pad')
      }
      const [channels] = size.slice(1, 2) as [number]
      const dims = [channels, 1, ...kernel]
      const weights = float32(new Float32Array(channels / share).fill(share), dims)
      const outputPadding = kernel.map((each, axis) => {
        const [count] = staticShape([d.shape[axis + 2]!], `"${d.name}"`)
        const reach = dilations[axis]! * (each - 1) + 1
        return size[axis + 2]! - ((count! - 1) * strides[axis]! + reach - pads[axis]! - pads[axis + kernel.length]!)
      })
      const options = { strides, dilations, pads, group: channels, outputPadding }
      return t.convTranspose(d, t.constant(weights, 'share'), undefined, options)
    },
  ]
}

/**
 * Each pixel sums what its copies received: in blocks where a nearest pixel is simply repeated, else by the transpose
 * of the interpolation, axis by axis.
 */
const resize: Rule = (t, { node, x, y, dy }) => {
  const input = x[0]!
  return [
    () => {
      const from = staticShape(input.shape, `"${input.name}"`)
      const to = staticShape(y[0]!.shape, `"${y[0]!.name}"`)
      const factors = from.slice(2).map((size, axis) => to[axis + 2]! / size)
      if (repeats(node) && factors.every(Number.isInteger) && from[0] === to[0] && from[1] === to[1]) {
        const blocks = t.reshape(dy[0]!, inBlocks(input, factors))
        return t.reduceSum(
          blocks,
          factors.map((_, axis) => 2 * axis + 3),
        )
      }
      return from.reduce<Value>((d, size, axis) => {
        if (size === to[axis]) return d
        const last = from.length - 1
        const order = from.map((_, at) => (at === axis ? last : at === last ? axis : at))
        const scale = scaleOf(t, node, axis) ?? to[axis]! / size
        const weights = t.constant(float32(interpolation(node, size, to[axis]!, scale), [to[axis]!, size]), 'weights')
        return t.transpose(t.matmul(t.transpose(d, order), weights), order)
      }, dy[0]!)
    },
  ]
}

function scaleOf(t: Tape, node: Node, axis: number): number | undefined {
  const scales = node.inputs[2] ? t.tensor(node.inputs[2]) : undefined
  if (scales === undefined || scales.data.length === 0) return undefined
  const axes = intsAttribute(node, 'axes')
  const at = axes ? axes.indexOf(axis) : axis
  return at < 0 ? undefined : Number(scales.data[at])
}

/** With these settings an integer factor repeats every pixel that often. */
function repeats(node: Node): boolean {
  if (stringAttribute(node, 'mode', 'nearest') !== 'nearest') return false
  const transformation = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  const rounding = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
  return transformation === 'asymmetric'
    ? rounding === 'floor'
    : transformation === 'half_pixel' && rounding.startsWith('round')
}

/** The matrix (to, from) by which Resize makes one axis, after the operator's specification. */
function interpolation(node: Node, from: number, to: number, scale: number): Float32Array {
  const mode = stringAttribute(node, 'mode', 'nearest')
  const transformation = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  if (mode === 'cubic' || intAttribute(node, 'antialias', 0) === 1) {
    throw new Error(`interpolation that is cubic or antialiased is not supported; use nearest or linear`)
  }
  const weights = new Float32Array(to * from)
  const inside = (at: number) => Math.min(Math.max(at, 0), from - 1)
  for (let at = 0; at < to; at++) {
    const position = source(transformation, at, from, to, scale)
    if (mode === 'nearest') {
      const rounding = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
      weights[at * from + inside(rounded(rounding, position))]! += 1
    } else {
      const clamped = inside(position)
      const below = Math.floor(clamped)
      weights[at * from + below]! += 1 - (clamped - below)
      weights[at * from + inside(below + 1)]! += clamped - below
    }
  }
  return weights
}

function source(transformation: string, at: number, from: number, to: number, scale: number): number {
  switch (transformation) {
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0
    case 'align_corners':
      return to > 1 ? (at * (from - 1)) / (to - 1) : 0
    case 'asymmetric':
      return at / scale
    default:
      throw new Error(`coordinate_transformation_mode ${transformation} is not supported`)
  }
}

function rounded(mode: string, position: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(position)
    case 'ceil':
      return Math.ceil(position)
    case 'round_prefer_floor':
      return Math.ceil(position - 0.5)
    case 'round_prefer_ceil':
      return Math.floor(position + 0.5)
    default:
      throw new Error(`nearest_mode ${mode} is not supported`)
  }
}

export const picture = {
  Resize: resize,
  AveragePool: averagePool,
  GlobalAveragePool: unary((t, dy, x) => {
    const count = multiply(...staticShape(x.shape.slice(2), `"${x.name}"`)) as number
    return t.expand(t.mul(dy, 1 / count), x.shape)
  }),
} satisfies RuleTable
