/** One step of fine-tuning against torch and against itself. The goldens are made by tools/reference/lcf.py. */
import { describe, expect, it } from 'vitest'
import { embedGuidance } from '../../../engine/diffusion/guidance.ts'
import { lcmDefaults, openScheduler } from '../../../engine/diffusion/scheduler.ts'
import { consistency, factorsAt, huberOf } from '../../../engine/lcf/consistency.ts'
import { huberC } from '../../../engine/lcf/graph.ts'
import { openStudent, rowAt, type Sample, type Student, targetsOf } from '../../../engine/lcf/student.ts'
import { takeStyles } from '../../../engine/lora/edit.ts'
import { findTargets } from '../../../engine/lora/layout.ts'
import type { Row } from '../../../engine/pipeline/pipeline.ts'
import { encodeModel } from '../../../onnx/codec.ts'
import { createSession } from '../../../onnx/session.ts'
import { float32, int64 } from '../../../onnx/tensor.ts'
import { randomNumbers } from '../../onnx/autograd/check.ts'
import { load, readBeside, readTensors, relativeDistance } from '../../onnx/files.ts'
import { patient } from '../../support/patience.ts'

const golden = readTensors('gradients/lcf.safetensors')
const floats = (name: string) => golden[name]!.data as Float32Array
const numbers = (name: string) => [...(golden[name]!.data as BigInt64Array)].map(Number)
const rank = golden['online.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.A']!.dims[0]!
const scheduler = openScheduler(lcmDefaults)

const unetOf = (exporter: string) => load(`gradients/${exporter}.onnx`)

function openTiny(exporter: string): Promise<Student> {
  return openStudent({
    folder: {
      latentChannels: 4,
      guidanceDim: 5,
      styleTargets: ['attention'],
      unet: {
        open: ({ edit }) =>
          createSession(encodeModel(edit!(unetOf(exporter), readBeside(`gradients/${exporter}.onnx`)))),
      },
    },
    scheduler,
    size: { width: 8, height: 8 },
    promptShape: [3, 6],
    rank,
    batch: 2,
    session: {},
  })
}

/** The network as people paint with it: an adapter for each sample. */
async function openPredict(exporter: string) {
  const model = unetOf(exporter)
  const session = await createSession(encodeModel(takeStyles(model, findTargets(model.graph))))
  return (adapter: Float32Array) => async (rows: readonly Row[]) => {
    const both = (of: (row: Row) => Float32Array) => Float32Array.from(rows.flatMap(row => [...of(row)]))
    const { out_sample } = await session.run({
      sample: float32(
        both(({ sample }) => sample),
        [2, 4, 8, 8],
      ),
      timestep: int64(rows.map(({ timestep }) => timestep)),
      encoder_hidden_states: float32(
        both(({ promptEmbeds: words }) => words),
        [2, 3, 6],
      ),
      timestep_cond: float32(
        both(({ guidance }) => guidance!),
        [2, 5],
      ),
      style: float32(
        both(() => adapter),
        [2, adapter.length],
      ),
    })
    const values = out_sample!.data as Float32Array
    return [values.subarray(0, 256), values.subarray(256)]
  }
}

/** Tensors of one kind in the layout of an adapter: rank by rank, for each target its row of A and its row of B. */
function adapterOf(exporter: string, kind: string): Float32Array {
  const targets = findTargets(unetOf(exporter).graph)
  expect(targets).toHaveLength(Object.keys(golden).filter(name => /^online\..*\.A$/.test(name)).length)
  const values: number[] = []
  for (let row = 0; row < rank; row++) {
    for (const { name, in: from, out } of targets) {
      values.push(...floats(`${kind}.${name}.A`).subarray(row * from, (row + 1) * from))
      values.push(...floats(`${kind}.${name}.B`).subarray(row * out, (row + 1) * out))
    }
  }
  return Float32Array.from(values)
}

const rowsOf = (name: string) => {
  const length = floats(name).length / 2
  return [floats(name).subarray(0, length), floats(name).subarray(length)]
}
const samplesAt = (anchor: number): Sample[] =>
  [0, 1].map(at => ({
    z0: rowsOf('z0')[at]!,
    noise: rowsOf('noise')[at]!,
    promptEmbeds: rowsOf('words')[at]!,
    guidance: embedGuidance(floats('guidance_scale')[at]!, 5),
    timesteps: { t: numbers('t')[at]!, s: numbers('s')[at]! },
    lambda: anchor,
  }))

describe.each(['torchscript', 'dynamo'])('a step on the tiny UNet of the %s exporter', exporter => {
  it('has the loss and the gradients of torch, exact and anchored', { timeout: patient(120_000) }, async () => {
    const [student, predict] = [await openTiny(exporter), await openPredict(exporter)]
    const [online, average] = [adapterOf(exporter, 'online'), predict(adapterOf(exporter, 'average'))]
    const below = await targetsOf(samplesAt(0), average, scheduler)
    for (const at of [0, 1]) expect(relativeDistance(below[at]!, rowsOf('below')[at]!)).toBeLessThan(1e-4)
    for (const [method, anchor] of [
      ['exact', 0],
      ['anchored', 0.1],
    ] as const) {
      const samples = samplesAt(anchor)
      const targets = await targetsOf(samples, average, scheduler)
      const { loss, gradient } = await student.gradient(samples, targets, online)
      expect(Math.abs(loss - floats(`${method}.loss`)[0]!)).toBeLessThan(1e-4)
      expect(relativeDistance(gradient, adapterOf(exporter, method)), method).toBeLessThan(1e-4)
    }
    await student.release()
  })
})

describe('the gradient of the loss', () => {
  it('is its slope by finite differences', { timeout: patient(120_000) }, async () => {
    const exporter = 'torchscript'
    const [student, predict] = [await openTiny(exporter), await openPredict(exporter)]
    const online = adapterOf(exporter, 'online')
    const samples = samplesAt(0.1)
    const targets = await targetsOf(samples, predict(adapterOf(exporter, 'average')), scheduler)
    const { loss, gradient } = await student.gradient(samples, targets, online)
    const lossAt = async (adapter: Float32Array) => {
      const rows = samples.map(sample => rowAt(sample, sample.timesteps.t, scheduler))
      const outputs = await predict(adapter)(rows)
      const losses = outputs.map((output, at) => {
        const f = consistency(rows[at]!.sample, output, factorsAt(rows[at]!.timestep, scheduler))
        return huberOf(f, targets[at]!, huberC)
      })
      return (losses[0]! + losses[1]!) / 2
    }
    expect(loss).toBeCloseTo(await lossAt(online), 5)
    // Along the gradient itself and along a random direction.
    const random = randomNumbers(3)(gradient.length)
    for (const direction of [gradient, random]) {
      const slope = direction.reduce((sum, value, at) => sum + value * gradient[at]!, 0)
      const length = Math.hypot(...direction)
      const along = (reach: number) => lossAt(online.map((value, at) => value + (reach * direction[at]!) / length))
      const central = async (reach: number) => ((await along(reach)) - (await along(-reach))) / (2 * reach)
      const numeric = (4 * (await central(0.02)) - (await central(0.04))) / 3
      expect(Math.abs(numeric - slope / length)).toBeLessThan(0.01 * Math.hypot(...gradient))
    }
    await student.release()
  })
})
