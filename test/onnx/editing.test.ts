import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../onnx/codec.ts'
import {
  bypass,
  checked,
  consumersOf,
  freeName,
  insertOnEdge,
  makeNode,
  removeUnused,
  renameValue,
  replaceNode,
  setInitializer,
  setInput,
} from '../../onnx/editing.ts'
import type { Graph, Model } from '../../onnx/model.ts'
import { float32 } from '../../onnx/tensor.ts'
import { run } from './files.ts'

/** y = −eˣ, and z = eˣ as well. */
const graph: Graph = {
  name: 'g',
  nodes: [makeNode('Exp', ['x'], ['e']), makeNode('Neg', ['e'], ['y']), makeNode('Identity', ['e'], ['z'])],
  inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
  outputs: ['y', 'z'].map(name => ({ name, dtype: 'float32', shape: [1] })),
  initializers: new Map(),
  valueInfo: new Map([['e', { name: 'e', dtype: 'float32', shape: [1] }]]),
}

async function at(x: number, edited: Graph) {
  const model: Model = {
    irVersion: 8,
    opsets: { '': 17 },
    producer: { name: '', version: '' },
    metadata: {},
    functions: [],
    graph: checked(edited),
  }
  const results = await run(encodeModel(model), { x: { dtype: 'float32', dims: [1], data: Float32Array.of(x) } })
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Number(data[0])]))
}

const plusOne = (value: string) => ({ nodes: [makeNode('Add', [value, 'one'], ['more'])], result: 'more' })
const withOne = setInitializer(graph, 'one', float32([1], [1]))

describe('insertOnEdge', () => {
  it('gives the new value to all who used the old one', async () => {
    expect(await at(0, insertOnEdge(withOne, 'e', plusOne))).toEqual({ y: -2, z: 2 })
  })

  it('or only to some of them', async () => {
    const edited = insertOnEdge(withOne, 'e', plusOne, { only: consumer => consumer.op === 'Neg' })
    expect(await at(0, edited)).toEqual({ y: -2, z: 1 })
  })

  it('keeps the name of an output', async () => {
    expect(await at(0, insertOnEdge(withOne, 'y', plusOne))).toEqual({ y: 0, z: 1 })
  })

  it('goes behind an input, and behind everything that the new nodes take', async () => {
    expect(await at(0, insertOnEdge(withOne, 'x', plusOne))).toEqual({
      y: -Math.fround(Math.E),
      z: Math.fround(Math.E),
    })
    const late = insertOnEdge(
      graph,
      'x',
      value => ({ nodes: [makeNode('Add', [value, 'e'], ['more'])], result: 'more' }),
      {
        only: consumer => consumer.op === 'Tanh',
      },
    )
    expect(late.nodes.map(node => node.op)).toEqual(['Exp', 'Add', 'Neg', 'Identity'])
  })
})

describe('other verbs', () => {
  it('replaceNode wants every value back that is used', async () => {
    const exp = graph.nodes[0]!
    expect(await at(0, replaceNode(graph, exp, [makeNode('Cos', ['x'], ['e'])]))).toEqual({ y: -1, z: 1 })
    expect(() => replaceNode(graph, exp, [makeNode('Cos', ['x'], ['f'])])).toThrow(
      'What replaces Exp "e" must give "e" as well',
    )
  })

  it('bypass hands the input on, also to an output', async () => {
    expect(await at(3, bypass(graph, graph.nodes[0]!))).toEqual({ y: -3, z: 3 })
    expect(await at(0, bypass(graph, graph.nodes[1]!))).toEqual({ y: 1, z: 1 })
  })

  it('renameValue reaches every place', async () => {
    const renamed = renameValue(renameValue(graph, 'e', 'power'), 'y', 'result')
    expect([...renamed.valueInfo.keys()]).toEqual(['power'])
    expect(consumersOf(renamed, 'power').length).toBe(2)
    expect(await at(0, renamed)).toEqual({ result: -1, z: 1 })
    expect(() => renameValue(graph, 'e', 'x')).toThrow('The name "x" is taken')
    expect(() => renameValue(graph, 'nobody', 'n')).toThrow('No value is named "nobody" in graph "g"')
  })

  it('setInput declares anew or for the first time', () => {
    const declared = setInput(graph, { name: 'x', dtype: 'float32', shape: ['batch'] })
    expect(declared.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch'] }])
    expect(setInput(graph, { name: 'new', dtype: 'int64', shape: [] }).inputs.length).toBe(2)
    expect(() => setInput(graph, { name: 'e', dtype: 'int64', shape: [] })).toThrow('The name "e" is taken')
  })

  it('removeUnused and freeName', () => {
    const dead = { ...withOne, nodes: [...graph.nodes, makeNode('Exp', ['e'], ['e_1'])] }
    expect(removeUnused(dead)).toEqual(graph)
    expect(freeName(dead, 'e')).toBe('e_2')
    expect(freeName(dead, 'fresh')).toBe('fresh')
  })
})

describe('checked', () => {
  it('names what is wrong with a graph', () => {
    expect(() => checked({ ...graph, nodes: graph.nodes.toReversed() })).toThrow(
      'Identity "z" takes "e", which nothing before it gives',
    )
    expect(() => checked({ ...graph, nodes: [...graph.nodes, makeNode('Exp', ['x'], ['e'])] })).toThrow(
      'Exp "e" gives "e", which is already there',
    )
    expect(() => checked({ ...graph, nodes: graph.nodes.slice(0, 2) })).toThrow(
      'Output "z" of graph "g" comes from nowhere',
    )
  })
})
