/** Which constant a node multiplies with, seen through what exporters put between the two. */
import { type Graph, intAttribute, intsAttribute, type Node } from '../../onnx/model.ts'
import { type DataType, dataTypes, type Initializer } from '../../onnx/tensor.ts'

/** A weight of a graph as its node takes it. */
export interface Weight {
  /** The value that the node takes. */
  readonly value: string
  /** The constant behind it: the same, or what is cast, transposed or dequantized on the way. */
  readonly source: string
  /** Of the value, not of the source. */
  readonly dims: readonly number[]
  readonly dtype: DataType
}

/** How the sum of a weight and an adapter is named (`merge.ts`). */
export const mergedSuffix = '.merged_weight'

/** Answers for one graph, which it reads once. */
export function openWeights(graph: Graph) {
  const producers = new Map(graph.nodes.flatMap(node => node.outputs.map(name => [name, node] as const)))
  const consumers = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) consumers.set(name, [...(consumers.get(name) ?? []), node])
  }

  function weight(value: string): Weight | undefined {
    const constant = constantOf(value)
    if (constant) return { value, source: value, dims: constant.dims, dtype: constant.dtype }
    const node = producers.get(value)
    const inner = node && node.op in passesOn ? weight(node.inputs[0]!) : undefined
    const change = inner && passesOn[node!.op as keyof typeof passesOn](node!, inner, weight)
    return change && { ...inner, value, ...change }
  }

  function constantOf(value: string): Initializer | undefined {
    const attribute = producers.get(value)?.attributes['value']
    return graph.initializers.get(value) ?? (attribute?.type === 'tensor' ? attribute.value : undefined)
  }

  return {
    weight,
    producer: (value: string) => producers.get(value),
    consumers: (value: string): readonly Node[] => consumers.get(value) ?? [],
  }
}
export type GraphWeights = ReturnType<typeof openWeights>

/** What becomes of a weight on its way through an operator. */
const passesOn = {
  Identity: () => ({}),
  // Any other sum with a constant is no weight.
  Add: node => (node.outputs[0]!.endsWith(mergedSuffix) ? {} : undefined),
  Cast: node => ({ dtype: typeNumbered(intAttribute(node, 'to', dataTypes.float32)) }),
  Transpose(node, { dims }) {
    const order = intsAttribute(node, 'perm') ?? [...dims.keys()].reverse()
    return { dims: order.map(axis => dims[axis]!) }
  },
  DequantizeLinear: (node, _inner, weight) => ({ dtype: weight(node.inputs[1]!)?.dtype ?? 'float32' }),
} satisfies Record<
  string,
  (node: Node, inner: Weight, weight: (value: string) => Weight | undefined) => Partial<Weight> | undefined
>

function typeNumbered(number: number): DataType {
  // The table lists each type once.
  return (Object.keys(dataTypes) as DataType[]).find(type => dataTypes[type] === number) ?? 'float32'
}

/** A node that multiplies its first input with a weight: how the two sizes lie in it. */
export function projectionOf(
  node: Node,
  weights: GraphWeights,
): { weight: Weight; in: number; out: number; kernel?: readonly [number, number] } | undefined {
  if (node.domain !== '' || !(node.op in sizesOf)) return undefined
  const weight = weights.weight(node.inputs[1]!)
  const sizes = weight && sizesOf[node.op as keyof typeof sizesOf](node, weight.dims)
  if (!sizes) return undefined
  const [, , height, width] = weight.dims
  return {
    ...{ weight, in: sizes[0], out: sizes[1] },
    ...(height !== undefined && width !== undefined && { kernel: [height, width] as const }),
  }
}

const sizesOf = {
  MatMul: (_node, dims) => (dims.length === 2 ? [dims[0]!, dims[1]!] : undefined),
  Gemm(node, [rows, columns]) {
    if (intAttribute(node, 'transA', 0) === 1) return undefined
    return intAttribute(node, 'transB', 0) === 1 ? [columns!, rows!] : [rows!, columns!]
  },
  // A row of A is a whole window of the input: channel by channel, in each its rows of pixels.
  Conv(node, [out, channels, ...kernel]) {
    const isPlain = kernel.length === 2 && intAttribute(node, 'group', 1) === 1
    return isPlain ? [channels! * kernel[0]! * kernel[1]!, out!] : undefined
  },
} satisfies Record<string, (node: Node, dims: readonly number[]) => readonly [number, number] | undefined>
