import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeModel, encodeModel } from '../../onnx/codec.ts'
import { floatToHalf } from '../../onnx/float16.ts'
import type { Graph, Model } from '../../onnx/model.ts'
import { readModelFile } from '../../onnx/modelFile.ts'
import { repackModel } from '../../onnx/repack.ts'
import { createSession } from '../../onnx/session.ts'
import { loadTensor, mapInitializers, readFrom } from '../../onnx/storedTensors.ts'
import { float32, int64, isStored, type Tensor } from '../../onnx/tensor.ts'
import { exportedModels, fixtures, load } from './files.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'model-file-'))
  folders.push(folder)
  return folder
}

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i))

function modelOf(graph: Partial<Graph>): Model {
  return {
    irVersion: 8,
    opsets: { '': 17 },
    producer: { name: 'test', version: '' },
    metadata: {},
    functions: [],
    graph: { name: 'g', nodes: [], inputs: [], outputs: [], initializers: new Map(), valueInfo: new Map(), ...graph },
  }
}

const node = (op: string, inputs: string[], output: string) =>
  ({ op, domain: '', name: output, inputs, outputs: [output], attributes: {} }) as const

function writtenModel(): string {
  const folder = emptyFolder()
  const model = modelOf({
    nodes: [node('MatMul', ['w', 'b'], 'sum'), node('MatMul', ['x', 'sum'], 'y')],
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, 32] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: [1, 32] }],
    initializers: new Map<string, Tensor>([
      ['w', float32(ramp(1024), [32, 32])],
      ['b', float32(ramp(1024), [32, 32])],
      ['unused', float32(ramp(1024), [1024])],
      ['list', int64(Array.from({ length: 300 }, (_, i) => i))],
    ]),
  })
  const file = join(folder, 'model.onnx')
  writeFileSync(file, encodeModel(model))
  return file
}

describe('a model file', () => {
  it.each(exportedModels)('%s: says the same of every tensor, and leaves the large ones where they are', file => {
    const path = join(fixtures, file)
    const slim = readModelFile(path)
    const read = readFrom(dirname(path))
    const loaded = { ...slim, graph: mapInitializers(slim.graph, tensor => loadTensor(tensor, read)) }
    expect(encodeModel(loaded)).toEqual(encodeModel(load(file)))
    const inMemory = [...slim.graph.initializers.values()].filter(tensor => !isStored(tensor))
    expect(inMemory.every(tensor => tensor.dtype === 'int64' || tensor.dims.reduce((a, b) => a * b, 1) < 1024)).toBe(
      true,
    )
  })

  it('keeps lists of integers inside, from which runtimes infer shapes', () => {
    const { initializers } = readModelFile(writtenModel()).graph
    expect(isStored(initializers.get('list')!)).toBe(false)
    expect(initializers.get('w')).toMatchObject({ stored: { file: 'model.onnx', bytes: 4096 } })
  })

  it('is mapped by the runtime where it lies', async () => {
    const file = writtenModel()
    const options = { externalDataFolder: dirname(file) }
    const session = await createSession(encodeModel(readModelFile(file)), options)
    const whole = await createSession(readFileSync(file))
    const x = float32(ramp(32), [1, 32])
    expect((await session.run({ x }))['y']).toEqual((await whole.run({ x }))['y'])
    await session.release()
    await whole.release()
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['words', Buffer.from('<!doctype html><title>Not found</title>')],
    ['a length beyond the end', Uint8Array.of(7 * 8 + 2, 255, 255, 255, 255, 15)],
    ['an endless number', new Uint8Array(40).fill(255)],
  ])('is refused if it is %s', (_what, bytes) => {
    const file = join(emptyFolder(), 'model.onnx')
    writeFileSync(file, bytes)
    expect(() => readModelFile(file)).toThrow(/Expected an ONNX model/)
  })
})

describe('a repacked model', () => {
  it('has its weights beside it, constants computed and what nobody needs left out', async () => {
    const file = writtenModel()
    const target = emptyFolder()
    const source = readModelFile(file)
    const valueInfo = new Map([['sum', { name: 'sum', dtype: 'float32', shape: [32, 32] } as const]])
    const model = { ...source, graph: { ...source.graph, valueInfo } }
    await repackModel(model, target, { read: readFrom(dirname(file)), constants: ['sum'] })

    const repacked = readModelFile(join(target, 'model.onnx'))
    expect(repacked.graph.nodes.map(({ op }) => op)).toEqual(['MatMul'])
    expect([...repacked.graph.initializers.keys()]).toEqual(['sum'])
    expect(repacked.graph.initializers.get('sum')).toMatchObject({
      stored: { file: 'weights', offset: 0, bytes: 4096 },
    })

    const session = await createSession(encodeModel(repacked), { externalDataFolder: target })
    const whole = await createSession(readFileSync(file))
    const x = float32(ramp(32), [1, 32])
    expect((await session.run({ x }))['y']).toEqual((await whole.run({ x }))['y'])
    await session.release()
    await whole.release()
  })

  it('is widened on the way, and refused by the encoder before', async () => {
    const [folder, target] = [emptyFolder(), emptyFolder()]
    writeFileSync(join(folder, 'halves'), new Uint8Array(floatToHalf(ramp(1024)).buffer))
    const stored = { file: 'halves', offset: 0, bytes: 2048, narrow: 'float16' } as const
    const model = modelOf({
      nodes: [node('Identity', ['w'], 'y')],
      outputs: [{ name: 'y', dtype: 'float32', shape: [1024] }],
      initializers: new Map([['w', { dtype: 'float32', dims: [1024], stored }]]),
    })
    expect(() => encodeModel(model)).toThrow(/"w" as float32 in halves, where it is float16/)
    await repackModel(model, target, { read: readFrom(folder) })
    const { graph } = decodeModel(readFileSync(join(target, 'model.onnx')))
    const { data } = loadTensor(graph.initializers.get('w')!, readFrom(target))
    expect(Math.max(...[...(data as Float32Array)].map((value, i) => Math.abs(value - Math.sin(i))))).toBeLessThan(5e-4)
  })

  it('says which constant has no type', async () => {
    const file = writtenModel()
    const repack = (constants: string[]) =>
      repackModel(readModelFile(file), emptyFolder(), { read: readFrom(dirname(file)), constants })
    await expect(repack(['sum'])).rejects.toThrow(/type of "sum"/)
  })
})
