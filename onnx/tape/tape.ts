/**
 * Writes a graph as one writes numpy: every verb records one operator (or the few that exporters write for it) and
 * returns a value with its type and shape. The order of recording is an order in which the graph can run.
 *
 * ```ts
 * const t = new Tape()
 * const x = t.input('x', 'float32', ['batch', 3])
 * const w = t.parameter('weight', float32([3, 4], weights))
 * const session = await createSession(t.encode({ y: t.softmax(t.matmul(x, w)) }))
 * ```
 */

import { axisFromFront, isStatic, multiply } from '../dimensions.ts'
import { floatToHalf } from '../float16.ts'
import type { Value } from '../inference/rule.ts'
import type { Dimension, Shape } from '../model.ts'
import { type DataType, dataTypes, float32, int64, type Tensor } from '../tensor.ts'
import { Recorder } from './recorder.ts'

export type { Value } from '../inference/rule.ts'

/** A value, or a number that takes the type of the other operand. */
export type Operand = Value | number

export interface ConvOptions {
  /** One number for all axes, or one for each. */
  readonly strides?: number | readonly number[]
  readonly dilations?: number | readonly number[]
  /** One number for all sides, or begins of all axes followed by their ends. */
  readonly pads?: number | readonly number[]
  readonly group?: number
}

export class Tape extends Recorder {
  // Constants

  /** A number without axes. */
  scalar(number: number, dtype: DataType = 'float32'): Value {
    return this.constant(scalarTensor(number, dtype), 'scalar')
  }

  /** A list of integers, as operators take axes, shapes and indices. */
  integers(list: readonly number[]): Value {
    return this.constant(int64(list), 'integers')
  }

  zeros(shape: Shape, dtype: DataType = 'float32'): Value {
    return this.full(shape, 0, dtype)
  }

  ones(shape: Shape, dtype: DataType = 'float32'): Value {
    return this.full(shape, 1, dtype)
  }

  full(shape: Shape, number: number, dtype: DataType = 'float32'): Value {
    return shape.length === 0 ? this.scalar(number, dtype) : this.expand(this.scalar(number, dtype), shape)
  }

  // Elementwise, with numpy's broadcasting

  add(a: Operand, b: Operand): Value {
    return this.both('Add', a, b)
  }
  sub(a: Operand, b: Operand): Value {
    return this.both('Sub', a, b)
  }
  mul(a: Operand, b: Operand): Value {
    return this.both('Mul', a, b)
  }
  div(a: Operand, b: Operand): Value {
    return this.both('Div', a, b)
  }
  pow(a: Operand, b: Operand): Value {
    return this.both('Pow', a, b)
  }
  min(a: Operand, b: Operand): Value {
    return this.both('Min', a, b)
  }
  max(a: Operand, b: Operand): Value {
    return this.both('Max', a, b)
  }
  equal(a: Operand, b: Operand): Value {
    return this.both('Equal', a, b)
  }
  less(a: Operand, b: Operand): Value {
    return this.both('Less', a, b)
  }
  greater(a: Operand, b: Operand): Value {
    return this.both('Greater', a, b)
  }
  lessOrEqual(a: Operand, b: Operand): Value {
    return this.both('LessOrEqual', a, b)
  }
  greaterOrEqual(a: Operand, b: Operand): Value {
    return this.both('GreaterOrEqual', a, b)
  }
  /** `a` where `condition` holds, else `b`. */
  where(condition: Value, a: Operand, b: Operand): Value {
    const [first, second] = this.pair(a, b)
    return this.op('Where', [condition, first, second])
  }
  neg(x: Value): Value {
    return this.op('Neg', [x])
  }
  abs(x: Value): Value {
    return this.op('Abs', [x])
  }
  sign(x: Value): Value {
    return this.op('Sign', [x])
  }
  reciprocal(x: Value): Value {
    return this.op('Reciprocal', [x])
  }
  sqrt(x: Value): Value {
    return this.op('Sqrt', [x])
  }
  exp(x: Value): Value {
    return this.op('Exp', [x])
  }
  log(x: Value): Value {
    return this.op('Log', [x])
  }
  sin(x: Value): Value {
    return this.op('Sin', [x])
  }
  cos(x: Value): Value {
    return this.op('Cos', [x])
  }
  erf(x: Value): Value {
    return this.op('Erf', [x])
  }
  tanh(x: Value): Value {
    return this.op('Tanh', [x])
  }
  sigmoid(x: Value): Value {
    return this.op('Sigmoid', [x])
  }
  relu(x: Value): Value {
    return this.op('Relu', [x])
  }
  clip(x: Value, low: number, high: number): Value {
    return this.op('Clip', [x, this.scalar(low, x.dtype), this.scalar(high, x.dtype)])
  }
  cast(x: Value, dtype: DataType): Value {
    return x.dtype === dtype ? x : this.op('Cast', [x], { to: dataTypes[dtype] })
  }
  identity(x: Value): Value {
    return this.op('Identity', [x])
  }

