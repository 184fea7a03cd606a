/**
 * Changes for good: each weight becomes W + B A. The sum is written into the graph, as a value of constants; so the
 * weights need not be read, and may be cast, transposed or dequantized on their way. Who opens the graph computes each
 * sum once (`component.ts`), or leaves it to the runtime.
 */

import { makeNode, setInitializer } from '../../onnx/editing.ts'
import { type Attribute, type Graph, intAttribute, type Model } from '../../onnx/model.ts'
import { dataTypes, float32, int64 } from '../../onnx/tensor.ts'
import { checkSizes, type LoraNetwork, loraParts } from './fileFormats.ts'
import { findTargets, type Target } from './layout.ts'
import type { TensorFile } from './safetensors.ts'
import { specialOperatorsIn } from './specialOperators.ts'
import { mergedSuffix } from './weights.ts'

export interface WeightChange {
  readonly target: Target
  readonly rank: number
  /** (rank, in) */
  readonly a: Float32Array
  /** (out, rank) */
  readonly b: Float32Array
}

/** Requires targets of this very graph. */
export function mergeChanges(model: Model, changes: Iterable<WeightChange>): Model {
  let { graph } = model
  for (const change of changes) graph = withChange(graph, change)
  return { ...model, graph }
}

/** Merges all that a LoRA file says of this network. Throws `UserError` for one that does not fit the graph as a whole. */
export function mergeLora(model: Model, file: TensorFile, network: LoraNetwork): Model {
  const targets = new Map(findTargets(model.graph, 'all').map(target => [target.name, target]))
  const { parts } = loraParts(file, targets.keys(), { network, closed: specialOperatorsIn(model.graph).closed })
  return mergeChanges(
    model,
    parts.map(part => {
      const target = targets.get(part.target)!
      const { rank, scale } = part
      checkSizes(part, target)
      return { target, rank, a: part.a.read(), b: part.b.read().map(value => value * scale) }
    }),
  )
}

/** Other nodes may share the weight, so it stays: only this node is given another. */
function withChange(graph: Graph, { target, rank, a, b }: WeightChange): Graph {
  const { name, node, weight } = target
  // Its weight may be a sum already.
  const own = (part: string) => `${name}(${weight.value}).${part}`
  const merged = `${name}(${weight.value})${mergedSuffix}`
  const isInOut = node.op === 'MatMul' || (node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 0)
  const cast: { attributes: Record<string, Attribute> } = {
    attributes: { to: { type: 'int', value: dataTypes[weight.dtype] } },
  }
  let edited = setInitializer(graph, own('a'), float32(a, [rank, target.in]))
  edited = setInitializer(edited, own('b'), float32(b, [target.out, rank]))
  edited = setInitializer(edited, own('dims'), int64(weight.dims))
  const sum = [
    makeNode('MatMul', [own('b'), own('a')], [own('product')]), // (out, in)
    ...(isInOut ? [makeNode('Transpose', [own('product')], [own('turned')])] : []),
    makeNode('Reshape', [isInOut ? own('turned') : own('product'), own('dims')], [own('shaped')]),
    makeNode('Cast', [own('shaped')], [own('change')], cast),
    makeNode('Add', [weight.value, own('change')], [merged]),
  ]
  const at = edited.nodes.indexOf(node)
  const changed = { ...node, inputs: node.inputs.with(1, merged) }
  const valueInfo = new Map(edited.valueInfo).set(merged, { name: merged, dtype: weight.dtype, shape: weight.dims })
  return { ...edited, nodes: edited.nodes.toSpliced(at, 1, ...sum, changed), valueInfo }
}
