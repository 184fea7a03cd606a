/** Decomposing, specialising, folding: what a pass gives computes what the model computed before. */
import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../onnx/codec.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import type { Model } from '../../onnx/model.ts'
import { decompositions } from '../../onnx/tape/decompositions.ts'
import { fold } from '../../onnx/tape/folding.ts'
import { openModel, specialise } from '../../onnx/tape/openModel.ts'
import { Tape, type Value } from '../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import { randomNumbers } from './autograd/check.ts'
import { evaluate, exportedModels, load, relativeDistance, run } from './files.ts'

interface Newer {
  readonly opset: number
  readonly shapes: readonly (readonly number[])[]
  build(t: Tape, inputs: readonly Value[]): Value
}

const unary = (op: string, opset: number, attributes = {}, domain = ''): Newer => ({
  opset,
  shapes: [[2, 4, 3]],
  build: (t, inputs) => t.op(op, inputs, attributes, domain === '' ? {} : { domain, types: [inputs[0]!] }),
})

const newer: Readonly<Record<string, readonly Newer[]>> = {
  GroupNormalization: [
    { opset: 18, shapes: [[2, 4, 3, 3], [2], [2]], build: (t, x) => t.op('GroupNormalization', x, { num_groups: 2 }) },
    { opset: 21, shapes: [[2, 4, 3, 3], [4], [4]], build: (t, x) => t.op('GroupNormalization', x, { num_groups: 2 }) },
  ],
  BatchNormalization: [
    {
      opset: 17,
      shapes: [[2, 4, 3, 3], [4], [4], [4]],
      build: (t, [x, gamma, beta, mean]) =>
        t.op('BatchNormalization', [x, gamma, beta, mean, t.constant(float32([1, 2, 3, 4], [4]))]),
    },
  ],
  RMSNormalization: [
    { opset: 23, shapes: [[2, 3, 6], [6]], build: (t, x) => t.op('RMSNormalization', x, { axis: -1 }) },
  ],
  Attention: [
    {
      opset: 23,
      shapes: [
        [2, 2, 3, 4],
        [2, 2, 5, 4],
        [2, 2, 5, 4],
      ],
      build: (t, x) => t.op('Attention', x),
    },
    {
      opset: 23,
      shapes: [
        [2, 3, 8],
        [2, 5, 8],
        [2, 5, 6],
        [3, 5],
      ],
      build: (t, x) => t.op('Attention', x, { q_num_heads: 2, kv_num_heads: 2, scale: 0.3 }),
    },
  ],
  Gelu: [unary('Gelu', 20), unary('Gelu', 20, { approximate: 'tanh' })],
  'com.microsoft.Gelu': [unary('Gelu', 17, {}, 'com.microsoft')],
  'com.microsoft.QuickGelu': [unary('QuickGelu', 17, { alpha: 1.5 }, 'com.microsoft')],
  Swish: [unary('Swish', 24, { alpha: 1.5 })],
  Mish: [unary('Mish', 18)],
  HardSwish: [unary('HardSwish', 17)],
  HardSigmoid: [unary('HardSigmoid', 17, { alpha: 0.3, beta: 0.4 })],
  Elu: [unary('Elu', 17, { alpha: 0.7 })],
  ReduceL1: [unary('ReduceL1', 17, { axes: [1] }), unary('ReduceL1', 18)],
  CastLike: [{ opset: 17, shapes: [[2, 3], [1]], build: (t, x) => t.op('CastLike', x) }],
  Dropout: [unary('Dropout', 17)],
}

const size = (dims: readonly number[]) => dims.reduce((count, each) => count * each, 1)

describe('decomposing', () => {
  it('has a case for every operator that it replaces', () => {
    expect(Object.keys(newer).sort()).toEqual(Object.keys(decompositions).sort())
  })

  it.each(Object.entries(newer))('%s computes the same and is gone', async (op, list) => {
    for (const { opset, shapes, build } of list) {
      const t = new Tape({ opset })
      const inputs = shapes.map((shape, at) => t.input(`x${at}`, 'float32', shape))
      const model = t.model({ y: build(t, inputs) })
      const plain = specialise(model, { decompose: true })
      const name = op.split('.').at(-1)
      expect(plain.graph.nodes.filter(node => node.op === name)).toEqual([])
      const random = randomNumbers(4)
      const feeds = Object.fromEntries(
        shapes.map((dims, at) => [`x${at}`, { dtype: 'float32' as const, dims, data: random(size(dims)) }]),
      )
      const [expected, found] = [await run(encodeModel(model), feeds), await run(encodeModel(plain), feeds)]
      expect(found['y']!.dims).toEqual(expected['y']!.dims)
      expect(relativeDistance(found['y']!.data as Float32Array, expected['y']!.data as Float32Array)).toBeLessThan(1e-5)
    }
  })
})

const numbersOf = (tensor: Tensor) =>
  tensor.dtype === 'float16' ? halfToFloat(tensor.data) : (tensor.data as Float32Array)

