import type { Tokenizer } from '../../engine/pipeline/tokenizer.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { weightedSquares } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { during } from '../../onnx/optim/releasable.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { textEncoder } from '../networks/textEncoder.ts'
import { unet } from '../networks/unet.ts'
import { diffusion, trainTimesteps } from '../solvers/diffusion.ts'
import { guided } from '../solvers/guidance.ts'
import { solvers } from '../solvers/index.ts'
import type { Predict } from '../solvers/odeStep.ts'
import { predictionAt } from '../solvers/prediction.ts'
import { completeCaption, ownTokenizer, tokensOf } from '../workspace/captions.ts'
import type { Recipe } from '../workspace/recipes.ts'
import { writeSheet } from '../workspace/sheet.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { latentStatistics } from './autoencoder.ts'
import { openDecoder, openDenoiser, openTextEncoder } from './denoiser.ts'
import { type Latents, openLatents } from './latents.ts'
import { openPrefetcher } from './prefetcher.ts'
import { trainedTextEncoder } from './textPretraining.ts'

/**
 * The teacher: a text-conditional diffusion model that predicts v. One caption in ten is empty, so that it can be guided
 * (arXiv 2207.12598). Its text encoder may learn with it; one that can read already is better left alone, as latent
 * diffusion leaves CLIP: over 70 000 pictures its words for colours and kinds moved on before the UNet had learned to hear them.
 */
export async function trainTeacher(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, adam } = recipe.teacher
  const tokenizer = await ownTokenizer(workspace)
  const latents = await openLatents(workspace)
  const [channels, side] = latents.shape

  const trainable = await openTrainable(
    teacherWeights(workspace, workspace.from),
    n => {
      const v = recordTeacher(n, workspace, batch)
      const target = n.input('target', 'float32', [batch, channels, side, side])
      return weightedSquares(n, v, target, n.input('weight', 'float32', [batch, 1, side, side]))
    },
    { threads, trains: name => learns(recipe, name) },
  )

  const batches = await openPrefetcher('teacher', workspace, latents)
  await trainLoop({
    stage: 'teacher',
    file: filesOf(workspace).teacher,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, recipe.teacher.draw ?? 2),
    batch,
    adam,
    recipe: teacherRecipe(workspace),
    optimizerState: trainable.optimizerState,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    async gradients(step, random) {
      const found = await trainable.gradients(await batches.take(step, random))
      batches.prepare(step + 1, random)
      return found
    },
    looked: step => lookAtTeacher(workspace, latents, tokenizer, step),
  }).finally(batches.close)
  await trainable.release()
}

function recordTeacher(n: Network, { recipe }: Workspace, batch: number) {
  const { sampleSize, channels } = recipe.unet
  const ids = n.input('input_ids', 'int64', [batch, recipe.text.length])
  const sample = n.input('sample', 'float32', [batch, channels, sampleSize, sampleSize])
  const timestep = n.input('timestep', 'int64', [batch])
  const context = textEncoder(n, ids, recipe.text)
  return unet(n, { sample, timestep, context }, { ...recipe.unet, guidanceSize: 0 })
}

/** Whether a weight of the teacher is one that it learns. */
export const learns = ({ teacher }: Recipe, name: string) => !(teacher.frozenText && name.startsWith('text_model.'))

/** New weights, or those of another folder's teacher where it has them; the text encoder as its stage has left it. */
export function teacherWeights(workspace: Workspace, from?: string): Weights {
  const weights = new Weights([], new Random(seedOf(workspace.recipe.seed, 1)))
  recordTeacher(new Network(weights), workspace, 1)
  // Values are copied, so that the order of the weights is that of this network, whatever the other one was like.
  if (from !== undefined) {
    weights.take(teacherOf({ ...workspace, folder: from }))
    const [theirs, ours] = [latentStatistics({ folder: from }), latentStatistics(workspace)]
    louder(
      weights,
      theirs.deviation.map((each, channel) => each / ours.deviation[channel]!),
    )
  }
  const reader = trainedTextEncoder(workspace)
  if (reader) weights.take(reader)
  else if (workspace.recipe.teacher.frozenText) {
    throw new Error(
      `Expected a text encoder that has learned to read in ${workspace.folder}, found none. ` +
        'Train the stage text first, or let the text encoder learn with the teacher (teacher.frozenText: false).',
    )
  }
  return weights
}

