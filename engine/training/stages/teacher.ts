import { float32, int64 } from '../../tensor.ts'
import type { Tokenizer } from '../../tokenizer.ts'
import { captionOf, completeCaption, ownTokenizer } from '../captions.ts'
import { loadCheckpoint } from '../checkpoint.ts'
import { minSnrWeight, noiseAt, trainTimesteps } from '../diffusion.ts'
import { type Latents, openLatents } from '../latents.ts'
import { trainLoop } from '../loop.ts'
import { weightedSquares } from '../loss.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { textEncoder } from '../networks/textEncoder.ts'
import { unet } from '../networks/unet.ts'
import { openDecoder, openDenoiser, openReader } from '../painter.ts'
import { Random, seedOf } from '../random.ts'
import type { Recipe } from '../recipes.ts'
import { writeSheet } from '../sheet.ts'
import { type Believe, beliefOf, guide, solvers } from '../solvers.ts'
import { openTrainable } from '../trainable.ts'
import { filesOf, type Workspace } from '../workspace.ts'
import { trainedReader } from './text.ts'

/**
 * The teacher: a text-conditional diffusion model that predicts v, its text encoder trained with it. One caption in ten
 * is empty, so that it can be guided (arXiv 2207.12598).
 */
export async function trainTeacher(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, adam, snr } = recipe.teacher
  const tokenizer = await ownTokenizer(workspace)
  const latents = await openLatents(workspace)
  const shape = [batch, ...latents.shape]
  const length = latents.shape[0] * latents.shape[1] * latents.shape[2]

  const trainable = await openTrainable(
    teacherWeights(workspace, workspace.from),
    n => {
      const v = recordTeacher(n, workspace, batch)
      const target = n.input('target', 'float32', shape)
      return weightedSquares(n, v, target, n.input('weight', 'float32', [batch, 1, 1, 1]))
    },
    { threads },
  )

  const noise = new Float32Array(length)
  await trainLoop({
    stage: 'teacher',
    file: filesOf(workspace).teacher,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, 2),
    batch,
    adam,
    recipe: teacherRecipe(workspace),
    moments: trainable.moments,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    gradients(step, random) {
      const z = new Float32Array(batch * length)
      const v = new Float32Array(batch * length)
      const timesteps: number[] = []
      const tokens: number[] = []
      for (let index = 0; index < batch; index++) {
        const sample = sampleAt(recipe.seed, step * batch + index, latents.pictures.length)
        tokens.push(...tokenizer.encode(captionOf(workspace, latents.pictures[sample.row]!, sample.captionSeed)))
        // Stratified: every batch sees all noise levels.
        const t = Math.floor(((index + random.uniform()) / batch) * trainTimesteps)
        timesteps.push(t)
        const { alpha, sigma } = noiseAt(t)
        random.normals(noise)
        for (let at = 0; at < length; at++) {
          const x = latents.values[sample.row * length + at]!
          z[index * length + at] = alpha * x + sigma * noise[at]!
          v[index * length + at] = alpha * noise[at]! - sigma * x
        }
      }
      return trainable.gradients({
        sample: float32(z, shape),
        timestep: int64(timesteps),
        input_ids: int64(tokens, [batch, recipe.text.length]),
        target: float32(v, shape),
        weight: float32(
          Float32Array.from(timesteps, t => minSnrWeight(t, snr)),
          [batch, 1, 1, 1],
        ),
      })
    },
    looked: step => lookAtTeacher(workspace, latents, tokenizer, step),
  })
  await trainable.release()
}

/** The order of the data: every picture once in each round, each time in other words. */
export function sampleAt(seed: number, position: number, count: number): { row: number; captionSeed: number } {
  const round = Math.floor(position / count)
  // A stride without common divisors visits every picture once.
  const stride = coprime(seedOf(seed, round) % count, count)
  return {
    row: ((position % count) * stride + seedOf(seed, round)) % count,
    captionSeed: seedOf(seed + 1, position),
  }
}

function coprime(from: number, count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let stride = Math.max(1, from)
  while (divisor(stride, count) !== 1) stride++
  return stride
}

function recordTeacher(n: Network, { recipe }: Workspace, batch: number) {
  const { sampleSize, channels } = recipe.unet
  const ids = n.input('input_ids', 'int64', [batch, recipe.text.length])
  const sample = n.input('sample', 'float32', [batch, channels, sampleSize, sampleSize])
  const timestep = n.input('timestep', 'int64', [batch])
  const context = textEncoder(n, ids, recipe.text)
  return unet(n, { sample, timestep, context }, { ...recipe.unet, guidanceSize: 0 })
}

/** New weights, words as the text encoder has learned to read them; or those of another folder's teacher, where it has them. */
function teacherWeights(workspace: Workspace, from?: string): Weights {
  const weights = new Weights([], new Random(seedOf(workspace.recipe.seed, 1)))
  recordTeacher(new Network(weights), workspace, 1)
  // Values are copied, so that the order of the weights is that of this network, whatever the other one was like.
  const known = from === undefined ? trainedReader(workspace) : teacherOf({ ...workspace, folder: from })
  if (known) weights.take(known)
  return weights
}

/** The teacher of a folder, whose own recipe lies in its checkpoint. */
function teacherOf(workspace: Workspace): Weights {
  const { record } = loadCheckpoint(filesOf(workspace).teacher)
  // Written by `teacherRecipe`.
  const recipe = record.recipe as ReturnType<typeof teacherRecipe>
  return trainedTeacher({ ...workspace, recipe: { ...workspace.recipe, ...recipe } as Recipe })
}

/** What a checkpoint of the teacher must agree with. */
function teacherRecipe({ recipe: { seed, pictures, lesson, vae, text, unet, teacher } }: Workspace) {
  return { seed, pictures, lesson, vae, text, unet, teacher }
}

/** The averaged weights of the last checkpoint, text encoder and UNet. */
export function trainedTeacher(workspace: Workspace): Weights {
  const { places } = teacherWeights(workspace).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(filesOf(workspace).teacher).arrays['average']!))
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
  const read = await openReader(workspace, weights, tokenizer)
  const captions = Array.from({ length: count }, (_, index) => completeCaption(workspace, latents.pictures[index]!))
  const withWords = await read(captions)
  const without = await read(captions.map(() => ''))
  const believe: Believe = async (z, timesteps) =>
    guide(
      beliefOf(z, await denoiser.predict(z, timesteps, withWords), timesteps),
      beliefOf(z, await denoiser.predict(z, timesteps, without), timesteps),
      captions.map(() => 2),
    )
  let z = new Random(7).normals(new Float32Array(count * latents.shape.reduce((product, size) => product * size, 1)))
  const stride = trainTimesteps / 25
  for (let t = trainTimesteps - 1; t > 0; t -= stride) {
    const all = (time: number) => captions.map(() => Math.max(0, time))
    z = await solvers.ddim(believe, z, all(t), all(t - stride))
  }
  const pictures = await (await openDecoder(workspace))(z)
  await writeSheet(filesOf(workspace).sheet(`teacher-${step}`), pictures, workspace.recipe.pictures.size, 8)
  if (step === workspace.recipe.teacher.adam.steps) workspace.say(captions.join('\n'))
}
