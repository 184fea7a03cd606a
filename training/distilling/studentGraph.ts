/** What is done to somebody else's UNet so that it can become a student: a guidance embedding, a loss, its gradients. */

import { adapterInput, withAdapter } from '../../engine/lcf/graph.ts'
import { findTargets, type Target, widthOf } from '../../engine/lora/layout.ts'
import type { WeightChange } from '../../engine/lora/merge.ts'
import { gradients } from '../../onnx/autograd/backward.ts'
import { insertOnEdge, makeNode, setInitializer, setInput } from '../../onnx/editing.ts'
import type { Graph, Model, Node, Shape } from '../../onnx/model.ts'
import { type Distance, distance } from '../../onnx/optim/loss.ts'
import { openModel } from '../../onnx/tape/openModel.ts'
import type { Tape } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'

export const guidanceInput = 'timestep_cond'
/** Named as in diffusers; (size, width of the time embedding's input). */
export const guidanceWeight = 'time_embedding.cond_proj.weight_t'

/**
 * The guidance embedding of the LCM paper, section 4.2, where a UNet has none: `timestep_cond · W` is added to what the
 * time embedding takes. W begins at zero, so that at first nothing changes.
 */
export function takeGuidance(model: Model, size: number): Model {
  if (model.graph.inputs.some(({ name }) => name === guidanceInput)) return model
  const first = findTargets(model.graph, 'all').find(({ name }) => name === 'time_embedding.linear_1')
  if (first === undefined) {
    throw new Error(
      'Expected a module time_embedding.linear_1, beside which a guidance embedding could be added, found none. ' +
        'Export the UNet with the names of its modules, or with an input timestep_cond.',
    )
  }
  let graph = setInput(
    { ...model.graph, valueInfo: new Map() },
    { name: guidanceInput, dtype: 'float32', shape: ['batch', size] },
  )
  graph = setInitializer(graph, guidanceWeight, float32(new Float32Array(size * first.in), [size, first.in]))
  graph = insertOnEdge(
    graph,
    first.node.inputs[0]!,
    time => ({
      nodes: [
        makeNode('MatMul', [guidanceInput, guidanceWeight], ['time_embedding.guidance']),
        makeNode('Add', [time, 'time_embedding.guidance'], ['time_embedding.guided']),
      ],
      result: 'time_embedding.guided',
    }),
    { only: node => node === first.node },
  )
  return { ...model, graph }
}

export interface AdapterTuning {
  readonly kind: 'adapters'
  readonly rank: number
  readonly targets: readonly Target[]
}

/** What a student learns: adapters of a rank beside every projection, or every weight. */
export type Tuning = AdapterTuning | { readonly kind: 'all' }

/** The student with everything that it learns as inputs of the graph. */
export function studentModel(model: Model, tuning: Tuning): { readonly model: Model; readonly learned: Set<string> } {
  const { graph } = model
  const own = graph.initializers.has(guidanceWeight) ? [guidanceWeight] : []
  if (tuning.kind === 'all') return { model, learned: new Set([...weightsOf(graph), ...own]) }
  return { model: withAdapter(model, tuning.targets, tuning.rank), learned: new Set([adapterInput, ...own]) }
}

/** Opened with fixed shapes or without; learned weights become inputs, and so does the adapter. */
export function openStudentTape(model: Model, learned: ReadonlySet<string>, shapes?: Record<string, Shape>): Tape {
  return openModel(model, {
    trainable: name => learned.has(name),
    ...(shapes && { inputs: shapes, decompose: true }),
  })
}

/**
 * Loss and gradients of a batch: f = of_sample · z + of_output · output against the target. Shapes are those of the tape.
 */
export function recordLoss(t: Tape, output: string, learned: Iterable<string>, d: Distance): Model {
  const sample = t.value('sample')
  const perSample = [sample.shape[0]!, 1, 1, 1]
  const f = t.add(
    t.mul(t.input('of_sample', 'float32', perSample), sample),
    t.mul(t.input('of_output', 'float32', perSample), t.value(output)),
  )
  const loss = distance(t, f, t.input('target', 'float32', sample.shape), d)
  const found = [...gradients(t, loss, [...learned])].map(([name, value]) => [`${name}_grad`, value] as const)
  return t.model({ loss, ...Object.fromEntries(found) })
}

/** Where the weights of these operators stand among their inputs. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  MatMul: [0, 1],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  // Biases behind MatMul, scales and shifts of GroupNorm.
  Add: [0, 1],
  Mul: [0, 1],
}

/**
 * Names of all weights that a network was trained by: constants of more than one number that enter one of the operators
 * above. The frequencies of the time embedding are none: what comes from the timestep alone has not met a weight yet.
 */
export function weightsOf(graph: Graph): string[] {
  const found = new Set<string>()
  const fromTime = new Set(['timestep'])
  for (const node of graph.nodes) {
    const places = weightInputs[node.op] ?? []
    const isProduct = node.op === 'Gemm' || node.op === 'MatMul' || node.op === 'Conv'
    const isTime = node.inputs.some(name => fromTime.has(name))
    if (isTime && !isProduct) for (const name of node.outputs) fromTime.add(name)
    if (isTime && !isProduct) continue
    for (const name of places.flatMap(at => node.inputs[at] ?? [])) if (isWeight(graph, name)) found.add(name)
  }
  return [...found]
}

function isWeight(graph: Graph, name: string): boolean {
  const tensor = graph.initializers.get(name)
  return tensor?.dtype === 'float32' && tensor.dims.reduce((product, size) => product * size, 1) > 1
}

/** The graph with other numbers in its weights. */
export function withWeights(model: Model, values: Iterable<readonly [name: string, values: Float32Array]>): Model {
  let { graph } = model
  for (const [name, data] of values) {
    const old = graph.initializers.get(name)
    if (old === undefined) throw new Error(`Expected a weight named "${name}" in the graph, found none`)
    graph = setInitializer(graph, name, { dtype: 'float32', dims: old.dims, data })
  }
  return { ...model, graph }
}

/** An adapter, target by target: A (rank, in) and B, turned to (out, rank). */
export function changesOf({ targets, rank }: AdapterTuning, values: Float32Array): WeightChange[] {
  const width = widthOf(targets)
  let start = 0
  return targets.map(target => {
    const a = new Float32Array(rank * target.in)
    const b = new Float32Array(target.out * rank)
    for (let row = 0; row < rank; row++) {
      const from = row * width + start
      a.set(values.subarray(from, from + target.in), row * target.in)
      for (let at = 0; at < target.out; at++) b[at * rank + row] = values[from + target.in + at]!
    }
    start += target.in + target.out
    return { target, rank, a, b }
  })
}

/** Bytes of what the forward pass leaves for the backward pass, in a tape of fixed shapes; views of others not counted. */
export function activationBytes(t: Tape): number {
  return t.nodes
    .filter(node => !viewing.has(node.op))
    .flatMap((node: Node) => node.outputs)
    .reduce(
      (sum, name) => sum + 4 * t.value(name).shape.reduce<number>((product, size) => product * Number(size), 1),
      0,
    )
}

const viewing = new Set(['Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Identity'])