/**
 * Begins a teacher of quieter latents for louder ones, by `gain` for each channel: what comes in is divided by half of it
 * in the logarithm, since noise stays as it is; v is mostly the latents where there is most to learn, so what goes out is
 * multiplied by it.
 */
function louder(weights: Weights, gain: readonly number[]): void {
  for (const [name, { dims, data }] of weights.entries()) {
    const values = data as Float32Array
    const [out, into] = dims as [number, number]
    if (name === 'conv_in.weight') {
      const area = values.length / (out * into)
      for (let at = 0; at < values.length; at++) values[at]! /= Math.sqrt(gain[Math.floor(at / area) % into]!)
    } else if (name === 'conv_out.weight' || name === 'conv_out.bias') {
      const each = values.length / out
      for (let at = 0; at < values.length; at++) values[at]! *= gain[Math.floor(at / each)]!
    }
  }
}

/** The teacher of a folder, whose own recipe lies in its checkpoint. */
function teacherOf(workspace: Workspace): Weights {
  const { record } = loadCheckpoint(filesOf(workspace).teacher)
  // Written by `teacherRecipe`.
  const recipe = record.recipe as ReturnType<typeof teacherRecipe>
  return trainedTeacher({ ...workspace, recipe: { ...workspace.recipe, ...recipe } as Recipe })
}

/** What a checkpoint of the teacher must agree with. */
export function teacherRecipe({ recipe: { seed, pictures, several, vae, text, unet, teacher } }: Workspace) {
  return { seed, pictures, several, vae, text, unet, teacher }
}

/** The averaged weights of the last checkpoint, text encoder and UNet. */
export function trainedTeacher(workspace: Workspace): Weights {
  const weights = teacherWeights(workspace)
  const { places } = weights.flatten(name => learns(workspace.recipe, name))
  weights.take(new Weights(viewsOf(places, loadCheckpoint(filesOf(workspace).teacher).arrays['average']!)))
  return weights
}

/** Sixteen captions, painted in 25 steps of DDIM with guidance 3. */
export async function lookAtTeacher(
  workspace: Workspace,
  latents: Latents,
  tokenizer: Tokenizer,
  step: number,
): Promise<void> {
  const count = 16
  const weights = trainedTeacher(workspace)
  const denoiser = await openDenoiser(workspace, weights, 0)
  const read = await openTextEncoder(workspace, weights)
  const captions = Array.from({ length: count }, (_, index) => completeCaption(workspace, index))
  const withCaption = await read(tokensOf(tokenizer, captions))
  const without = await read(
    tokensOf(
      tokenizer,
      captions.map(() => ''),
    ),
  )
  const omegas = captions.map(() => 2)
  const predict: Predict = async (z, timesteps) => {
    const v = await denoiser.predict(z, timesteps, withCaption)
    return predictionAt(diffusion, z, guided(v, await denoiser.predict(z, timesteps, without), omegas), timesteps)
  }
  const solver = solvers.ddim(diffusion)
  let z = new Random(7).normals(new Float32Array(count * latents.shape.reduce((product, size) => product * size, 1)))
  const stride = trainTimesteps / 25
  for (let t = trainTimesteps - 1; t > 0; t -= stride) {
    const all = (time: number) => captions.map(() => Math.max(0, time))
    z = await solver.step(predict, z, all(t), all(t - stride))
  }
  const pictures = await during(openDecoder(workspace), decode => decode(z))
  for (const opened of [denoiser, read]) await opened.release()
  await writeSheet(filesOf(workspace).sheet(`teacher-${step}`), pictures, workspace.recipe.pictures.size, 8)
  if (step === workspace.recipe.teacher.adam.steps) workspace.say(captions.join('\n'))
}
