/** Tensors in files beside a graph: read one at a time, and written one at a time, so that no model is whole in memory. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { bytesOf, type ReadExternal, tensorFromBytes } from './codec.ts'
import { halfToFloat } from './float16.ts'
import type { Attribute, Graph } from './model.ts'
import { type Initializer, isStored, type StoredTensor, type Tensor } from './tensor.ts'

/** Wide enough for every vector instruction that reads a mapped file in place. */
const alignment = 64
/** Smaller tensors stay in the graph, where runtimes infer shapes from them. */
const minStoredBytes = 1024

/** Reads the tensors that a graph keeps in files of `folder`. */
export function readFrom(folder: string): ReadExternal {
  return (file, offset, bytes) => {
    const data = new Uint8Array(bytes)
    const descriptor = openSync(join(folder, file), 'r')
    try {
      const read = readSync(descriptor, data, 0, bytes, offset)
      if (read !== bytes) throw new RangeError(`Expected ${bytes} bytes at ${offset} of ${file}, got ${read}`)
    } finally {
      closeSync(descriptor)
    }
    return data
  }
}

/** The tensor with its elements in memory, in the type that it says it has. */
export function loadTensor(tensor: Initializer, read: ReadExternal): Tensor {
  if (!isStored(tensor)) return tensor
  const { file, offset, bytes, narrow } = tensor.stored
  const found = tensorFromBytes(narrow ?? tensor.dtype, tensor.dims, read(file, offset, bytes), file)
  return narrow && found.dtype === 'float16' ? widened(found) : found
}

/** float16 as float32; other types as they are. */
export function widened(tensor: Tensor): Tensor {
  return tensor.dtype === 'float16' ? { dtype: 'float32', dims: tensor.dims, data: halfToFloat(tensor.data) } : tensor
}

/** The graph with every initializer changed, those of the bodies of If and Loop too. */
export function mapInitializers(graph: Graph, change: (tensor: Initializer) => Initializer): Graph {
  const inside = (attribute: Attribute): Attribute => {
    if (attribute.type === 'graph') return { type: 'graph', value: mapInitializers(attribute.value, change) }
    if (attribute.type !== 'graphs') return attribute
    return { type: 'graphs', value: attribute.value.map(body => mapInitializers(body, change)) }
  }
  const holdsGraph = ({ type }: Attribute) => type === 'graph' || type === 'graphs'
  return {
    ...graph,
    nodes: graph.nodes.map(node =>
      Object.values(node.attributes).some(holdsGraph)
        ? {
            ...node,
            attributes: Object.fromEntries(Object.entries(node.attributes).map(([name, each]) => [name, inside(each)])),
          }
        : node,
    ),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, change(tensor)])),
  }
}

export interface TensorWriter {
  /** Appends a tensor's elements; small ones, and integers of 64 bits, come back as they are. */
  write(tensor: Tensor): Initializer
  close(): void
}

/** Throws where `path` exists. */
export function createTensorWriter(path: string): TensorWriter {
  const descriptor = openSync(path, 'wx')
  const file = basename(path)
  let end = 0
  return {
    write(tensor) {
      if (tensor.dtype === 'string' || tensor.dtype === 'int64') return tensor
      const bytes = bytesOf(tensor)
      if (bytes.length < minStoredBytes) return tensor
      const offset = Math.ceil(end / alignment) * alignment
      for (let done = 0; done < bytes.length; )
        done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
      end = offset + bytes.length
      return {
        dtype: tensor.dtype,
        dims: tensor.dims,
        stored: { file, offset, bytes: bytes.length },
      } satisfies StoredTensor
    },
    close: () => closeSync(descriptor),
  }
}
