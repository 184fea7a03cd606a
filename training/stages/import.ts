import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeModel } from '../../onnx/codec.ts'
import type { Model } from '../../onnx/model.ts'
import { checkpointArrays, createOptimizerState } from '../../onnx/optim/adam.ts'
import { saveCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import { Weights } from '../networks/network.ts'
import { isDetailEncoder, isFine } from '../networks/vae.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { type LatentStatistics, vaeWeights } from './autoencoder.ts'
import { teacherFolderOf } from './export.ts'
import { unpacked } from './packing.ts'
import { teacherRecipe, teacherWeights } from './teacher.ts'
import { textEncoderWeights } from './textPretraining.ts'

/**
 * The way back from `export`: checkpoints out of a model folder, so that a training goes on from the weights that
 * ship when nothing else of their training is left. The teacher is the one that lies beside the folder; where there is
 * none, the folder's own UNet becomes it, without its guidance. The
 * layer that the text encoder answered its questions with is not in the folder, and begins anew.
 */
export async function importModel(workspace: Workspace, modelFolder: string): Promise<void> {
  const files = filesOf(workspace)
  const read = (part: string, folder = modelFolder): Model =>
    decodeModel(readFileSync(join(folder, part, 'model.onnx')))
  const teacherFolder = existsSync(teacherFolderOf(modelFolder)) ? teacherFolderOf(modelFolder) : modelFolder
  const decoder = read('vae_decoder')

  cpSync(join(modelFolder, 'tokenizer'), files.tokenizer, { recursive: true })
  const statistics = statisticsOf(decoder)
  const further = Array<number>(workspace.recipe.vae.channels - statistics.mean.length).fill(0)
  const wider: LatentStatistics = {
    mean: [...statistics.mean, ...further],
    deviation: [...statistics.deviation, ...further.map(() => 1)],
  }
  writeFileSync(files.latentStatistics, `${JSON.stringify(wider, null, 2)}\n`)
  const vae = vaeWeights(workspace)
  // A smaller model's autoencoder begins the larger one, whose finer half and details add nothing yet.
  const isNew = (name: string) => isFine(name) || isDetailEncoder(name)
  takeAll(vae, [unpacked(read('vae_encoder')), unpacked(decoder)], name => !isNew(name), modelFolder)
  await save(files.vae, 'vae', vae.flatten().flat, workspace.recipe.vae)

  const reader = textEncoderWeights(workspace)
  takeAll(reader, [unpacked(read('text_encoder'))], name => name.startsWith('text_model.'), modelFolder)
  const { seed, text, reader: readerRecipe } = workspace.recipe
  await save(files.text, 'text', reader.flatten().flat, { seed, text, reader: readerRecipe })

  const teacher = teacherWeights(workspace)
  const isUnet = (name: string) => !name.startsWith('text_model.')
  takeAll(teacher, [unpacked(read('unet', teacherFolder))], isUnet, teacherFolder)
  const learned = workspace.recipe.teacher.frozenText ? isUnet : () => true
  await save(files.teacher, 'teacher', teacher.flatten(learned).flat, teacherRecipe(workspace))
}

/** Takes over values of all weights that are `wanted`; each must be there. */
function takeAll(
  weights: Weights,
  parts: readonly Weights[],
  wanted: (name: string) => boolean,
  modelFolder: string,
): void {
  const there = new Set(parts.flatMap(part => [...part.entries()].map(([name]) => name)))
  const missing = [...weights.entries()].map(([name]) => name).filter(name => wanted(name) && !there.has(name))
  if (missing.length > 0) {
    throw new Error(
      `Expected the weights of this recipe's networks in ${modelFolder}, found no ${missing.slice(0, 3).join(', no ')}` +
        `${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}. Name a folder that \`train export\` wrote.`,
    )
  }
  for (const part of parts) weights.take(widened(part, weights))
}

/** Weights of fewer channels as the beginning of wider ones: what the further channels weigh is 0. */
function widened(part: Weights, wider: Weights): Weights {
  const dimsOf = new Map([...wider.entries()].map(([name, { dims }]) => [name, dims]))
  return new Weights(
    [...part.entries()].map(([name, tensor]) => {
      const dims = dimsOf.get(name)
      const isWider =
        dims?.length === tensor.dims.length &&
        dims.some((size, axis) => size > tensor.dims[axis]!) &&
        dims.every((size, axis) => size >= tensor.dims[axis]! && (axis < 2 || size === tensor.dims[axis]))
      return [name, isWider ? padded(tensor, dims) : tensor]
    }),
  )
}

/** (out, in, …) or (out) with zeros behind, in the first two axes. */
function padded({ dims, data }: Tensor, [out, into = 1, ...kernel]: readonly number[]): Tensor {
  const [theirOut, theirInto = 1] = dims
  const area = kernel.reduce((product, size) => product * size, 1)
  const values = new Float32Array(out! * into * area)
  for (let row = 0; row < theirOut!; row++) {
    const from = row * theirInto * area
    values.set((data as Float32Array).subarray(from, from + theirInto * area), row * into * area)
  }
  return float32(values, dims.length === 1 ? [out!] : [out!, into, ...kernel])
}

async function save(file: string, stage: string, flat: Float32Array, recipe: unknown): Promise<void> {
  await saveCheckpoint(file, {
    record: { stage, step: 0, random: [], loss: null, bestLoss: null, seconds: 0, recipe },
    arrays: checkpointArrays(createOptimizerState(flat)),
  })
}

/** What `export` folded into the decoder: its first two nodes are latent · deviation + mean. */
function statisticsOf({ graph: { nodes, inputs, initializers } }: Model): LatentStatistics {
  const factorOf = (op: string, input: string) => {
    const node = nodes.find(node => node.op === op && node.inputs[0] === input)
    const tensor = node && initializers.get(node.inputs[1]!)
    if (!node || !tensor || !('data' in tensor) || tensor.dtype !== 'float32') {
      throw new Error(
        `Expected the decoder to begin with latent · deviation + mean, found no such ${op} after ${input}. ` +
          'Name a folder that `train export` wrote.',
      )
    }
    return { values: [...tensor.data], output: node.outputs[0]! }
  }
  const scaled = factorOf('Mul', inputs[0]!.name)
  return { mean: factorOf('Add', scaled.output).values, deviation: scaled.values }
}
