import { describe, expect, it } from 'vitest'
import { product, Tape, type Value } from '../../onnx/tape/tape.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { cases } from './autograd/cases.ts'
import { run } from './files.ts'

const zeros = (dims: readonly number[]) => ({
  dtype: 'float32' as const,
  dims,
  data: new Float32Array(dims.reduce((count, size) => count * size, 1)).fill(0.5),
})

describe('shapes on the tape', () => {
  it.each(Object.entries(cases))('are those that the runtime finds: %s', async (_, list) => {
    for (const { shapes, opset, build } of list) {
      const t = new Tape(opset === undefined ? {} : { opset })
      const y = build(t, ...shapes.map((shape, at) => t.input(`x${at}`, 'float32', shape)))
      const feeds = Object.fromEntries(shapes.map((shape, at) => [`x${at}`, zeros(shape)]))
      const outputs = Object.fromEntries([...t.values.values()].filter(isResult(t)).map(value => [value.name, value]))
      const results = await run(t.encode(outputs), feeds)
      for (const [name, { dims, dtype }] of Object.entries(results)) {
        expect({ name, dims, dtype }).toEqual({ name, dims: t.value(name).shape, dtype: t.value(name).dtype })
      }
      expect(results[y.name]).toBeDefined()
    }
  })

  const network = (t: Tape, x: Value) => {
    const [batch, channels, height, width] = x.shape as [number, number, number, number]
    const gamma = t.parameter('gamma', float32(Array(channels).fill(1), [channels]))
    const kernel = t.parameter('kernel', float32(Array(channels * channels * 9).fill(0.1), [channels, channels, 3, 3]))
    const smaller = t.conv(t.silu(t.groupNorm(x, gamma, gamma, 2)), kernel, undefined, { strides: 2, pads: 1 })
    const larger = t.resizeNearest(smaller)
    const [, , tall, wide] = larger.shape
    const tokens = t.reshape(t.transpose(larger, [0, 2, 3, 1]), [batch, product(tall!, wide!), channels])
    const shares = t.softmax(t.matmul(tokens, t.transpose(tokens, [0, 2, 1])))
    const mixed = t.reshape(t.matmul(shares, tokens), [batch, tall!, wide!, channels])
    const row = t.expand(t.constant(float32([2], [1, 1])), [batch, height])
    return { pixels: t.transpose(mixed, [0, 3, 1, 2]), row, tokens: t.identity(tokens), width }
  }

  it('may have names: one graph for every size', async () => {
    const open = new Tape()
    const { pixels, row } = network(open, open.input('x', 'float32', ['batch', 4, 'height', 'width']))
    expect(pixels.shape).toEqual(['batch', 4, '2*(floor((height - 1)/2) + 1)', '2*(floor((width - 1)/2) + 1)'])
    expect(row.shape).toEqual(['batch', 'height'])
    const bytes = open.encode({ pixels, row })
    for (const dims of [
      [1, 4, 4, 6],
      [3, 4, 8, 2],
    ]) {
      const fixed = new Tape()
      const same = network(fixed, fixed.input('x', 'float32', dims))
      const x = { ...zeros(dims), data: zeros(dims).data.map((_, at) => Math.sin(at)) }
      const [named, numbered] = await Promise.all([
        run(bytes, { x }),
        run(fixed.encode({ pixels: same.pixels, row: same.row }), { x }),
      ])
      expect(named['pixels']!.dims).toEqual(same.pixels.shape)
      expect(named['row']!.dims).toEqual(same.row.shape)
      expect(named['pixels']!.data).toEqual(numbered['pixels']!.data)
    }
  })

  it('that do not fit are refused with operator, node and shapes', () => {
    const t = new Tape()
    const a = t.input('a', 'float32', [2, 3])
    const b = t.input('b', 'float32', [4, 3])
    expect(() => t.scope('block', () => t.add(a, b))).toThrow(
      'Add "/block/Add" cannot take (float32 [2, 3], float32 [4, 3]): Shapes [2, 3] and [4, 3] do not broadcast',
    )
    expect(() => t.matmul(a, b)).toThrow('the inner sizes differ: 3 and 4')
    expect(() => t.reshape(a, [4, 2])).toThrow('6 elements do not fill [4, 2]')
    expect(() => t.concat([a, b], 1)).toThrow('sizes along axis 0 differ: 2, 4')
    expect(() => t.add(a, t.cast(a, 'float64'))).toThrow('expected operands of one type, got float32 and float64')
    expect(() => t.op('Unheard', [a])).toThrow('No shape rule for Unheard "/Unheard"')
  })

  it('may be told for operators that have no rule', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const y = t.op('QuickGelu', [x], { alpha: 1 }, { domain: 'com.microsoft', types: [x] })
    const { out } = await run(t.encode({ out: y }), { x: zeros([2]) })
    expect(out!.data[0]).toBeCloseTo(0.5 / (1 + Math.exp(-0.5)), 6)
  })
})

