/**
 * Half precision → single precision, over a whole model. The CPU has no half precision kernels for most operators: the
 * runtime would wrap every node in casts and be slower than float32. And a decoder that overflows in halves may well
 * be finite in floats.
 */
import type { Attribute, Graph, Model, ValueInfo } from '../../onnx/model.ts'
import { widened } from '../../onnx/storedTensors.ts'
import { dataTypes, type Initializer, isStored, type StoredTensor } from '../../onnx/tensor.ts'

/** Stored tensors are not read: they say that their file has halves (`narrow`), until they are repacked or loaded. */
export function upcast(model: Model): Model {
  return { ...model, graph: widenGraph(model.graph) }
}

function widenGraph(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(node => ({
      ...node,
      attributes: Object.fromEntries(
        Object.entries(node.attributes).map(([name, attribute]) => [name, widenAttribute(name, attribute)]),
      ),
    })),
    inputs: graph.inputs.map(widenInfo),
    outputs: graph.outputs.map(widenInfo),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, widenInitializer(tensor)])),
    valueInfo: new Map([...graph.valueInfo].map(([name, info]) => [name, widenInfo(info)])),
  }
}

function widenInfo(info: ValueInfo): ValueInfo {
  return info.dtype === 'float16' ? { ...info, dtype: 'float32' } : info
}

function widenInitializer(tensor: Initializer): Initializer {
  return isStored(tensor) ? widenStored(tensor) : widened(tensor)
}

function widenStored(tensor: StoredTensor): StoredTensor {
  if (tensor.dtype !== 'float16') return tensor
  return { ...tensor, dtype: 'float32', stored: { ...tensor.stored, narrow: 'float16' } }
}

function widenAttribute(name: string, attribute: Attribute): Attribute {
  switch (attribute.type) {
    case 'tensor':
      return { type: 'tensor', value: widenInitializer(attribute.value) }
    case 'graph':
      return { type: 'graph', value: widenGraph(attribute.value) }
    case 'graphs':
      return { type: 'graphs', value: attribute.value.map(graph => widenGraph(graph)) }
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
