/** The whole network against torch autograd. The goldens are made by tools/reference/gradients.py. */
import { beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../../onnx/autograd/backward.ts'
import { insertOnEdge, makeNode, setInitializer, setInput } from '../../../onnx/editing.ts'
import type { Model } from '../../../onnx/model.ts'
import { createSession } from '../../../onnx/session.ts'
import { fold } from '../../../onnx/tape/folding.ts'
import { openModel, specialise } from '../../../onnx/tape/openModel.ts'
import type { Tape, Value } from '../../../onnx/tape/tape.ts'
import type { Tensor, TensorOf } from '../../../onnx/tensor.ts'
import { evaluate, load, readTensors, relativeDistance } from '../files.ts'
import { randomNumbers } from './check.ts'

const { target, out_sample, loss: torchLoss, ...inputs } = readTensors('gradients/batch.safetensors')
const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { dims }]) => [name, dims]))

/** As in the script: the mean of √(d² + c²) − c. */
function pseudoHuber(t: Tape, out: Value, c = 0.1): Value {
  const difference = t.sub(out, t.input('target', 'float32', out.shape))
  return t.reduceMean(t.sub(t.sqrt(t.add(t.mul(difference, difference), c * c)), c))
}

/** Loss, result and gradients of everything named, with every weight in `trainable` fed as an input. */
async function backward(model: Model, wanted: readonly string[], feeds: Readonly<Record<string, Tensor>> = {}) {
  const t = openModel(model, { trainable: name => wanted.includes(name) })
  const out = t.value('out_sample')
  const loss = pseudoHuber(t, out)
  const found = [...gradients(t, loss, wanted)].map(([name, value]) => [`${name}_grad`, value] as const)
  const session = await createSession(t.encode({ loss, out, ...Object.fromEntries(found) }), {
    enableMemPattern: false,
  })
  const weights = Object.fromEntries(
    [...t.parameters].filter(([name]) => wanted.includes(name)).map(([name, tensor]) => [name, tensor]),
  )
  const results = await session.run({ ...inputs, target: target!, ...weights, ...feeds })
  await session.release()
  return results
}

describe.each(['torchscript', 'dynamo'])('the tiny UNet of the %s exporter', exporter => {
  const golden = readTensors(`gradients/${exporter}.gradients.safetensors`)
  let model: Model

  beforeAll(async () => {
    model = await fold(specialise(load(`gradients/${exporter}.onnx`), { inputs: shapes, decompose: true }), evaluate)
  })

  it('has the gradients of torch autograd for all its weights', async () => {
    const results = await backward(model, Object.keys(golden))
    expect(relativeDistance(results['out']!.data as Float32Array, out_sample!.data as Float32Array)).toBeLessThan(1e-5)
    expect(Number(results['loss']!.data[0])).toBeCloseTo(Number(torchLoss!.data[0]), 5)
    expect(Object.keys(golden).length).toBeGreaterThan(200)
    for (const [name, { data }] of Object.entries(golden)) {
      const found = results[`${name}_grad`]!.data as Float32Array
      expect(relativeDistance(found, data as Float32Array), name).toBeLessThan(1e-4)
    }
  })

  // With W = W′ − A·B and an adapter x·A·B beside x·W, the network is the same as with W′, so that
  // dA = dW′·Bᵀ and dB = Aᵀ·dW′ follow from torch's gradient of W′.
  it('has the gradients of torch autograd for adapters beside its linear layers', async () => {
    const random = randomNumbers(7)
    const rank = 2
    const adapters: { weight: string; a: Matrix; b: Matrix }[] = []
    let { graph } = model
    for (const node of model.graph.nodes) {
      const weight = node.inputs[1]!
      const tensor = model.graph.initializers.get(weight)
      if (node.op !== 'MatMul' || !(weight in golden) || tensor === undefined || tensor.dims.length !== 2) continue
      const [rows, columns] = tensor.dims as [number, number]
      const a = { rows, columns: rank, data: random(rows * rank) }
      const b = { rows: rank, columns, data: random(rank * columns) }
      const [nameA, nameB] = [`${weight}.A`, `${weight}.B`]
      adapters.push({ weight, a, b })
      graph = setInput(graph, { name: nameA, dtype: 'float32', shape: [rows, rank] })
      graph = setInput(graph, { name: nameB, dtype: 'float32', shape: [rank, columns] })
      const product = times(a, b).data
      const rest = (tensor as TensorOf<'float32'>).data.map((element, at) => element - product[at]!)
      graph = setInitializer(graph, weight, { dtype: 'float32', dims: tensor.dims, data: rest })
      graph = insertOnEdge(graph, node.outputs[0]!, value => ({
        nodes: [
          makeNode('MatMul', [node.inputs[0]!, nameA], [`${weight}.down`]),
          makeNode('MatMul', [`${weight}.down`, nameB], [`${weight}.up`]),
          makeNode('Add', [value, `${weight}.up`], [`${weight}.sum`]),
        ],
        result: `${weight}.sum`,
      }))
    }
    expect(adapters.length).toBeGreaterThanOrEqual(40)
    const feeds = Object.fromEntries(
      adapters.flatMap(({ weight, a, b }) => [
        [`${weight}.A`, { dtype: 'float32' as const, dims: [a.rows, a.columns], data: a.data }],
        [`${weight}.B`, { dtype: 'float32' as const, dims: [b.rows, b.columns], data: b.data }],
      ]),
    )
    const results = await backward({ ...model, graph }, Object.keys(feeds), feeds)
    for (const { weight, a, b } of adapters) {
      const dW = { rows: a.rows, columns: b.columns, data: golden[weight]!.data as Float32Array }
      const [dA, dB] = [times(dW, turned(b)), times(turned(a), dW)]
      expect(relativeDistance(results[`${weight}.A_grad`]!.data as Float32Array, dA.data), weight).toBeLessThan(1e-4)
      expect(relativeDistance(results[`${weight}.B_grad`]!.data as Float32Array, dB.data), weight).toBeLessThan(1e-4)
    }
  })
})

interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

function times(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.rows * b.columns)
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < b.columns; column++) {
      let sum = 0
      for (let at = 0; at < a.columns; at++) sum += a.data[row * a.columns + at]! * b.data[at * b.columns + column]!
      data[row * b.columns + column] = sum
    }
  }
  return { rows: a.rows, columns: b.columns, data }
}

function turned({ rows, columns, data }: Matrix): Matrix {
  const flipped = data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!)
  return { rows: columns, columns: rows, data: flipped }
}
