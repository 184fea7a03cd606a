import type { Tape, Value } from '../../../onnx/tape/tape.ts'
import { float32, int64 } from '../../../onnx/tensor.ts'

export interface Case {
  readonly title: string
  readonly shapes: readonly (readonly number[])[]
  /** Where the inputs lie; −1 … 1 by default. Away from kinks and poles, so that differences mean something. */
  readonly range?: readonly [number, number]
  /** The operator has kinks: elements at even distances, away from each other and from round numbers. */
  readonly spaced?: boolean
  readonly opset?: number
  build(t: Tape, ...inputs: Value[]): Value
}

type Builder = (t: Tape, x: Value, ...more: Value[]) => Value

const on = (title: string, shapes: Case['shapes'], build: Builder, options: Partial<Case> = {}): Case => ({
  title,
  shapes,
  build: (t, x, ...more) => build(t, x!, ...more),
  ...options,
})

/** A vector, a picture, one sample and several. */
const anyShape = [[5], [1, 2, 3, 3], [3, 2, 4]]
const each = (build: Builder, options: Partial<Case> = {}) =>
  anyShape.map(shape => on(`[${shape}]`, [shape], build, options))

const pairs = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [1, 4, 1],
    [2, 1, 3],
  ],
  [
    [2, 3, 2, 2],
    [3, 1, 1],
  ],
  [[3], []],
]
const both = (build: Builder, options: Partial<Case> = {}) =>
  pairs.map(shapes => on(shapes.map(shape => `[${shape}]`).join(' with '), shapes, build, options))

const spaced = { spaced: true } as const
const positive = { range: [0.5, 2] } as const

const resize =
  (mode: string, transformation: string, rounding: string, factors: readonly number[]): Builder =>
  (t, x) =>
    t.op('Resize', [x, undefined, t.constant(float32(factors))], {
      mode,
      coordinate_transformation_mode: transformation,
      nearest_mode: rounding,
    })

