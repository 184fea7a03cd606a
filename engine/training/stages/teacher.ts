import { float32, int64, type Tensor } from '../../tensor.ts'
import type { Tokenizer } from '../../tokenizer.ts'
import { boxesOf, type Scene } from '../../world/index.ts'
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
import { sceneAt } from '../pictures.ts'
import { Random, seedOf } from '../random.ts'
import type { Recipe } from '../recipes.ts'
import { writeSheet } from '../sheet.ts'
import { type Believe, beliefOf, guide, solvers } from '../solvers.ts'
import { openTrainable } from '../trainable.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace.ts'
import { trainedReader } from './text.ts'

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
    gradients: (step, random) => trainable.gradients(batchAt(workspace, { tokenizer, latents }, step, random)),
    looked: step => lookAtTeacher(workspace, latents, tokenizer, step),
  })
  await trainable.release()
}

/** What the teacher is asked at one step, and what it should answer. */
export function batchAt(
  workspace: Workspace,
  { tokenizer, latents }: { readonly tokenizer: Tokenizer; readonly latents: Latents },
  step: number,
  random: Random,
): Record<string, Tensor> {
  const { seed, text, teacher } = workspace.recipe
  const { batch, snr, focus } = teacher
  const [channels, side] = latents.shape
  const shape = [batch, channels, side, side]
  const area = side * side
  const length = channels * area
  const z = new Float32Array(batch * length)
  const v = new Float32Array(batch * length)
  const weight = new Float32Array(batch * area)
  const noise = new Float32Array(length)
  const timesteps: number[] = []
  const tokens: number[] = []
  for (let index = 0; index < batch; index++) {
    const sample = sampleAt(seed, step * batch + index, latents.pictures.length)
    const picture = latents.pictures[sample.row]!
    tokens.push(...tokenizer.encode(captionOf(workspace, picture, sample.captionSeed)))
    // Stratified: every batch sees all noise levels.
    const t = Math.floor(((index + random.uniform()) / batch) * trainTimesteps)
    timesteps.push(t)
    const attention = attend(sceneAt(picturesOf(workspace), picture), side, focus)
    weight.set(
      attention.map(cell => cell * minSnrWeight(t, snr)),
      index * area,
    )
    const { alpha, sigma } = noiseAt(t)
    random.normals(noise)
    for (let at = 0; at < length; at++) {
      const x = latents.values[sample.row * length + at]!
      z[index * length + at] = alpha * x + sigma * noise[at]!
      v[index * length + at] = alpha * noise[at]! - sigma * x
    }
  }
  return {
    sample: float32(z, shape),
    timestep: int64(timesteps),
    input_ids: int64(tokens, [batch, text.length]),
    target: float32(v, shape),
    weight: float32(weight, [batch, 1, side, side]),
  }
}

/**
 * How much each cell of a picture counts: `focus` times as much where a thing is drawn, 1 on average. Things are small
 * and scenery is large; counted alike, a thing's kind is what is learned last.
 */
export function attend(scene: Scene, side: number, focus: number): Float32Array {
  const cells = new Float32Array(side * side).fill(1)
  for (const box of boxesOf(scene)) {
    const [left, right] = cellsOf(box.left, box.right, side)
    const [top, bottom] = cellsOf(box.top, box.bottom, side)
    for (let y = top; y < bottom; y++) cells.fill(focus, y * side + left, y * side + right)
  }
  const mean = cells.reduce((sum, cell) => sum + cell, 0) / cells.length
  return cells.map(cell => cell / mean)
}

/** The cells that a stretch of the picture touches. */
const cellsOf = (from: number, to: number, side: number): [number, number] => [
  Math.max(0, Math.floor(from * side)),
  Math.min(side, Math.ceil(to * side)),
]

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

/** Whether a weight of the teacher is one that it learns. */
const learns = ({ teacher }: Recipe, name: string) => !(teacher.frozenText && name.startsWith('text_model.'))

/** New weights, or those of another folder's teacher where it has them; words as the text encoder has learned to read them. */
function teacherWeights(workspace: Workspace, from?: string): Weights {
  const weights = new Weights([], new Random(seedOf(workspace.recipe.seed, 1)))
  recordTeacher(new Network(weights), workspace, 1)
  // Values are copied, so that the order of the weights is that of this network, whatever the other one was like.
  if (from !== undefined) weights.take(teacherOf({ ...workspace, folder: from }))
  const reader = trainedReader(workspace)
  if (reader) weights.take(reader)
  else if (workspace.recipe.teacher.frozenText) {
    throw new Error(
      `Expected a text encoder that has learned to read in ${workspace.folder}, found none. ` +
        'Train the stage text first, or let the text encoder learn with the teacher (teacher.frozenText: false).',
    )
  }
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
