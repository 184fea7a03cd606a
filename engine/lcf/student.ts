/** The UNet as a student of one style: it predicts with any adapter, and gives the gradient of the loss for one. */
import type { ModelFolder } from '../folder.ts'
import { findTargets, type Target, widthOf } from '../lora/layout.ts'
import type { Shape } from '../onnx/model.ts'
import type { Part } from '../part.ts'
import type { LatentSize, Row } from '../pipeline.ts'
import type { Scheduler } from '../scheduler.ts'
import type { Session, SessionOptions } from '../session.ts'
import { float32, type Tensor } from '../tensor.ts'
import { anchored, consistency, factorsAt, noised, type Rung } from './consistency.ts'
import { adapterInput, trainingModel, withAdapter } from './graph.ts'

/** A picture as it is learned from, drawn once for a step. */
export interface Sample {
  /** z₀ as the UNet sees latents, (C, h, w). */
  readonly z0: Float32Array
  readonly noise: Float32Array
  /** (T, D) */
  readonly words: Float32Array
  /** The embedding of ω. */
  readonly guidance: Float32Array | undefined
  readonly rung: Rung
}

export interface Student {
  readonly targets: readonly Target[]
  /** Samples of one call for a gradient. */
  readonly batch: number
  /** The UNet's output for each row, with the adapter for all of them. */
  predict(rows: readonly Row[], adapter: Float32Array): Promise<Float32Array[]>
  /** d's second argument for `batch` samples: (1 − λ) f⁻(z_s) + λ z₀. */
  targetsOf(samples: readonly Sample[], average: Float32Array, anchor: number): Promise<Float32Array[]>
  /** Mean loss of `batch` samples against their targets, and its gradient in the layout of the adapter. */
  gradient(
    samples: readonly Sample[],
    targets: readonly Float32Array[],
    adapter: Float32Array,
  ): Promise<{ readonly loss: number; readonly gradient: Float32Array }>
  release(): Promise<void>
}

export interface StudentOptions {
  readonly folder: Pick<ModelFolder, 'latentChannels' | 'guidanceDim'> & { readonly unet: Pick<Part, 'open'> }
  readonly scheduler: Scheduler
  readonly size: LatentSize
  /** Tokens and width of what the UNet attends to, (T, D). */
  readonly words: readonly [length: number, width: number]
  readonly rank: number
  readonly batch: number
  readonly session: SessionOptions
}

/** Opens the two graphs one after the other; between them others may have the device. */
export async function* openStudent(options: StudentOptions): AsyncGenerator<undefined, Student> {
  const { folder, scheduler, size, words, rank, batch } = options
  const { unet, latentChannels, guidanceDim } = folder
  // Half precision would lose the small differences that learning lives on.
  const settings = { ...options.session, wide: true }
  let targets: readonly Target[] = []
  const forward = await unet.open({
    ...settings,
    edit: model => {
      targets = findTargets(model.graph)
      return withAdapter(model, targets, rank)
    },
  })
  yield
  const latents = [batch, latentChannels, size.height, size.width]
  const shapes: Record<string, Shape> = {
    sample: latents,
    timestep: [batch],
    encoder_hidden_states: [batch, ...words],
    ...(guidanceDim !== undefined && { timestep_cond: [batch, guidanceDim] }),
  }
  const backward = await unet.open({
    ...settings,
    edit: model => trainingModel(model, findTargets(model.graph), rank, shapes),
  })
  const adapterDims = [rank, widthOf(targets)]
  const output = forward.outputs[0]!.name

  async function predict(rows: readonly Row[], adapter: Float32Array): Promise<Float32Array[]> {
    const feeds = { ...feedsOf(forward, rows), [adapterInput]: float32(adapter, adapterDims) }
    const values = (await forward.run(feeds, [output]))[output]!.data as Float32Array
    const length = values.length / rows.length
    return rows.map((_, row) => values.subarray(row * length, (row + 1) * length))
  }

  function feedsOf(session: Session, rows: readonly Row[]): Record<string, Tensor> {
    const count = rows.length
    return {
      sample: float32(stacked(rows.map(row => row.sample)), [count, latentChannels, size.height, size.width]),
      timestep: timesteps(
        session,
        rows.map(row => row.timestep),
      ),
      encoder_hidden_states: float32(stacked(rows.map(row => row.words)), [count, ...words]),
      ...(guidanceDim !== undefined && {
        timestep_cond: float32(stacked(rows.map(row => row.guidance!)), [count, guidanceDim]),
      }),
    }
  }

  const rowAt = ({ z0, noise, words, guidance }: Sample, timestep: number): Row => ({
    sample: noised(z0, noise, timestep, scheduler),
    timestep,
    words,
    guidance,
  })

  return {
    targets,
    batch,
    predict,

    async targetsOf(samples, average, anchor) {
      const rows = samples.map(sample => rowAt(sample, sample.rung.s))
      const outputs = await predict(rows, average)
      return samples.map(({ z0, rung }, at) => {
        const f = consistency(rows[at]!.sample, outputs[at]!, factorsAt(rung.s, scheduler))
        return anchored(f, z0, anchor)
      })
    },

    async gradient(samples, targetsOfSamples, adapter) {
      const factors = samples.map(({ rung }) => factorsAt(rung.t, scheduler))
      const perSample = (values: number[]) => float32(Float32Array.from(values), [batch, 1, 1, 1])
      const results = await backward.run({
        ...feedsOf(
          backward,
          samples.map(sample => rowAt(sample, sample.rung.t)),
        ),
        of_sample: perSample(factors.map(({ ofSample }) => ofSample)),
        of_output: perSample(factors.map(({ ofOutput }) => ofOutput)),
        target: float32(stacked(targetsOfSamples), latents),
        [adapterInput]: float32(adapter, adapterDims),
      })
      return {
        loss: (results['loss']!.data as Float32Array)[0]!,
        gradient: results['adapter_grad']!.data as Float32Array,
      }
    },

    async release() {
      await forward.release()
      await backward.release()
    },
  }
}

function stacked(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0]!
  const size = rows[0]!.length
  const all = new Float32Array(rows.length * size)
  for (const [at, row] of rows.entries()) all.set(row, at * size)
  return all
}

/** Exporters disagree on the type of a timestep. */
function timesteps(session: Session, values: readonly number[]): Tensor {
  const { type } = session.inputs.find(({ name }) => name === 'timestep')!
  const dims = [values.length]
  switch (type) {
    case 'int64':
      return { type, dims, data: BigInt64Array.from(values, BigInt) }
    case 'int32':
      return { type, dims, data: Int32Array.from(values) }
    case 'float64':
      return { type, dims, data: Float64Array.from(values) }
    default:
      return float32(Float32Array.from(values), dims)
  }
}
