/**
 * The UNet with one adapter for the whole batch, the consistency loss behind it, and the gradient of the loss for the
 * adapter and nothing else: weights are constants, and what lies before the first adapter has no backward pass.
 */
import { gradients } from '../autograd/backward.ts'
import { type Target, widthOf } from '../lora/layout.ts'
import { insertOnEdge, makeNode, setInitializer, setInput } from '../onnx/editing.ts'
import { type Attribute, int64, type Model, type Node, type Shape } from '../onnx/model.ts'
import { openModel } from '../onnx/shapes.ts'
import { pseudoHuber } from '../training/loss.ts'

/** c of the pseudo-Huber loss, as diffusers' consistency distillation has it. */
export const huberC = 0.001

/** The input that holds the adapter, (rank, width), laid out as `Adapter.values`. */
export const adapterInput = 'adapter'

/**
 * y becomes W x + Bᵀ A x at every target. A and B are cut from one input, so that its gradient comes back in the layout
 * of the adapter. Requires the targets of this very graph, in the order of the layout.
 */
export function withAdapter(model: Model, targets: readonly Target[], rank: number): Model {
  let graph = setInput(
    { ...model.graph, valueInfo: new Map() },
    { name: adapterInput, dtype: 'float32', shape: [rank, widthOf(targets)] },
  )
  const lengths = targets.flatMap(target => [target.in, target.out])
  graph = setInitializer(graph, 'adapter.lengths', int64([lengths.length], lengths))
  const pieces = targets.flatMap(({ name }) => [`${name}.A`, `${name}.B`]) // (rank, in), (rank, out)
  const split = makeNode('Split', [adapterInput, 'adapter.lengths'], pieces, {
    name: 'adapter.split',
    attributes: { axis: { type: 'int', value: 1 } },
  })
  graph = { ...graph, nodes: [split, ...graph.nodes] }
  for (const target of targets) {
    const named = (part: string) => `${target.name}.adapter.${part}`
    const { nodes, constants } = (target.node.op === 'Conv' ? convolutionBeside : projectionBeside)(target, named)
    for (const [name, dims] of constants) graph = setInitializer(graph, name, int64([dims.length], dims))
    graph = insertOnEdge(graph, target.result, value => ({
      nodes: [...nodes, makeNode('Add', [value, named('up')], [named('sum')])],
      result: named('sum'),
    }))
  }
  return { ...model, graph }
}

interface Beside {
  readonly nodes: readonly Node[]
  readonly constants: readonly (readonly [name: string, dims: readonly number[]])[]
}

function projectionBeside({ name, node }: Target, named: (part: string) => string): Beside {
  return {
    nodes: [
      makeNode('Transpose', [`${name}.A`], [named('turned')], { attributes: swap }),
      makeNode('MatMul', [node.inputs[0]!, named('turned')], [named('down')]), // (…, rank)
      makeNode('MatMul', [named('down'), `${name}.B`], [named('up')]), // (…, out)
    ],
    constants: [],
  }
}

/** A convolution down to `rank` channels with the window of the original, and one of single pixels up again. */
function convolutionBeside({ name, node, weight, out }: Target, named: (part: string) => string): Beside {
  const [, ...window] = weight.dims
  return {
    nodes: [
      makeNode('Reshape', [`${name}.A`, named('window')], [named('kernel')]), // (rank, C, kh, kw)
      makeNode('Conv', [node.inputs[0]!, named('kernel')], [named('down')], { attributes: node.attributes }),
      makeNode('Transpose', [`${name}.B`], [named('turned')], { attributes: swap }),
      makeNode('Reshape', [named('turned'), named('pixel')], [named('mixing')]), // (out, rank, 1, 1)
      makeNode('Conv', [named('down'), named('mixing')], [named('up')]),
    ],
    constants: [
      [named('window'), [-1, ...window]],
      [named('pixel'), [out, -1, 1, 1]],
    ],
  }
}

const swap = { perm: { type: 'ints', value: [1, 0] } } as const satisfies Record<string, Attribute>

/**
 * Loss and gradient of a batch whose shapes are fixed. Inputs beside the network's own: the adapter, the factors of
 * f = of_sample · z + of_output · output, and the target; outputs: `loss`, the batch's mean, and `adapter_grad`.
 */
export function trainingModel(
  model: Model,
  targets: readonly Target[],
  rank: number,
  shapes: Readonly<Record<string, Shape>>,
): Model {
  const t = openModel(withAdapter(model, targets, rank), { inputs: shapes, decompose: true })
  const sample = t.value('sample')
  const output = t.value(model.graph.outputs[0]!.name)
  const perSample = [sample.shape[0]!, 1, 1, 1]
  const f = t.add(
    t.mul(t.input('of_sample', 'float32', perSample), sample),
    t.mul(t.input('of_output', 'float32', perSample), output),
  )
  const loss = pseudoHuber(t, f, t.input('target', 'float32', sample.shape), huberC)
  const adapter_grad = gradients(t, loss, [adapterInput]).get(adapterInput)!
  return { ...t.model({ loss, adapter_grad }), irVersion: model.irVersion }
}
