/** UNets as quantizers and optimizers leave them, made of an ordinary one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { decodeModel, encodeModel } from '../../../onnx/codec.ts'
import { makeNode } from '../../../onnx/editing.ts'
import type { Graph, Model, Node } from '../../../onnx/model.ts'
import { float32, type Initializer, isStored } from '../../../onnx/tensor.ts'

/** The graph of a file, changed in place. */
export function editGraph(file: string, edit: (model: Model) => Model): void {
  writeFileSync(file, encodeModel(edit(decodeModel(readFileSync(file)))))
}

/** Products with a matrix of floats, each written otherwise. */
function withProducts(
  { graph, ...model }: Model,
  write: (node: Node, weight: Float32Array, dims: readonly number[]) => Pieces,
): Model {
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.flatMap(node => {
    const weight = node.op === 'MatMul' ? graph.initializers.get(node.inputs[1]!) : undefined
    if (!weight || isStored(weight) || !(weight.data instanceof Float32Array)) return [node]
    const written = write(node, weight.data, weight.dims)
    for (const [name, tensor] of Object.entries(written.constants)) initializers.set(name, tensor)
    return written.nodes
  })
  const edited: Graph = { ...graph, nodes, initializers, valueInfo: new Map() }
  return { ...model, graph: edited }
}

interface Pieces {
  readonly nodes: readonly Node[]
  readonly constants: Readonly<Record<string, Initializer>>
}

const steps = 127

function quantized(values: Float32Array): { scale: number; data: Int8Array } {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / steps || 1
  return { scale, data: Int8Array.from(values, value => Math.round(value / scale)) }
}

const byte = (value: number): Initializer => ({ dtype: 'int8', dims: [], data: Int8Array.of(value) })

/** Weights as whole numbers that are made floats again: what a quantizer of weights alone writes. */
export const dequantized = (model: Model): Model =>
  withProducts(model, (node, values, dims) => {
    const own = (part: string) => `${node.outputs[0]}.${part}`
    const { scale, data } = quantized(values)
    return {
      nodes: [
        makeNode('DequantizeLinear', [own('q'), own('scale'), own('zero')], [own('w')]),
        { ...node, inputs: [node.inputs[0]!, own('w')] },
      ],
      constants: {
        ...{ [own('q')]: { dtype: 'int8', dims, data }, [own('zero')]: byte(0) },
        [own('scale')]: float32(Float32Array.of(scale), []),
      },
    }
  })

/** As onnxruntime's `quantize_dynamic` writes products: in whole numbers. */
export const quantizedDynamically = (model: Model): Model =>
  withProducts(model, (node, values, dims) => {
    const own = (part: string) => `${node.outputs[0]}.${part}`
    const { scale, data } = quantized(values)
    return {
      nodes: [
        makeNode('DynamicQuantizeLinear', [node.inputs[0]!], [own('x'), own('x_scale'), own('x_zero')]),
        makeNode('MatMulInteger', [own('x'), own('q'), own('x_zero'), own('zero')], [own('whole')]),
        makeNode('Cast', [own('whole')], [own('float')], { attributes: { to: { type: 'int', value: 1 } } }),
        makeNode('Mul', [own('x_scale'), own('scale')], [own('factor')]),
        makeNode('Mul', [own('float'), own('factor')], node.outputs),
      ],
      constants: {
        ...{ [own('q')]: { dtype: 'int8', dims, data }, [own('zero')]: byte(0) },
        [own('scale')]: float32(Float32Array.of(scale), []),
      },
    }
  })

/** As onnxruntime's optimizer writes products. */
export function fused(model: Model): Model {
  const edited = withProducts(model, node => ({
    nodes: [{ ...node, op: 'FusedMatMul', domain: 'com.microsoft' }],
    constants: {},
  }))
  return { ...edited, opsets: { ...edited.opsets, 'com.microsoft': 1 } }
}

/** As an export without open sizes: one picture of `side` × `side` latent pixels. */
export const fixedTo =
  (side: number) =>
  (model: Model): Model => ({
    ...model,
    graph: {
      ...model.graph,
      inputs: model.graph.inputs.map(input => {
        const rest = input.name === 'sample' ? [input.shape[1]!, side, side] : input.shape.slice(1)
        return input.shape.length > 0 ? { ...input, shape: [1, ...rest] } : input
      }),
    },
  })
