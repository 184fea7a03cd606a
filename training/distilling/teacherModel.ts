/** Somebody else's model folder as a teacher: its graph, its shapes, and what it predicts of noisy latents. */

import { basename } from 'node:path'
import { embedGuidance } from '../../engine/diffusion/guidance.ts'
import { openScheduler, type Scheduler } from '../../engine/diffusion/scheduler.ts'
import { numbers, stacked } from '../../engine/pipeline/feeds.ts'
import { type ModelFolder, readModelFolder } from '../../engine/pipeline/modelFolder.ts'
import type { ReadExternal } from '../../onnx/codec.ts'
import type { Model } from '../../onnx/model.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { loadTensor, mapInitializers } from '../../onnx/storedTensors.ts'
import { elementCount, float32, type Initializer, isStored, type Tensor } from '../../onnx/tensor.ts'
import { UserError } from '../../protocol/errors.ts'
import { guided } from '../solvers/guidance.ts'
import { guidanceInput } from './studentGraph.ts'

/** Size of a new guidance embedding, as in LCM_Dreamshaper_v7. */
export const guidanceSize = 256

/** One sample in front of the network. */
export interface Sample {
  readonly z: Float32Array
  readonly timestep: number
  /** (T, D) */
  readonly promptEmbeds: Float32Array
}

export interface Teacher {
  readonly folder: ModelFolder
  readonly scheduler: Scheduler
  /** The graph of its UNet, as the file has it. */
  readonly model: Model
  /** (C, H, W) */
  readonly latentShape: readonly number[]
  /** Tokens and width of what the text encoder gives, (T, D). */
  readonly promptShape: readonly number[]
  /** Size of its guidance embedding, or of the one that its student gets. */
  readonly guidanceDim: number
  /** Whether it takes ω as an input; else it is called with the prompt and without. */
  readonly takesGuidance: boolean
  feeds(samples: readonly Sample[]): Record<string, Tensor>
  guidanceFeed(omegas: readonly number[]): Record<string, Tensor>
  /** Its output for noisy latents, guidance inside; `emptyEmbeds` are those of the empty prompt. */
  predict(samples: readonly Sample[], omegas: readonly number[], emptyEmbeds: Float32Array): Promise<Float32Array>
  /** Milliseconds of one picture in one call, the second of two. */
  measureCall(): Promise<number>
  release(): Promise<void>
}

export async function openTeacher(path: string, threads: number): Promise<Teacher> {
  const folder = await readModelFolder(path)
  const scheduler = openScheduler(folder.schedule)
  checkTeacher(folder, scheduler)
  let captured: Model | undefined
  const session = await folder.unet.open({
    ...sessionOptions(threads),
    upcast: true,
    edit: (model, read) => {
      captured = withOwnTensors(model, folder, read)
      return model
    },
  })
  const side = folder.trainedSize / folder.spatialFactor
  const latentShape = [folder.latentChannels, side, side]
  const promptShape = await promptShapeOf(folder, threads)
  const guidanceDim = folder.guidanceDim ?? guidanceSize
  const takesGuidance = folder.guidanceDim !== undefined

  const feeds = (samples: readonly Sample[]): Record<string, Tensor> => {
    const timesteps = samples.map(({ timestep }) => timestep)
    return {
      sample: float32(stacked(samples.map(({ z }) => z)), [samples.length, ...latentShape]),
      timestep: numbers(session, 'timestep', timesteps, [samples.length]),
      encoder_hidden_states: float32(stacked(samples.map(({ promptEmbeds }) => promptEmbeds)), [
        samples.length,
        ...promptShape,
      ]),
    }
  }
  const guidanceFeed = (omegas: readonly number[]) => ({
    [guidanceInput]: float32(stacked(omegas.map(omega => embedGuidance(omega + 1, guidanceDim))), [
      omegas.length,
      guidanceDim,
    ]),
  })
  const output = session.outputs[0]!.name

  return {
    folder,
    scheduler,
    // The session was opened with the edit that captures it.
    model: captured!,
    latentShape,
    promptShape,
    guidanceDim,
    takesGuidance,
    feeds,
    guidanceFeed,
    async predict(samples, omegas, emptyEmbeds) {
      if (takesGuidance) {
        return (await session.run({ ...feeds(samples), ...guidanceFeed(omegas) }))[output]!.data as Float32Array
      }
      const unconditional = samples.map(sample => ({ ...sample, promptEmbeds: emptyEmbeds }))
      const both = (await session.run(feeds([...samples, ...unconditional])))[output]!.data as Float32Array
      return guided(both.subarray(0, both.length / 2), both.subarray(both.length / 2), omegas)
    },
    async measureCall() {
      const zeros = (dims: readonly number[]) => new Float32Array(elementCount(dims))
      const inputs = {
        ...feeds([{ z: zeros(latentShape), timestep: 500, promptEmbeds: zeros(promptShape) }]),
        ...(takesGuidance && { [guidanceInput]: float32(zeros([guidanceDim]), [1, guidanceDim]) }),
      }
      await session.run(inputs)
      const began = performance.now()
      await session.run(inputs)
      return performance.now() - began
    },
    release: () => session.release(),
  }
}

function checkTeacher(folder: ModelFolder, { alphasCumprod, config }: Scheduler): void {
  const broken = (message: string) => new UserError('learn/model', message)
  if (!folder.vaeEncoder) throw broken('Expected a vae_encoder in the folder, to encode the pictures with, found none.')
  if (folder.fixedShape) {
    throw broken(
      'Expected a UNet whose batch and size are open, got one whose shape is fixed. Export it with dynamic axes.',
    )
  }
  if (config.predictionType === 'epsilon' && alphasCumprod.at(-1)! < 1e-8) {
    throw broken(
      'Expected v_prediction with zero terminal SNR, got epsilon, which says nothing about a picture of pure noise.',
    )
  }
}

async function promptShapeOf(folder: ModelFolder, threads: number): Promise<readonly number[]> {
  const session = await folder.textEncoder.open({ ...sessionOptions(threads), upcast: true })
  const ids = folder.tokenizer.encode('')
  const { name } = session.inputs[0]!
  const results = await session.run({ [name]: numbers(session, name, ids, [1, ids.length]) })
  await session.release()
  const hidden = results['last_hidden_state'] ?? results[session.outputs[0]!.name]!
  return hidden.dims.slice(1)
}

/** Read into memory, but for tensors in files beside the graph, which a student may share. */
function withOwnTensors(model: Model, { unet }: ModelFolder, read: ReadExternal): Model {
  const beside = unet.files.slice(1).map(file => basename(file))
  const isShared = (tensor: Initializer) => isStored(tensor) && beside.includes(basename(tensor.stored.file))
  const own = (tensor: Initializer) => (isShared(tensor) ? tensor : loadTensor(tensor, read))
  return { ...model, graph: mapInitializers(model.graph, own) }
}
