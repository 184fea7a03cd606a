/** Computes once, beforehand, what depends on constants only. */
import { byteLength, bytesOf } from '../codec.ts'
import { hasInference } from '../inference/index.ts'
import type { Graph, Model, Node } from '../model.ts'
import { isStored, type Tensor } from '../tensor.ts'
import { removeUnused } from '../unused.ts'
import { openModel } from './openModel.ts'

/** Runs a model without inputs. */
export type Evaluate = (model: Uint8Array) => Promise<Readonly<Record<string, Tensor>>>

export interface FoldOptions {
  /** A result larger than this, and larger than what it is made of, stays computed. */
  readonly maxBytes?: number
  /** Constants above this size are left alone, and so is what they are made into. */
  readonly maxInputBytes?: number
}

/** The runtime decides these anew on every run, or keeps its weights small by them. */
const neverFolded = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Bernoulli',
  'Multinomial',
  'DequantizeLinear',
  'If',
  'Loop',
  'Scan',
])

/**
 * Ensures that no node is left whose inputs are all constants in memory, except where its result would be much larger
 * than they are. `evaluate` is the runtime's own arithmetic, so that folding changes no bit.
 */
export async function fold(model: Model, evaluate: Evaluate, options: FoldOptions = {}): Promise<Model> {
  const { graph } = model
  const maxBytes = options.maxBytes ?? 2 ** 16
  const maxInputBytes = options.maxInputBytes ?? Number.POSITIVE_INFINITY
  const constants = new Set(
    [...graph.initializers].flatMap(([name, tensor]) =>
      isStored(tensor) || bytesIn(tensor) > maxInputBytes ? [] : [name],
    ),
  )
  const foldable = graph.nodes.filter(node => {
    if (neverFolded.has(node.op) || !hasInference(node)) return false
    if (!node.inputs.every(name => name === '' || constants.has(name))) return false
    for (const name of node.outputs) constants.add(name)
    return true
  })
  const wanted = resultsUsedBy(graph, foldable)
  if (wanted.length === 0) return model

  const results = await evaluate(encodeConstants(model, foldable, wanted))
  const made = new Map<string, Tensor>()
  for (const name of wanted) {
    const tensor = results[name]
    if (tensor === undefined) throw new Error(`The runtime gave no "${name}" when constants were folded`)
    if (bytesIn(tensor) <= Math.max(maxBytes, bytesBehind(graph, foldable, name))) made.set(name, tensor)
  }
  const rest = graph.nodes.filter(node => !node.outputs.every(name => made.has(name)))
  return {
    ...model,
    graph: removeUnused({ ...graph, nodes: rest, initializers: new Map([...graph.initializers, ...made]) }),
  }
}

/** Names of what the folded nodes give to all others. */
function resultsUsedBy(graph: Graph, foldable: readonly Node[]): string[] {
  const folded = new Set(foldable)
  const used = new Set(graph.outputs.map(output => output.name))
  for (const node of graph.nodes) {
    if (!folded.has(node)) for (const name of node.inputs) used.add(name)
  }
  return foldable.flatMap(node => node.outputs.filter(name => used.has(name)))
}

/** Nodes that need nothing but constants, as a model of their own. The tape infers the types of its outputs. */
function encodeConstants(model: Model, nodes: readonly Node[], wanted: readonly string[]): Uint8Array {
  const outputs = wanted.map(name => ({ name, dtype: 'float32', shape: [] }) as const)
  const graph = removeUnused({ ...model.graph, nodes, inputs: [], outputs })
  const t = openModel({ ...model, graph })
  return t.encode(Object.fromEntries(wanted.map(name => [name, t.value(name)])))
}

const bytesIn = (tensor: Tensor) => (tensor.dtype === 'string' ? 0 : bytesOf(tensor).length)

/** Bytes of the constants that a result is made of. */
function bytesBehind(graph: Graph, nodes: readonly Node[], result: string): number {
  const needed = removeUnused({
    ...graph,
    nodes,
    outputs: [{ name: result, dtype: 'float32', shape: [] }],
  })
  return [...needed.initializers.values()].reduce(
    (sum, { dtype, dims }) => sum + (dtype === 'string' ? 0 : byteLength(dtype, dims)),
    0,
  )
}
