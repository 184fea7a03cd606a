/** The UNet as a student of one style: the loss of a few samples, and its gradient for the adapter. */

import type { Shape } from '../../onnx/model.ts'
import type { SessionOptions } from '../../onnx/session.ts'
import { float32 } from '../../onnx/tensor.ts'
import type { Scheduler } from '../diffusion/scheduler.ts'
import { findTargets, widthOf } from '../lora/layout.ts'
import type { Component } from '../pipeline/component.ts'
import { numbers, stacked } from '../pipeline/feeds.ts'
import type { ModelFolder } from '../pipeline/modelFolder.ts'
import type { LatentSize, Row } from '../pipeline/pipeline.ts'
import { consistency, factorsAt, noised, regularized, type TimestepPair } from './consistency.ts'
import { adapterInput, trainingModel } from './graph.ts'

/** A picture as it is learned from, drawn once for a step. */
export interface Sample {
  /** z₀ as the UNet sees latents, (C, h, w). */
  readonly z0: Float32Array
  readonly noise: Float32Array
  /** (T, D) */
  readonly promptEmbeds: Float32Array
  /** The embedding of ω. */
  readonly guidance: Float32Array | undefined
  readonly timesteps: TimestepPair
  /** λ of this sample, 0 … 1. */
  readonly lambda: number
  /** What the anchor is, where it is not z₀. */
  readonly target?: Float32Array
}

export interface Student {
  /** Mean loss of a batch of samples against their targets, and its gradient in the layout of the adapter. */
  gradient(
    samples: readonly Sample[],
    targets: readonly Float32Array[],
    adapter: Float32Array,
  ): Promise<{ readonly loss: number; readonly gradient: Float32Array }>
  release(): Promise<void>
}

export interface StudentOptions {
  readonly folder: Pick<ModelFolder, 'latentChannels' | 'guidanceDim' | 'styleTargets'> & {
    readonly unet: Pick<Component, 'open'>
  }
  readonly scheduler: Scheduler
  readonly size: LatentSize
  /** Tokens and width of what the UNet attends to, (T, D). */
  readonly promptShape: readonly [length: number, width: number]
  readonly rank: number
  /** Samples of one call. */
  readonly batch: number
  readonly session: SessionOptions
}

/** A sample noised to one of its two timesteps, as the network takes it. */
export function rowAt({ z0, noise, promptEmbeds, guidance }: Sample, timestep: number, scheduler: Scheduler): Row {
  return { sample: noised(z0, noise, timestep, scheduler), timestep, promptEmbeds, guidance }
}

/**
 * What f(z_t) is compared with: (1 − λ) f⁻(z_s) + λ z₀. `predict` is the network with the averaged adapter; where λ is 1,
 * it is not called.
 */
export async function targetsOf(
  samples: readonly Sample[],
  predict: (rows: readonly Row[]) => Promise<Float32Array[]>,
  scheduler: Scheduler,
): Promise<Float32Array[]> {
  const predicted = samples.filter(({ lambda }) => lambda < 1)
  const rows = predicted.map(sample => rowAt(sample, sample.timesteps.s, scheduler))
  const outputs = rows.length === 0 ? [] : await predict(rows)
  const found = new Map(
    predicted.map(({ timesteps }, at) => [
      predicted[at]!,
      consistency(rows[at]!.sample, outputs[at]!, factorsAt(timesteps.s, scheduler)),
    ]),
  )
  return samples.map(sample => {
    const { z0, target: answer = z0, lambda: anchor } = sample
    const estimate = found.get(sample)
    return estimate ? regularized(estimate, answer, anchor) : answer
  })
}

export async function openStudent(options: StudentOptions): Promise<Student> {
  const { folder, scheduler, size, promptShape, rank, batch } = options
  const { unet, latentChannels, guidanceDim } = folder
  const latents = [batch, latentChannels, size.height, size.width]
  const shapes: Record<string, Shape> = {
    sample: latents,
    timestep: [batch],
    encoder_hidden_states: [batch, ...promptShape],
    ...(guidanceDim !== undefined && { timestep_cond: [batch, guidanceDim] }),
  }
  let adapterDims: readonly number[] = []
  const session = await unet.open({
    ...options.session,
    // Half precision would lose the small differences that learning lives on.
    upcast: true,
    edit: model => {
      const targets = findTargets(model.graph, folder.styleTargets)
      adapterDims = [rank, widthOf(targets)]
      return trainingModel(model, targets, rank, shapes)
    },
  })
  const perSample = (values: readonly number[]) => float32(Float32Array.from(values), [batch, 1, 1, 1])
  return {
    async gradient(samples, targets, adapter) {
      const rows = samples.map(sample => rowAt(sample, sample.timesteps.t, scheduler))
      const factors = rows.map(({ timestep }) => factorsAt(timestep, scheduler))
      const results = await session.run({
        sample: float32(stacked(rows.map(row => row.sample)), latents),
        timestep: numbers(
          session,
          'timestep',
          rows.map(row => row.timestep),
          [batch],
        ),
        encoder_hidden_states: float32(stacked(rows.map(row => row.promptEmbeds)), [batch, ...promptShape]),
        ...(guidanceDim !== undefined && {
          timestep_cond: float32(stacked(rows.map(row => row.guidance!)), [batch, guidanceDim]),
        }),
        of_sample: perSample(factors.map(({ ofSample }) => ofSample)),
        of_output: perSample(factors.map(({ ofOutput }) => ofOutput)),
        target: float32(stacked(targets), latents),
        [adapterInput]: float32(adapter, adapterDims),
      })
      return {
        loss: (results['loss']!.data as Float32Array)[0]!,
        gradient: results['adapter_grad']!.data as Float32Array,
      }
    },
    release: () => session.release(),
  }
}
