/** A UNet that learns: forward with any state of what it learns, and the gradient of the loss for the present one. */
import { adapterInput } from '../../engine/lcf/graph.ts'
import { widthOf } from '../../engine/lora/layout.ts'
import type { Model, Shape } from '../../onnx/model.ts'
import { createOptimizerState, type Gradient, type OptimizerState } from '../../onnx/optim/adam.ts'
import type { Distance } from '../../onnx/optim/loss.ts'
import type { Random } from '../../onnx/optim/random.ts'
import type { Session } from '../../onnx/session.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import { weightFeeds } from '../loop/trainable.ts'
import type { Place } from '../networks/network.ts'
import {
  type AdapterTuning,
  activationBytes,
  openStudentTape,
  recordLoss,
  studentModel,
  type Tuning,
} from './studentGraph.ts'

export interface PlannedStudent {
  readonly places: readonly Place[]
  readonly optimizerState: OptimizerState
  readonly activationBytes: number
  /** The two graphs, as bytes to make sessions of. */
  readonly forward: Model
  backward(distance: Distance): Model
}

/** Everything that can be known before a session is opened. `shapes` are those of one batch. */
export function planStudent(
  base: Model,
  tuning: Tuning,
  shapes: Readonly<Record<string, Shape>>,
  random: Random,
): PlannedStudent {
  const { model, learned } = studentModel(base, tuning)
  const output = base.graph.outputs[0]!.name
  const t = openStudentTape(model, learned, shapes)
  const begin = [...learned].map(name => {
    if (name === adapterInput && tuning.kind === 'adapters') return { name, ...firstAdapter(tuning, random) }
    const { dims, data } = t.parameters.get(name)!
    return { name, shape: dims, values: data as Float32Array }
  })
  const places: Place[] = []
  let offset = 0
  for (const { name, shape, values } of begin) {
    places.push({ name, shape, offset, length: values.length })
    offset += values.length
  }
  const flat = new Float32Array(offset)
  for (const [at, { values }] of begin.entries()) flat.set(values, places[at]!.offset)
  const forward = t.model({ [output]: t.value(output) })
  return {
    places,
    optimizerState: createOptimizerState(flat),
    activationBytes: activationBytes(t),
    forward,
    backward: distance => recordLoss(t, output, learned, distance),
  }
}

/** A uniform within ±1/√in, B zero: at first an adapter changes nothing. */
function firstAdapter({ targets, rank }: AdapterTuning, random: Random) {
  const width = widthOf(targets)
  const values = new Float32Array(rank * width)
  let at = 0
  for (let row = 0; row < rank; row++) {
    for (const target of targets) {
      const bound = 1 / Math.sqrt(target.in)
      for (const end = at + target.in; at < end; at++) values[at] = random.between(-bound, bound)
      at += target.out
    }
  }
  return { shape: [rank, width], values }
}

export interface Student {
  /** The network's output for a batch, with the moving average of what was learned. */
  predictAverage(feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array>
  /** Loss and gradients at the present weights; the gradients are good until the next call. */
  gradients(
    feeds: Readonly<Record<string, Tensor>>,
  ): Promise<{ readonly loss: number; readonly gradients: readonly Gradient[] }>
  release(): Promise<void>
}

export async function openStudent(
  { places, optimizerState, forward, backward }: PlannedStudent,
  distance: Distance,
  open: (model: Model) => Promise<Session>,
): Promise<Student> {
  const averaged = await open(forward)
  const learner = await open(backward(distance))
  const [average, weights] = [weightFeeds(places, optimizerState.average), weightFeeds(places, optimizerState.weights)]
  const { gradient } = optimizerState
  const receivers: Record<string, Tensor> = { loss: float32(new Float32Array(1), []) }
  for (const [name, tensor] of Object.entries(weightFeeds(places, gradient))) receivers[`${name}_grad`] = tensor
  const found = places.map(({ offset, length }) => ({ offset, values: gradient.subarray(offset, offset + length) }))
  return {
    async predictAverage(feeds) {
      const results = await averaged.run({ ...feeds, ...average })
      return results[averaged.outputs[0]!.name]!.data as Float32Array
    },
    async gradients(feeds) {
      const results = await learner.run({ ...feeds, ...weights }, receivers)
      return { loss: (results['loss']!.data as Float32Array)[0]!, gradients: found }
    },
    async release() {
      await averaged.release()
      await learner.release()
    },
  }
}