export const cases: Readonly<Record<string, readonly Case[]>> = {
  Add: both((t, a, b) => t.add(a, b!)),
  Sub: both((t, a, b) => t.sub(a, b!)),
  Mul: [
    ...both((t, a, b) => t.mul(a, b!)),
    on('a value with itself', [[2, 3]], (t, x) => t.mul(x, x)),
    on('SiLU', [[2, 3]], (t, x) => t.silu(x), { range: [-3, 3] }),
    on('SiLU the other way round', [[2, 3]], (t, x) => t.mul(t.sigmoid(x), x), { range: [-3, 3] }),
    on('SiLU whose σ is used again', [[2, 3]], (t, x) => {
      const s = t.sigmoid(x)
      return t.add(t.mul(x, s), t.exp(s))
    }),
  ],
  Div: both((t, a, b) => t.div(a, b!), positive),
  Pow: [
    ...both((t, a, b) => t.pow(a, b!), positive),
    ...each((t, x) => t.pow(x, 2)),
    ...each((t, x) => t.pow(x, 3)),
    ...each((t, x) => t.pow(x, -0.5), positive),
  ],
  Min: both((t, a, b) => t.min(a, b!), spaced),
  Max: both((t, a, b) => t.max(a, b!), spaced),
  Sum: [on('three operands', [[2, 3], [3], [1, 3]], (t, a, b, c) => t.op('Sum', [a, b, c]))],
  Where: [
    on('both branches', [[2, 3], [3]], (t, a, b) =>
      t.where(t.constant({ dtype: 'bool', dims: [2, 1], data: Uint8Array.of(1, 0) }), a, b!),
    ),
  ],
  Neg: each((t, x) => t.neg(x)),
  Abs: each((t, x) => t.abs(x), spaced),
  Sqrt: each((t, x) => t.sqrt(x), positive),
  Exp: each((t, x) => t.exp(x)),
  Log: each((t, x) => t.log(x), positive),
  Reciprocal: each((t, x) => t.reciprocal(x), positive),
  Sin: each((t, x) => t.sin(x), { range: [-3, 3] }),
  Cos: each((t, x) => t.cos(x), { range: [-3, 3] }),
  Identity: each((t, x) => t.identity(x)),
  Cast: [on('through float64', [[2, 3]], (t, x) => t.cast(t.exp(t.cast(x, 'float64')), 'float32'))],
  Clip: each((t, x) => t.clip(x, -0.48, 0.48), spaced),

  Sigmoid: each((t, x) => t.sigmoid(x), { range: [-3, 3] }),
  Tanh: each((t, x) => t.tanh(x), { range: [-2, 2] }),
  Erf: each((t, x) => t.erf(x), { range: [-2, 2] }),
  Relu: each((t, x) => t.relu(x), spaced),
  LeakyRelu: each((t, x) => t.op('LeakyRelu', [x], { alpha: 0.1 }), spaced),
  Softplus: each((t, x) => t.op('Softplus', [x]), { range: [-3, 3] }),
  Softmax: [
    on('over the last axis', [[2, 3, 4]], (t, x) => t.softmax(x), { range: [-2, 2] }),
    on('over the first axis', [[3, 4]], (t, x) => t.softmax(x, 0), { range: [-2, 2] }),
    on(
      'in attention',
      [
        [1, 2, 3, 4],
        [1, 2, 4, 3],
      ],
      (t, s, v) => t.matmul(t.softmax(s), v!),
      { range: [-2, 2] },
    ),
    on(
      'in attention with one set of values',
      [
        [2, 3, 4],
        [4, 5],
      ],
      (t, s, v) => t.matmul(t.softmax(s), v!),
    ),
    on('as its own values', [[3, 3]], (t, s) => {
      const p = t.softmax(s)
      return t.matmul(p, p)
    }),
    on(
      'looked at twice',
      [
        [2, 3, 4],
        [2, 4, 3],
      ],
      (t, s, v) => {
        const p = t.softmax(s)
        return t.add(t.matmul(p, v!), t.reduceSum(t.mul(p, p), [-1], { keepDims: true }))
      },
    ),
  ],
  LogSoftmax: [
    on('over the last axis', [[2, 5]], (t, x) => t.logSoftmax(x), { range: [-2, 2] }),
    on('over axis 1', [[1, 3, 2]], (t, x) => t.logSoftmax(x, 1), { range: [-2, 2] }),
  ],

  MatMul: [
    on(
      'matrices',
      [
        [2, 3],
        [3, 4],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'a batch with one weight',
      [
        [2, 3, 4],
        [4, 5],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'heads with one weight',
      [
        [1, 2, 3, 4],
        [4, 2],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'batches',
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'heads',
      [
        [2, 3, 4, 2],
        [2, 3, 2, 5],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'batches that broadcast',
      [
        [2, 1, 3, 4],
        [5, 4, 2],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on(
      'one matrix with a batch',
      [
        [3, 4],
        [2, 4, 5],
      ],
      (t, a, b) => t.matmul(a, b!),
    ),
    on('a vector on the right', [[2, 3, 4], [4]], (t, a, b) => t.matmul(a, b!)),
    on('a vector on the left', [[4], [2, 4, 3]], (t, a, b) => t.matmul(a, b!)),
    on('two vectors', [[4], [4]], (t, a, b) => t.matmul(a, b!)),
  ],
  Gemm: [
    on('as it is', [[2, 3], [3, 4], [4]], (t, a, b, c) => t.gemm(a, b!, c)),
    on('B turned', [[2, 3], [4, 3], [4]], (t, a, b, c) => t.gemm(a, b!, c, { transB: true })),
    on(
      'A turned',
      [
        [3, 2],
        [3, 4],
        [2, 1],
      ],
      (t, a, b, c) => t.gemm(a, b!, c, { transA: true }),
    ),
    on('both turned and scaled', [[3, 2], [4, 3], [1]], (t, a, b, c) =>
      t.gemm(a, b!, c, { transA: true, transB: true, alpha: 0.5, beta: 2 }),
    ),
    on(
      'without C',
      [
        [1, 3],
        [3, 2],
      ],
      (t, a, b) => t.gemm(a, b!),
    ),
  ],
  Einsum: [
    on(
      'attention scores',
      [
        [2, 3, 2, 4],
        [2, 5, 2, 4],
      ],
      (t, a, b) => t.op('Einsum', [a, b], { equation: 'bihd,bjhd->bhij' }),
    ),
    on(
      'a sum that only one operand has',
      [
        [2, 3],
        [2, 4],
      ],
      (t, a, b) => t.op('Einsum', [a, b], { equation: 'ij,ik->k' }),
    ),
    on('one operand', [[2, 3, 4]], (t, a) => t.op('Einsum', [a], { equation: 'ijk->kj' })),
  ],

  Conv: [
    on('3×3', [[1, 2, 5, 4], [3, 2, 3, 3], [3]], (t, x, w, b) => t.conv(x, w!, b, { pads: 1 })),
    on(
      '3×3 without padding, batch 2',
      [
        [2, 2, 5, 4],
        [3, 2, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!),
    ),
    on(
      'more channels than results, uneven padding, dilated',
      [
        [2, 3, 6, 7],
        [2, 3, 2, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { pads: [1, 0, 0, 2], dilations: [1, 2] }),
    ),
    on(
      'more channels than results on a large map',
      [
        [1, 3, 11, 11],
        [2, 3, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { pads: 1 }),
    ),
    on('1×1', [[2, 3, 4, 4], [4, 3, 1, 1], [4]], (t, x, w, b) => t.conv(x, w!, b)),
    on('stride 2', [[2, 2, 6, 6], [3, 2, 3, 3], [3]], (t, x, w, b) => t.conv(x, w!, b, { pads: 1, strides: 2 })),
    on(
      'stride 2 of an odd picture',
      [
        [1, 2, 7, 5],
        [3, 2, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { strides: 2 }),
    ),
    on(
      'stride 2 with uneven padding',
      [
        [1, 2, 6, 6],
        [2, 2, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { strides: 2, pads: [0, 0, 1, 1] }),
    ),
    on(
      'stride 3 and 1',
      [
        [1, 1, 8, 5],
        [2, 1, 2, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { strides: [3, 1] }),
    ),
    on(
      'dilated',
      [
        [1, 2, 7, 7],
        [2, 2, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { dilations: 2, pads: 2 }),
    ),
    on(
      'more padding than kernel',
      [
        [1, 1, 3, 3],
        [2, 1, 1, 1],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { pads: 1 }),
    ),
    on('in groups', [[2, 4, 4, 4], [6, 2, 3, 3], [6]], (t, x, w, b) => t.conv(x, w!, b, { group: 2, pads: 1 })),
    on('of a large picture', [[1, 2, 11, 12], [3, 2, 3, 3], [3]], (t, x, w, b) => t.conv(x, w!, b, { pads: 1 })),
    on(
      'of a large picture with stride 2',
      [
        [2, 2, 21, 23],
        [1, 2, 3, 3],
      ],
      (t, x, w) => t.conv(x, w!, undefined, { pads: 1, strides: 2 }),
    ),
    on('of a signal', [[2, 3, 7], [4, 3, 3], [4]], (t, x, w, b) => t.conv(x, w!, b, { pads: 1 })),
  ],
  ConvTranspose: [
    on('stride 2', [[2, 3, 4, 4], [3, 2, 4, 4], [2]], (t, x, w, b) =>
      t.convTranspose(x, w!, b, { strides: 2, pads: 1 }),
    ),
    on(
      'with output padding',
      [
        [1, 2, 3, 4],
        [2, 3, 3, 3],
      ],
      (t, x, w) => t.convTranspose(x, w!, undefined, { strides: 2, pads: 1, outputPadding: [1, 1] }),
    ),
    on('in groups', [[1, 4, 3, 3], [4, 1, 3, 3], [2]], (t, x, w, b) => t.convTranspose(x, w!, b, { group: 2 })),
  ],
  AveragePool: [
    on('2×2 tiles', [[2, 3, 4, 4]], (t, x) => t.averagePool(x, [2, 2])),
    on('overlapping', [[1, 2, 5, 6]], (t, x) => t.averagePool(x, [3, 3], [2, 1])),
    on('with counted padding', [[1, 2, 4, 4]], (t, x) =>
      t.op('AveragePool', [x], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    ),
  ],
  GlobalAveragePool: [on('a picture', [[2, 3, 4, 5]], (t, x) => t.op('GlobalAveragePool', [x]))],
  Resize: [
    on('nearest ×2', [[2, 3, 2, 3]], (t, x) => t.resizeNearest(x)),
    on('nearest ×3', [[1, 2, 2, 2]], (t, x) => t.resizeNearest(x, 3)),
    on('nearest ×1.5', [[1, 2, 4, 4]], resize('nearest', 'asymmetric', 'floor', [1, 1, 1.5, 1.5])),
    on('nearest ×½', [[1, 2, 4, 6]], resize('nearest', 'half_pixel', 'round_prefer_floor', [1, 1, 0.5, 0.5])),
    on('nearest by half pixels', [[2, 1, 3, 3]], resize('nearest', 'half_pixel', 'round_prefer_ceil', [1, 1, 2, 2])),
    on('nearest upwards', [[1, 1, 3, 3]], resize('nearest', 'asymmetric', 'ceil', [1, 1, 2, 2])),
    on('linear ×2', [[2, 2, 3, 4]], resize('linear', 'half_pixel', 'floor', [1, 1, 2, 2])),
    on('linear ×½', [[1, 2, 4, 6]], resize('linear', 'pytorch_half_pixel', 'floor', [1, 1, 0.5, 0.5])),
    on('linear with aligned corners', [[1, 2, 3, 3]], resize('linear', 'align_corners', 'floor', [1, 1, 2, 2])),
    on('to sizes', [[1, 2, 3, 4]], (t, x) =>
      t.op('Resize', [x, undefined, undefined, t.integers([1, 2, 6, 4])], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
    ),
  ],

  InstanceNormalization: [
    on('a picture', [[2, 3, 4, 4], [3], [3]], (t, x, g, b) => t.instanceNorm(x, g!, b!), { range: [0.2, 1] }),
    on('one sample of rows', [[1, 2, 7], [2], [2]], (t, x, g, b) => t.instanceNorm(x, g!, b!, 1e-3)),
    on('inside GroupNorm', [[2, 4, 3, 3], [4], [4]], (t, x, g, b) => t.groupNorm(x, g!, b!, 2)),
    on('inside GroupNorm, far from zero', [[2, 4, 3, 3], [4], [4]], (t, x, g, b) => t.groupNorm(x, g!, b!, 2), {
      range: [4, 6],
    }),
    on('inside GroupNorm whose normalized input is used twice', [[1, 4, 2, 2], [4], [4]], (t, x, g, b) => {
      const y = t.groupNorm(x, g!, b!, 2)
      const n = t.nodes.findLast(node => node.op === 'Mul')!.inputs[0]!
      return t.add(y, t.value(n))
    }),
  ],
  LayerNormalization: [
    on('the last axis', [[2, 3, 6], [6], [6]], (t, x, g, b) => t.layerNorm(x, g!, b!)),
    on('without β', [[1, 5], [5]], (t, x, g) => t.layerNorm(x, g!)),
    on(
      'two axes',
      [
        [2, 3, 4],
        [3, 4],
        [3, 4],
      ],
      (t, x, g, b) => t.op('LayerNormalization', [x, g, b], { axis: 1 }),
    ),
  ],

  ReduceSum: [
    on('everything', [[2, 3]], (t, x) => t.reduceSum(x)),
    on('one axis', [[2, 3, 4]], (t, x) => t.reduceSum(x, [1])),
    on('two axes, kept', [[2, 3, 4]], (t, x) => t.reduceSum(x, [0, -1], { keepDims: true })),
  ],
  ReduceMean: [
    on('everything', [[2, 3]], (t, x) => t.reduceMean(x)),
    on('two axes', [[2, 3, 4]], (t, x) => t.reduceMean(x, [1, 2])),
    on('axes as an input', [[1, 3, 4]], (t, x) => t.reduceMean(x, [-1], { keepDims: true }), { opset: 18 }),
  ],
  ReduceSumSquare: [on('one axis', [[2, 3]], (t, x) => t.op('ReduceSumSquare', [x], { axes: [1] }))],
  ReduceL2: [on('one axis', [[2, 3]], (t, x) => t.op('ReduceL2', [x], { axes: [1], keepdims: 0 }))],
  ReduceMax: [on('one axis', [[3, 4]], (t, x) => t.op('ReduceMax', [x], { axes: [1] }), spaced)],
  ReduceMin: [on('everything', [[3, 4]], (t, x) => t.op('ReduceMin', [x], { keepdims: 0 }), spaced)],

  Reshape: [on('to rows', [[2, 3, 4]], (t, x) => t.reshape(x, [6, 4]))],
  Squeeze: [on('the middle', [[2, 1, 3]], (t, x) => t.squeeze(x, [1]))],
  Unsqueeze: [on('both ends', [[2, 3]], (t, x) => t.unsqueeze(x, [0, 3]))],
  Flatten: [on('a picture', [[2, 3, 2, 2]], (t, x) => t.flatten(x))],
  Transpose: [
    on('a cycle', [[2, 3, 4]], (t, x) => t.transpose(x, [1, 2, 0])),
    on('reversed', [[2, 3, 4]], (t, x) => t.op('Transpose', [x])),
  ],
  Concat: [
    on(
      'three parts',
      [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
      (t, a, b, c) => t.concat([a, b!, c!], -1),
    ),
  ],
  Split: [
    on('both halves', [[2, 4]], (t, x) => {
      const [a, b] = t.split(x, 2, -1)
      return t.mul(a!, t.exp(b!))
    }),
    on('one part of three', [[5, 2]], (t, x) => t.split(x, [1, 3, 1], 0)[1]!),
  ],
  Slice: [
    on('a piece', [[4, 5]], (t, x) => t.slice(x, [1, -3], [3, 2 ** 31 - 1], [0, 1])),
    on('every second', [[7, 6]], (t, x) => t.slice(x, [1, 0], [7, 6], [0, 1], [2, 3])),
    on('backwards', [[5, 3]], (t, x) => t.slice(x, [-1], [-(2 ** 31)], [0], [-1])),
    on('backwards by twos', [[7]], (t, x) => t.slice(x, [5], [0], [0], [-2])),
  ],
  Pad: [
    on('all sides', [[2, 3]], (t, x) => t.pad(x, [1, 0, 2, 1], 0.5)),
    on('cropping one side', [[4, 4]], (t, x) => t.pad(x, [-1, 1, 0, 0])),
  ],
  Expand: [
    on('an axis of one', [[2, 1]], (t, x) => t.expand(x, [2, 3])),
    on('new axes', [[3]], (t, x) => t.expand(x, [2, 4, 3])),
  ],
  Tile: [on('two axes', [[2, 3]], (t, x) => t.tile(x, [2, 3]))],
  Gather: [
    on('rows of a table', [[5, 3]], (t, x) => t.gather(x, t.constant(int64([0, 4, 1, 1, 4, 0], [2, 3])))),
    on('columns, from the back', [[2, 4, 3]], (t, x) => t.gather(x, t.integers([-1, 0, 0]), 1)),
    on('one row', [[4, 2]], (t, x) => t.gather(x, t.scalar(2, 'int64'))),
    on('one row as a list', [[3, 4]], (t, x) => t.gather(x, t.integers([-1]), 1)),
  ],
}
