/** The graph that learns, against the same network with the adapter in its weights. */
import { describe, expect, it } from 'vitest'
import { adapterInput, trainingModel, withAdapter } from '../../../engine/lcf/graph.ts'
import { findTargets, widthOf } from '../../../engine/lora/layout.ts'
import { mergeChanges } from '../../../engine/lora/merge.ts'
import { encodeModel } from '../../../onnx/codec.ts'
import type { Model, Node } from '../../../onnx/model.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { createSession } from '../../../onnx/session.ts'
import { float32, int64, type Tensor } from '../../../onnx/tensor.ts'
import { changesOf } from '../../../training/distilling/studentGraph.ts'
import { load, relativeDistance } from '../../onnx/files.ts'
import { patient } from '../../support/patience.ts'

const rank = 3
const random = new Random(5)
const normal = (...dims: number[]) =>
  float32(random.normals(new Float32Array(dims.reduce((product, size) => product * size, 1))), dims)
const feeds = {
  sample: normal(2, 4, 8, 8),
  timestep: int64([19, 499]),
  encoder_hidden_states: normal(2, 3, 6),
  timestep_cond: normal(2, 5),
}

async function answer(model: Model, given: Record<string, Tensor>): Promise<Float32Array> {
  const session = await createSession(encodeModel(model))
  const [output] = Object.values(await session.run(given))
  await session.release()
  return output!.data as Float32Array
}

describe.each(['torchscript', 'dynamo'])('an adapter beside every projection of the %s exporter', exporter => {
  const model = load(`gradients/${exporter}.onnx`)
  const targets = findTargets(model.graph, 'all')
  const values = random.normals(new Float32Array(rank * widthOf(targets))).map(value => value * 0.1)

  it('is the same as one in the weights, also where one target takes what another gives', {
    timeout: patient(120_000),
  }, async () => {
    const results = new Set(targets.map(({ result }) => result))
    expect(targets.some(({ node }) => results.has(node.inputs[0]!))).toBe(true)
    const merged = mergeChanges(model, changesOf({ kind: 'adapters', rank, targets }, values))
    const [base, expected] = [await answer(model, feeds), await answer(merged, feeds)]
    expect(relativeDistance(base, expected)).toBeGreaterThan(0.1)
    const adapter = float32(values, [rank, widthOf(targets)])
    const beside = await answer(withAdapter(model, targets, rank), { ...feeds, [adapterInput]: adapter })
    expect(relativeDistance(beside, expected)).toBeLessThan(1e-5)
  })

  it('is cut, and its gradient joined, by as few pieces at a time as a WebGPU shader has buffers for', {
    timeout: patient(120_000),
  }, () => {
    const learning = trainingModel(model, targets, rank, {
      sample: [2, 4, 8, 8],
      timestep: [2],
      encoder_hidden_states: [2, 3, 6],
      timestep_cond: [2, 5],
    })
    expect(targets.length).toBeGreaterThan(7)
    const cuts = learning.graph.nodes.filter(({ outputs }) => outputs.some(name => name.endsWith('.style_a')))
    expect(cuts.length).toBeGreaterThan(2)
    for (const { outputs } of cuts) expect(outputs.length).toBeLessThanOrEqual(7)
    const joins = [...joinsBefore(learning, 'adapter_grad')]
    expect(joins.length).toBeGreaterThan(cuts.length)
    for (const { inputs } of joins) expect(inputs.length).toBeLessThanOrEqual(7)
  })
})

/** The Concat that makes a value, and those that make what it joins. */
function* joinsBefore(model: Model, value: string): Generator<Node> {
  const node = model.graph.nodes.find(({ outputs }) => outputs.includes(value))
  if (node?.op === 'Identity') yield* joinsBefore(model, node.inputs[0]!)
  if (node?.op !== 'Concat') return
  yield node
  for (const input of node.inputs) yield* joinsBefore(model, input)
}
