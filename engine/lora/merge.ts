/**
 * An adapter for good: each weight becomes W + Bᵀ A. The sum is written into the graph, where the runtime computes it
 * once while it loads; so the weights need not be read, and may be cast, transposed or dequantized on their way.
 */
import { makeNode, setInitializer } from '../onnx/editing.ts'
import { dataTypes, float32, type Graph, int64, intAttribute, type Model } from '../onnx/model.ts'
import type { Adapter } from '../styles.ts'
import { type Target, widthOf } from './layout.ts'
import { mergedSuffix } from './weights.ts'

/** Requires targets of this very graph, in the order of the adapter. A weight that the adapter leaves alone keeps its bits. */
export function mergeAdapter(model: Model, targets: readonly Target[], { rank, values }: Adapter): Model {
  const width = widthOf(targets)
  let { graph } = model
  let start = 0
  for (const target of targets) {
    // (rank, in) and (rank, out)
    const cut = (from: number, size: number) => {
      const rows = new Float32Array(rank * size)
      for (let r = 0; r < rank; r++) rows.set(values.subarray(r * width + from, r * width + from + size), r * size)
      return rows
    }
    const a = cut(start, target.in)
    const b = cut(start + target.in, target.out)
    if (b.some(value => value !== 0)) graph = withSum(graph, target, rank, a, b)
    start += target.in + target.out
  }
  return { ...model, graph }
}

/** Other nodes may share the weight, so it stays: only this node is given another. */
function withSum(
  graph: Graph,
  { name, node, weight, ...size }: Target,
  rank: number,
  a: Float32Array,
  b: Float32Array,
) {
  // Its weight may be shared, and may be a sum already.
  const own = (part: string) => `${name}(${weight.value}).${part}`
  const merged = `${name}(${weight.value})${mergedSuffix}`
  const isInOut = node.op === 'MatMul' || (node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 0)
  let edited = setInitializer(graph, own('a'), float32([rank, size.in], a))
  edited = setInitializer(edited, own('b'), float32([rank, size.out], b))
  edited = setInitializer(edited, own('dims'), int64([weight.dims.length], weight.dims))
  const [left, right] = isInOut ? [own('a'), own('b')] : [own('b'), own('a')]
  const sum = [
    makeNode('Transpose', [left], [own('left')]),
    makeNode('MatMul', [own('left'), right], [own('product')]),
    makeNode('Reshape', [own('product'), own('dims')], [own('shaped')]),
    makeNode('Cast', [own('shaped')], [own('change')], {
      attributes: { to: { type: 'int', value: dataTypes[weight.dtype] } },
    }),
    makeNode('Add', [weight.value, own('change')], [merged]),
  ]
  const at = edited.nodes.indexOf(node)
  const changed = { ...node, inputs: node.inputs.with(1, merged) }
  return { ...edited, nodes: edited.nodes.toSpliced(at, 1, ...sum, changed) }
}