  /** x · σ(x). */
  silu(x: Value): Value {
    return this.mul(x, this.sigmoid(x))
  }

  /** x · Φ(x) by the error function, as PyTorch computes and exports it. */
  gelu(x: Value): Value {
    const doubled = this.add(this.erf(this.div(x, Math.SQRT2)), 1)
    return this.mul(this.mul(x, doubled), 0.5)
  }

  /** x · σ(1.702 x): the GELU of CLIP. */
  quickGelu(x: Value): Value {
    return this.mul(x, this.sigmoid(this.mul(x, 1.702)))
  }

  // Sums of products

  matmul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b])
  }

  /** α · A · B + β · C of matrices, either of them turned first. */
  gemm(
    a: Value,
    b: Value,
    c?: Value,
    options: { transA?: boolean; transB?: boolean; alpha?: number; beta?: number } = {},
  ): Value {
    return this.op('Gemm', c === undefined ? [a, b] : [a, b, c], {
      alpha: options.alpha,
      beta: options.beta,
      transA: options.transA ? 1 : undefined,
      transB: options.transB ? 1 : undefined,
    })
  }

  /** x (B, C, …), w (O, C / group, …), bias (O). */
  conv(x: Value, w: Value, bias?: Value, options: ConvOptions = {}): Value {
    return this.op('Conv', bias === undefined ? [x, w] : [x, w, bias], convAttributes(w, options))
  }

  /** x (B, C, …), w (C, O / group, …), bias (O). */
  convTranspose(
    x: Value,
    w: Value,
    bias?: Value,
    options: ConvOptions & { outputPadding?: readonly number[] } = {},
  ): Value {
    return this.op('ConvTranspose', bias === undefined ? [x, w] : [x, w, bias], {
      ...convAttributes(w, options),
      output_padding: options.outputPadding,
    })
  }

  // Normalisation

  softmax(x: Value, axis = -1): Value {
    return this.op('Softmax', [x], { axis })
  }

  logSoftmax(x: Value, axis = -1): Value {
    return this.op('LogSoftmax', [x], { axis })
  }

  /** Over the last axis; gamma and beta (C). */
  layerNorm(x: Value, gamma: Value, beta?: Value, epsilon = 1e-5): Value {
    const inputs = beta === undefined ? [x, gamma] : [x, gamma, beta]
    return this.op('LayerNormalization', inputs, { axis: -1, epsilon })
  }

  /** Over the axes behind (B, C); gamma and beta (C). */
  instanceNorm(x: Value, gamma: Value, beta: Value, epsilon = 1e-5): Value {
    return this.op('InstanceNormalization', [x, gamma, beta], { epsilon })
  }

  /** As exporters write it: InstanceNormalization over (B, groups, -1), then ·γ + β. gamma and beta (C). */
  groupNorm(x: Value, gamma: Value, beta: Value, groups: number, epsilon = 1e-5): Value {
    const rows = this.op('Reshape', [x, this.integers([0, groups, -1])])
    const ones = this.constant({ dtype: 'float32', dims: [groups], data: new Float32Array(groups).fill(1) }, 'ones')
    const zeros = this.constant({ dtype: 'float32', dims: [groups], data: new Float32Array(groups) }, 'zeros')
    const normal = this.reshape(this.instanceNorm(rows, ones, zeros, epsilon), x.shape)
    const spatial = Array.from({ length: x.shape.length - 2 }, (_, axis) => axis + 1)
    return this.add(this.mul(normal, this.unsqueeze(gamma, spatial)), this.unsqueeze(beta, spatial))
  }

  // Reductions

  reduceSum(x: Value, axes?: readonly number[], options: { keepDims?: boolean } = {}): Value {
    const attributes = { keepdims: options.keepDims ? 1 : 0 }
    return this.op('ReduceSum', axes === undefined ? [x] : [x, this.integers(axes)], attributes)
  }

  reduceMean(x: Value, axes?: readonly number[], options: { keepDims?: boolean } = {}): Value {
    const keepdims = options.keepDims ? 1 : 0
    return this.opset < 18
      ? this.op('ReduceMean', [x], { axes, keepdims })
      : this.op('ReduceMean', axes === undefined ? [x] : [x, this.integers(axes)], { keepdims })
  }

  // Layout

  /** Sizes may be names (of `x` or of any value recorded before); they are then read when the graph runs. */
  reshape(x: Value, shape: Shape): Value {
    if (x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis])) return x
    if (isStatic(shape)) return this.op('Reshape', [x, this.integers(shape)])
    const copied = shape.map((size, axis) => (typeof size === 'string' && size === x.shape[axis] ? 0 : size))
    const open = copied.flatMap((size, axis) => (typeof size === 'string' ? [axis] : []))
    if (open.length === 0 && isStatic(copied)) return this.op('Reshape', [x, this.integers(copied)])
    const withOneOpen = copied.map(size => (typeof size === 'string' ? -1 : size))
    if (open.length === 1 && isStatic(withOneOpen) && !shape.includes(-1)) {
      return this.op('Reshape', [x, this.integers(withOneOpen)])
    }
    return this.op('Reshape', [x, this.dimensions(shape)])
  }

  /** `order[i]` is the axis of `x` that becomes axis i. */
  transpose(x: Value, order: readonly number[]): Value {
    return order.every((axis, at) => axis === at) ? x : this.op('Transpose', [x], { perm: order })
  }

  concat(parts: readonly Value[], axis: number): Value {
    return parts.length === 1 ? parts[0]! : this.op('Concat', parts, { axis })
  }

  /** Into as many equal parts, or into parts of these sizes. */
  split(x: Value, parts: number | readonly number[], axis: number): Value[] {
    if (typeof parts !== 'number')
      return this.record('Split', [x, this.integers(parts)], { axis }, { outputs: parts.length })
    const size = x.shape[axisFromFront(axis, x.shape.length)]!
    if (typeof size === 'number') {
      if (size % parts !== 0) throw new RangeError(`Expected a size that ${parts} divides, got ${size}`)
      return this.split(
        x,
        Array.from({ length: parts }, () => size / parts),
        axis,
      )
    }
    return this.record('Split', [x], { axis, num_outputs: this.opset < 18 ? undefined : parts }, { outputs: parts })
  }

  /** `x[start:end:step]` along each of `axes`; ends beyond the size mean "to the end". */
  slice(
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[] = axes.map(() => 1),
  ): Value {
    return this.op('Slice', [x, ...[starts, ends, axes, steps].map(list => this.integers(list))])
  }

  /** `pads`: begins of all axes, then ends of all axes. */
  pad(x: Value, pads: readonly number[], value = 0): Value {
    if (pads.every(each => each === 0)) return x
    return this.op('Pad', [x, this.integers(pads), this.scalar(value, x.dtype)], { mode: 'constant' })
  }

  gather(x: Value, indices: Value, axis = 0): Value {
    return this.op('Gather', [x, indices], { axis })
  }

  expand(x: Value, shape: Shape): Value {
    if (x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis])) return x
    return this.op('Expand', [x, this.dimensions(shape)])
  }

  tile(x: Value, repeats: readonly number[]): Value {
    return this.op('Tile', [x, this.integers(repeats)])
  }

  unsqueeze(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.op('Unsqueeze', [x, this.integers(axes)])
  }

  squeeze(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.op('Squeeze', [x, this.integers(axes)])
  }

  /** Everything from `axis` on in one axis, everything before in another. */
  flatten(x: Value, axis = 1): Value {
    return this.op('Flatten', [x], { axis })
  }

  /** The sizes of `x` when the graph runs. */
  shapeOf(x: Value): Value {
    return this.op('Shape', [x])
  }

  /** Each pixel of x (B, C, H, W) becomes factor × factor pixels, as diffusers' Upsample2D. */
  resizeNearest(x: Value, factor = 2): Value {
    const scales = this.constant(
      float32(
        x.shape.map((_, axis) => (axis < 2 ? 1 : factor)),
        [x.shape.length],
      ),
      'scales',
    )
    return this.op('Resize', [x, undefined, scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
  }

  /** Means of windows of x (B, C, …). */
  averagePool(x: Value, kernel: readonly number[], strides: readonly number[] = kernel): Value {
    return this.op('AveragePool', [x], { kernel_shape: kernel, strides })
  }

  /** `depth` columns, 1 where the column is the index. */
  oneHot(indices: Value, depth: number, dtype: DataType = 'float32'): Value {
    const values: Tensor = { dtype: 'float32', dims: [2], data: Float32Array.of(0, 1) }
    const hot = this.op('OneHot', [indices, this.scalar(depth, 'int64'), this.constant(values, 'values')], { axis: -1 })
    return this.cast(hot, dtype)
  }

  private both(op: string, a: Operand, b: Operand): Value {
    return this.op(op, this.pair(a, b))
  }

  private pair(a: Operand, b: Operand): [Value, Value] {
    if (typeof a === 'number' && typeof b === 'number') return [this.scalar(a), this.scalar(b)]
    if (typeof a === 'number') return [this.scalar(a, (b as Value).dtype), b as Value]
    return [a, typeof b === 'number' ? this.scalar(b, a.dtype) : b]
  }
}

/** The product of sizes, of which some may be names. */
export function product(...sizes: readonly Dimension[]): Dimension {
  return multiply(...sizes)
}

function convAttributes(w: Value, { strides = 1, dilations = 1, pads = 0, group = 1 }: ConvOptions) {
  const kernel = w.shape.slice(2)
  if (!isStatic(kernel)) throw new RangeError(`Expected the kernel "${w.name}" to have a fixed size`)
  const each = (value: number | readonly number[], count: number) =>
    typeof value === 'number' ? Array.from({ length: count }, () => value) : value
  return {
    kernel_shape: kernel,
    strides: each(strides, kernel.length),
    dilations: each(dilations, kernel.length),
    pads: each(pads, kernel.length * 2),
    group,
  }
}

function scalarTensor(number: number, dtype: DataType): Tensor {
  switch (dtype) {
    case 'float32':
      return float32([number], [])
    case 'float64':
      return { dtype, dims: [], data: Float64Array.of(number) }
    case 'float16':
      return { dtype, dims: [], data: floatToHalf(Float32Array.of(number)) }
    case 'int64':
      return int64([number], [])
    case 'int32':
      return { dtype, dims: [], data: Int32Array.of(number) }
    case 'uint8':
    case 'bool':
      return { dtype, dims: [], data: Uint8Array.of(number) }
    case 'int8':
      return { dtype, dims: [], data: Int8Array.of(number) }
    default:
      throw new TypeError(`Numbers of type ${dtype} cannot be written as constants; cast a float32`)
  }
}
