import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesOf, decodeModel, encodeModel, tensorFromBytes } from '../../onnx/codec.ts'
import type { Graph, Model } from '../../onnx/model.ts'
import { Tape } from '../../onnx/tape/tape.ts'
import { float32, int64, isStored, type Tensor } from '../../onnx/tensor.ts'
import { exportedModels, fixtures, load, run } from './files.ts'

function modelOf(graph: Partial<Graph>): Model {
  return {
    irVersion: 8,
    opsets: { '': 17, 'com.microsoft': 1 },
    producer: { name: 'test', version: '1' },
    metadata: { author: 'somebody' },
    functions: [],
    graph: { name: 'g', nodes: [], inputs: [], outputs: [], initializers: new Map(), valueInfo: new Map(), ...graph },
  }
}

const everyType: Record<string, Tensor> = {
  float32: float32([1.5, -0], [2]),
  float64: { dtype: 'float64', dims: [1], data: Float64Array.of(Math.PI) },
  float16: { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xfbff) },
  bfloat16: { dtype: 'bfloat16', dims: [1], data: Uint16Array.of(0x3f80) },
  int8: { dtype: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
  int16: { dtype: 'int16', dims: [1], data: Int16Array.of(-32768) },
  int32: { dtype: 'int32', dims: [1], data: Int32Array.of(-(2 ** 31)) },
  int64: { dtype: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  uint8: { dtype: 'uint8', dims: [0], data: new Uint8Array() },
  uint16: { dtype: 'uint16', dims: [1], data: Uint16Array.of(65535) },
  uint32: { dtype: 'uint32', dims: [1], data: Uint32Array.of(2 ** 32 - 1) },
  uint64: { dtype: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  bool: { dtype: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
  string: { dtype: 'string', dims: [2], data: ['', 'größer'] },
  int4: { dtype: 'int4', dims: [3], data: Uint8Array.of(0x21, 0x03) },
}

describe('a model written and read again', () => {
  it('is the same, with every element type and kind of attribute', () => {
    const inner = modelOf({ outputs: [{ name: 'o', dtype: 'bool', shape: [] }] }).graph
    const model = modelOf({
      nodes: [
        {
          op: 'If',
          domain: 'com.microsoft',
          name: 'n',
          inputs: ['a', '', 'b'],
          outputs: ['c'],
          attributes: {
            i: { type: 'int', value: -1 },
            large: { type: 'ints', value: [2n ** 63n - 1n, 0, -(2n ** 63n)] },
            f: { type: 'float', value: 0.5 },
            fs: { type: 'floats', value: [0.25, -2] },
            s: { type: 'string', value: 'nearest' },
            ss: { type: 'strings', value: ['a', ''] },
            none: { type: 'ints', value: [] },
            t: { type: 'tensor', value: int64([7], [1]) },
            ts: { type: 'tensors', value: [float32([1], [])] },
            g: { type: 'graph', value: inner },
            gs: { type: 'graphs', value: [inner, inner] },
          },
          metadata: { 'pkg.torch.onnx.name_scopes': "['']" },
        },
      ],
      inputs: [
        { name: 'a', dtype: 'float32', shape: ['batch', 3, '?'] },
        { name: 'b', dtype: 'int64', shape: [] },
      ],
      outputs: [{ name: 'c', dtype: 'float16', shape: [], unranked: true }],
      initializers: new Map(Object.entries(everyType)),
      valueInfo: new Map([['v', { name: 'v', dtype: 'float32', shape: [0] }]]),
    })
    expect(decodeModel(encodeModel(model))).toEqual(model)
  })

  it.each(exportedModels)('keeps every byte of every weight of %s', file => {
    const model = decodeModel(readFileSync(join(fixtures, file)))
    const again = decodeModel(encodeModel(model))
    expect(again.graph.nodes).toEqual(model.graph.nodes)
    expect({ ...again, graph: null }).toEqual({ ...model, graph: null })
    expect([...again.graph.initializers.keys()]).toEqual([...model.graph.initializers.keys()])
    for (const [name, tensor] of model.graph.initializers) {
      const other = again.graph.initializers.get(name)!
      if (isStored(tensor) || isStored(other)) expect(other).toEqual(tensor)
      else expect(Buffer.compare(bytesOf(other), bytesOf(tensor)), name).toBe(0)
    }
  })

  it('reads the typed fields that older writers use', () => {
    // TensorProto: dims = [2], data_type = INT64, int64_data = [1, −1], name = "n"; inside graph and model.
    const tensor = [0x08, 2, 0x10, 7, 0x38, 1, 0x38, ...Array(9).fill(0xff), 1, 0x42, 1, 0x6e]
    const graph = [0x2a, tensor.length, ...tensor]
    const bytes = Uint8Array.from([0x08, 3, 0x3a, graph.length, ...graph])
    expect(decodeModel(bytes).graph.initializers.get('n')).toEqual(int64([1, -1], [2]))
  })
})

describe('weights beside the model', () => {
  const big = float32(
    Array.from({ length: 300 }, (_, at) => at),
    [300],
  )
  const model = modelOf({
    nodes: [{ op: 'Add', domain: '', name: 'add', inputs: ['x', 'big'], outputs: ['y'], attributes: {} }],
    inputs: [{ name: 'x', dtype: 'float32', shape: [300] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: [300] }],
    initializers: new Map<string, Tensor>([
      ['big', big],
      ['also', big],
      ['small', float32([1], [1])],
    ]),
  })
  const write = () => {
    const file = new Uint8Array(4096)
    let end = 0
    const bytes = encodeModel(model, {
      external: {
        file: 'model.onnx_data',
        write(part, offset) {
          expect(offset % 64).toBe(0)
          expect(offset).toBeGreaterThanOrEqual(end)
          file.set(part, offset)
          end = offset + part.length
        },
      },
    })
    return { bytes, file }
  }

  it('are written apart, and are views of the file when they are read', () => {
    const { bytes, file } = write()
    expect(bytes.length).toBeLessThan(600)
    const again = decodeModel(bytes, { external: (_, offset, length) => file.subarray(offset, offset + length) })
    const found = again.graph.initializers.get('big') as Tensor
    expect(found).toEqual(big)
    expect((found.data as Float32Array).buffer).toBe(file.buffer)
    expect(again.graph.initializers.get('small')).toEqual(float32([1], [1]))
  })

  it('stay where they are when a graph is only edited', () => {
    const { bytes } = write()
    const stored = decodeModel(bytes)
    expect(stored.graph.initializers.get('big')).toEqual({
      dtype: 'float32',
      dims: [300],
      stored: { file: 'model.onnx_data', offset: 0, bytes: 1200 },
    })
    expect(decodeModel(encodeModel(stored))).toEqual(stored)
  })

  it('of a real export are the same inside and beside', () => {
    const file = 'pipelines/older/unet/model.onnx'
    const whole = load(file)
    const parts: Uint8Array[] = []
    encodeModel(whole, { external: { file: 'weights.pb', minBytes: 0, write: part => parts.push(part) } })
    expect(parts.length).toBe(whole.graph.initializers.size)
    const left = decodeModel(readFileSync(join(fixtures, file)))
    expect([...left.graph.initializers.values()].filter(isStored).length).toBeGreaterThan(0)
    expect([...whole.graph.initializers.values()].filter(isStored).length).toBe(0)
  })
})

describe('what cannot be read', () => {
  it('is refused with words', () => {
    expect(() => decodeModel(Uint8Array.of(0xff, 0xff))).toThrow('Expected an ONNX model, got 2 bytes')
    expect(() => decodeModel(new Uint8Array())).toThrow('without one')
    expect(() => tensorFromBytes('float32', [2], new Uint8Array(4), 'w')).toThrow(
      'Expected 8 bytes for tensor "w" (float32 [2]), got 4',
    )
  })

  it('copies only what is not aligned', () => {
    const bytes = new Uint8Array(12)
    const odd = tensorFromBytes('float32', [2], bytes.subarray(1, 9))
    const even = tensorFromBytes('float32', [2], bytes.subarray(4))
    expect((odd.data as Float32Array).buffer).not.toBe(bytes.buffer)
    expect((even.data as Float32Array).buffer).toBe(bytes.buffer)
  })

  it('puts nodes that a tool appended at the end where they can run', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const model = t.model({ y: t.exp(t.neg(x)) })
    const shuffled = { ...model, graph: { ...model.graph, nodes: model.graph.nodes.toReversed() } }
    const again = decodeModel(encodeModel(shuffled))
    expect(again.graph.nodes).toEqual(model.graph.nodes)
    const { y } = await run(encodeModel(again), { x: { dtype: 'float32', dims: [2], data: Float32Array.of(0, 1) } })
    expect(y!.data[0]).toBe(1)
  })
})
