import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'
import type { Model, Node } from '../../onnx/model.ts'
import { dataTypes, float32, type Initializer, type Tensor } from '../../onnx/tensor.ts'
import { Weights } from '../networks/network.ts'

/** Tensors with fewer elements stay as they are. */
const smallest = 64

/**
 * A model whose weights take less room, made wide again in front of the graph, under their old names; the runtime does
 * that once, when it loads. As `halves`, or where weights are `bytes` their matrices as int8 with a scale
 * for each column, and their convolutions with one for each channel that comes out.
 */
export function packed(model: Model, as: 'halves' | 'bytes' = 'halves'): Model {
  const initializers = new Map<string, Initializer>()
  const nodes: Node[] = []
  for (const [name, tensor] of model.graph.initializers) {
    if (!('data' in tensor) || tensor.dtype !== 'float32' || tensor.data.length < smallest) {
      initializers.set(name, tensor)
    } else if (as === 'bytes' && [2, 4].includes(tensor.dims.length) && tensor.data.every(Number.isFinite)) {
      const { bytes, scale } = quantized(tensor.data, tensor.dims)
      initializers.set(`${name}.bytes`, bytes).set(`${name}.scale`, scale)
      nodes.push(cast(`${name}.bytes`, `${name}.unscaled`))
      nodes.push(node('Mul', [`${name}.unscaled`, `${name}.scale`], name))
    } else {
      initializers.set(`${name}.half`, { dtype: 'float16', dims: tensor.dims, data: floatToHalf(tensor.data) })
      nodes.push(cast(`${name}.half`, name))
    }
  }
  return { ...model, graph: { ...model.graph, initializers, nodes: [...nodes, ...model.graph.nodes] } }
}

/** The way back: all weights of a packed model by their names, as the graph computes with them. */
export function unpacked({ graph: { initializers } }: Model): Weights {
  const weights: [string, Tensor][] = []
  for (const [name, tensor] of initializers) {
    if (!('data' in tensor)) continue
    const { dims } = tensor
    if (tensor.dtype === 'float32' && !name.endsWith('.scale')) weights.push([name, tensor])
    if (tensor.dtype === 'float16')
      weights.push([name.slice(0, -'.half'.length), float32(halfToFloat(tensor.data), dims)])
    if (tensor.dtype !== 'int8') continue
    const unpackedName = name.slice(0, -'.bytes'.length)
    const scale = (initializers.get(`${unpackedName}.scale`) as Extract<Tensor, { dtype: 'float32' }>).data
    const scaleOf = scaleIndex(dims)
    weights.push([
      unpackedName,
      float32(
        Float32Array.from(tensor.data, (byte, at) => byte * scale[scaleOf(at)]!),
        dims,
      ),
    ])
  }
  return new Weights(weights)
}

/** Which scale an element has: (rows, columns) one for each column, (out, in, h, w) one for each channel that comes out. */
function scaleIndex(dims: readonly number[]): (at: number) => number {
  if (dims.length === 2) return at => at % dims[1]!
  const length = dims.slice(1).reduce((product, size) => product * size, 1)
  return at => Math.floor(at / length)
}

/** Everything that shares a scale by its largest magnitude, which becomes ±127. */
function quantized(data: Float32Array, dims: readonly number[]) {
  const scaleOf = scaleIndex(dims)
  const scaleDims = dims.length === 2 ? [dims[1]!] : [dims[0]!, 1, 1, 1]
  const scale = new Float32Array(scaleDims[0]!)
  for (const [at, value] of data.entries()) scale[scaleOf(at)] = Math.max(scale[scaleOf(at)]!, Math.abs(value) / 127)
  const bytes = Int8Array.from(data, (value, at) => Math.round(value / (scale[scaleOf(at)]! || 1)))
  return {
    bytes: { dtype: 'int8', dims, data: bytes },
    scale: { dtype: 'float32', dims: scaleDims, data: scale },
  } as const
}

const cast = (from: string, to: string): Node => ({
  ...node('Cast', [from], to),
  attributes: { to: { type: 'int', value: dataTypes.float32 } },
})

const node = (op: string, inputs: readonly string[], output: string): Node => ({
  ...{ op, domain: '', name: `/${output}/${op}`, inputs, outputs: [output] },
  attributes: {},
})
