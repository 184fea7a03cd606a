/**
 * The UNet with one adapter for the whole batch, the consistency loss behind it, and the gradient of the loss for the
 * adapter and nothing else: weights are constants, and what lies before the first adapter has no backward pass.
 */
import { gradients } from '../../onnx/autograd/backward.ts'
import { makeNode, setInput } from '../../onnx/editing.ts'
import type { Model, Shape } from '../../onnx/model.ts'
import { pseudoHuber } from '../../onnx/optim/loss.ts'
import { openModel } from '../../onnx/tape/openModel.ts'
import { addBeside, attribute, type Beside, cutTargets, integers, partsOf, withConstants } from '../lora/branch.ts'
import { type Target, widthOf } from '../lora/layout.ts'

/** c of the pseudo-Huber loss, as diffusers' consistency distillation has it. */
export const huberC = 0.001

/** The input that holds the adapter, (rank, width), laid out as `Adapter.values`. */
export const adapterInput = 'adapter'

/**
 * y becomes W x + Bᵀ A x at every target. A and B are cut from one input, so that its gradient comes back in the layout
 * of the adapter. Requires the targets of this very graph, in the order of the layout.
 */
export function withAdapter(model: Model, targets: readonly Target[], rank: number): Model {
  const { nodes, constants } = cutTargets(targets, adapterInput, 1) // A (rank, in), B (rank, out)
  const input = { name: adapterInput, dtype: 'float32', shape: [rank, widthOf(targets)] } as const
  const graph = withConstants(setInput({ ...model.graph, valueInfo: new Map() }, input), constants)
  const edited = { ...graph, nodes: [...nodes, ...graph.nodes] }
  const besideOf = (target: Target, change: string) =>
    (target.node.op === 'Conv' ? besideConvolution : besideProjection)(target, change)
  return { ...model, graph: addBeside(edited, targets, besideOf) }
}

function besideProjection(target: Target, change: string): Beside {
  const { a, b } = partsOf(target)
  const [turned, inner] = [`${target.name}.style_down`, `${target.name}.style_inner`]
  return {
    constants: {},
    nodes: () => [
      makeNode('Transpose', [a], [turned], swap),
      makeNode('MatMul', [target.node.inputs[0]!, turned], [inner]), // (…, rank)
      makeNode('MatMul', [inner, b], [change]), // (…, out)
    ],
  }
}

/** A convolution down to `rank` channels with the window of the original, and one of single pixels up again. */
function besideConvolution(target: Target, change: string): Beside {
  const own = (part: string) => `${target.name}.style_${part}`
  const { a, b } = partsOf(target)
  const { node, weight, out } = target
  return {
    constants: {
      [own('window')]: integers([-1, ...weight.dims.slice(1)]),
      [own('pixel')]: integers([out, -1, 1, 1]),
    },
    nodes: () => [
      makeNode('Reshape', [a, own('window')], [own('kernel')]), // (rank, C, kh, kw)
      makeNode('Conv', [node.inputs[0]!, own('kernel')], [own('inner')], { attributes: node.attributes }),
      makeNode('Transpose', [b], [own('turned')], swap),
      makeNode('Reshape', [own('turned'), own('pixel')], [own('mixing')]), // (out, rank, 1, 1)
      makeNode('Conv', [own('inner'), own('mixing')], [change]),
    ],
  }
}

const swap = attribute('perm', [1, 0])

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