/** Some number for every size that the fixtures leave open. */
function sizesOf(model: Model, file: string): Record<string, number> {
  const names = model.graph.inputs.flatMap(input => input.shape).filter(each => typeof each === 'string')
  const channels = file.includes('vae_encoder') ? 3 : 4
  const known: Record<string, number> = { channels, num_channels: channels }
  return Object.fromEntries(
    names.map(name => {
      if (name in known) return [name, known[name]!]
      if (/batch|steps/.test(name)) return [name, 2]
      return [name, /sequence/.test(name) ? 7 : name.includes('*') ? 8 : 16]
    }),
  )
}

function feedsOf(model: Model): Record<string, Tensor> {
  const random = randomNumbers(11)
  return Object.fromEntries(
    model.graph.inputs.map(({ name, dtype, shape }) => {
      const dims = shape as readonly number[]
      const numbers = random(size(dims))
      if (dtype === 'int64')
        return [name, { dtype, dims, data: BigInt64Array.from(numbers, each => BigInt(Math.round(50 + 40 * each))) }]
      if (dtype === 'int32') return [name, { dtype, dims, data: Int32Array.from(numbers, each => 50 + 40 * each) }]
      // Halves between 1 and 2, by their bits.
      if (dtype === 'float16')
        return [name, { dtype, dims, data: Uint16Array.from(numbers, each => 0x3c00 + 500 * (each + 1)) }]
      return [name, { dtype: 'float32', dims, data: numbers }]
    }),
  )
}

/** A safety checker is run as it is: nothing learns through it. */
const specialised = exportedModels.filter(file => !file.includes('safety_checker'))

describe('a real export', () => {
  it.each(specialised)('%s specialised and folded computes the same', async file => {
    const whole = load(file)
    const sizes = sizesOf(whole, file)
    const drawsItsOwnNoise = whole.graph.nodes.some(node => node.op.startsWith('RandomNormal'))
    const fixed = await fold(specialise(await fold(whole, evaluate), { sizes }), evaluate)

    const left = new Set(fixed.graph.nodes.map(node => node.op))
    for (const op of ['Shape', 'ConstantOfShape', 'Constant', 'Range']) expect(left).not.toContain(op)
    expect(fixed.graph.nodes.length).toBeLessThan(whole.graph.nodes.length)
    const feeds = feedsOf(fixed)
    const [expected, found] = [await run(encodeModel(whole), feeds), await run(encodeModel(fixed), feeds)]
    for (const output of fixed.graph.outputs) {
      const { dims } = found[output.name]!
      expect(dims).toEqual(output.shape)
      expect(dims).toEqual(expected[output.name]!.dims)
      if (drawsItsOwnNoise) continue
      const distance = relativeDistance(numbersOf(found[output.name]!), numbersOf(expected[output.name]!))
      expect(distance, output.name).toBeLessThan(output.dtype === 'float16' ? 1e-2 : 1e-5)
    }
  })

  it('may leave some sizes open', async () => {
    const model = load('gradients/torchscript.onnx')
    const open = specialise(model, { sizes: { batch: 2, sequence: 3 }, decompose: true })
    const [sample] = open.graph.inputs
    expect(sample!.shape).toEqual([2, 4, 'height', 'width'])
    const random = randomNumbers(2)
    const feeds: Record<string, Tensor> = {
      sample: { dtype: 'float32', dims: [2, 4, 8, 4], data: random(256) },
      timestep: { dtype: 'int64', dims: [2], data: BigInt64Array.of(1n, 900n) },
      encoder_hidden_states: { dtype: 'float32', dims: [2, 3, 6], data: random(36) },
      timestep_cond: { dtype: 'float32', dims: [2, 5], data: random(10) },
    }
    const [expected, found] = [await run(encodeModel(model), feeds), await run(encodeModel(open), feeds)]
    const [a, b] = [found, expected].map(each => each['out_sample']!.data as Float32Array)
    expect(relativeDistance(a!, b!)).toBeLessThan(1e-6)
  })

  it('refuses inputs that it does not have', () => {
    const model = load('gradients/dynamo.onnx')
    expect(() => openModel(model, { inputs: { samples: [1] } })).toThrow(
      'No input is named "samples"; the model has "sample"',
    )
  })
})

describe('folding', () => {
  it('computes constants, but not into something much larger', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [1])
    const small = t.exp(t.parameter('w', float32([0, 1], [2])))
    const large = t.expand(t.parameter('one', float32([1], [1])), [300, 300])
    const model = await fold(t.model({ y: t.add(x, small), z: t.add(x, large) }), evaluate)
    expect(model.graph.nodes.map(node => node.op).sort()).toEqual(['Add', 'Add', 'Expand'])
    const { y } = await run(encodeModel(model), { x: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } })
    expect(y!.data[1]).toBeCloseTo(1 + Math.E, 6)
  })

  it('leaves a model without constants alone', async () => {
    const t = new Tape()
    const model = t.model({ y: t.neg(t.input('x', 'float32', [1])) })
    expect(await fold(model, evaluate)).toBe(model)
  })
})