describe('names on the tape', () => {
  it('follow modules, as exporters write them', () => {
    const t = new Tape()
    const x = t.input('sample', 'float32', [1, 2, 4, 4])
    const y = t.scope('down_blocks.0', () =>
      t.scope('resnets.0', () => {
        const twice = (value: Value) =>
          t.scope('conv1', () => t.conv(value, t.parameter('weight', float32([1, 2, 3, 4], [2, 2, 1, 1]))))
        return twice(x)
      }),
    )
    expect(t.nodes.map(node => node.name)).toEqual(['/down_blocks.0/resnets.0/conv1/Conv'])
    expect(y.name).toBe('/down_blocks.0/resnets.0/conv1/Conv_output_0')
    expect([...t.initializers.keys()]).toEqual(['down_blocks.0.resnets.0.conv1.weight'])
  })

  it('are never given twice', () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    expect(new Set([t.neg(x), t.neg(x), t.neg(x)].map(value => value.name)).size).toBe(3)
    expect(() => t.input('x', 'float32', [2])).toThrow('The name "x" is taken')
  })

  it('of parameters give back the same weight, and only the same', () => {
    const t = new Tape()
    const weight = float32([1, 2], [2])
    expect(t.parameter('w', weight)).toBe(t.parameter('w', weight))
    expect(() => t.parameter('w', float32([1, 2], [2]))).toThrow('Parameter "w" is already there with another tensor')
  })

  it('of outputs may be chosen, for inputs and constants and for one value twice', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [1])
    const y = t.add(x, 1)
    const results = await run(t.encode({ once: y, again: y, input: x, two: t.constant(float32([2], [1])) }), {
      x: zeros([1]),
    })
    expect(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data[0]]))).toEqual({
      once: 1.5,
      again: 1.5,
      input: 0.5,
      two: 2,
    })
  })
})

describe('a model from the tape', () => {
  it('holds only what its outputs need, and equal constants once', () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2, 2])
    t.parameter('unused', float32([1], [1]))
    t.exp(t.neg(x))
    const y = t.add(t.mul(x, 3), 3)
    const { graph } = t.model({ y })
    expect(graph.nodes.map(node => node.op)).toEqual(['Mul', 'Add'])
    expect([...graph.initializers.keys()]).toEqual(['scalar'])
  })

  it('takes trainable weights as inputs and the others as constants', () => {
    const t = new Tape({ trainable: name => name.endsWith('A') })
    const x = t.input('x', 'float32', [1, 2])
    const y = t.matmul(
      t.matmul(x, t.parameter('A', float32([1, 2], [2, 1]))),
      t.parameter('B', float32([1, 2], [1, 2])),
    )
    const { graph } = t.model({ y })
    expect(graph.inputs.map(input => input.name)).toEqual(['x', 'A'])
    expect([...graph.initializers.keys()]).toEqual(['B'])
    expect(t.parameters.get('A')!.data).toEqual(Float32Array.of(1, 2))
  })

  it('refuses operator sets that it cannot write', () => {
    expect(() => new Tape({ opset: 11 })).toThrow('Expected operator set 13 or newer, got 11')
    expect(() => float32([1], [2])).toThrow('Expected 2 elements for dims [2], got 1')
    expect(int64([3], [1]).data).toEqual(BigInt64Array.of(3n))
  })
})

function isResult(t: Tape): (value: Value) => boolean {
  const produced = new Set(t.nodes.flatMap(node => node.outputs))
  return value => produced.has(value.name)
}
