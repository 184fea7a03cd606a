/**
 * Half precision → single precision, over a whole model. The CPU has no half precision kernels for most operators: the
 * runtime would wrap every node in casts and be slower than float32. And a decoder that overflows in halves may well
 * be finite in floats.
 */

import { type ReadExternal, tensorFromBytes } from '../../onnx/codec.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import type { Attribute, Graph, Model, ValueInfo } from '../../onnx/model.ts'
import { dataTypes, type Initializer, isStored } from '../../onnx/tensor.ts'

export function upcast(model: Model, read: ReadExternal): Model {
  return { ...model, graph: widenGraph(model.graph, read) }
}

function widenGraph(graph: Graph, read: ReadExternal): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(node => ({
      ...node,
      attributes: Object.fromEntries(
        Object.entries(node.attributes).map(([name, attribute]) => [name, widenAttribute(name, attribute, read)]),
      ),
    })),
    inputs: graph.inputs.map(widenInfo),
    outputs: graph.outputs.map(widenInfo),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, widenTensor(tensor, read)])),
    valueInfo: new Map([...graph.valueInfo].map(([name, info]) => [name, widenInfo(info)])),
  }
}

function widenInfo(info: ValueInfo): ValueInfo {
  return info.dtype === 'float16' ? { ...info, dtype: 'float32' } : info
}

/** Stored tensors are read, because the wider model has no file that they could stay in. */
function widenTensor(tensor: Initializer, read: ReadExternal): Initializer {
  const { dtype, dims } = tensor
  const loaded = isStored(tensor)
    ? tensorFromBytes(dtype, dims, read(tensor.stored.file, tensor.stored.offset, tensor.stored.bytes))
    : tensor
  return loaded.dtype === 'float16' ? { dtype: 'float32', dims, data: halfToFloat(loaded.data) } : loaded
}

function widenAttribute(name: string, attribute: Attribute, read: ReadExternal): Attribute {
  switch (attribute.type) {
    case 'tensor':
      return { type: 'tensor', value: widenTensor(attribute.value, read) }
    case 'graph':
      return { type: 'graph', value: widenGraph(attribute.value, read) }
    case 'graphs':
      return { type: 'graphs', value: attribute.value.map(graph => widenGraph(graph, read)) }
    case 'int': {
      // `Cast` and the generators name their element type by its number.
      const namesType = name === 'to' || name === 'dtype'
      return namesType && Number(attribute.value) === dataTypes.float16
        ? { type: 'int', value: dataTypes.float32 }
        : attribute
    }
    default:
      return attribute
  }
}
