import { existsSync } from 'node:fs'
import { pseudoHuber } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'
import { type Objective, openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { critic } from '../networks/critic.ts'
import type { Network } from '../networks/network.ts'
import { isDetailEncoder, spatialFactorOf, vaeDecoder } from '../networks/vae.ts'
import { diffusion, noiseAt } from '../solvers/diffusion.ts'
import { predictionAt } from '../solvers/prediction.ts'
import { ownTokenizer, tokensOf } from '../workspace/captions.ts'
import { chunkSize, chunksOf, heldChunks, planesOf, readChunk, sceneAt } from '../workspace/pictures.ts'
import type { CriticRecipe } from '../workspace/recipes.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace/workspace.ts'
import { captionScene, trainingManner } from '../world/index.ts'
import { criticWeights, isCritic, isDecoder, isJudged, latentStatistics, likeness, lookAtVae } from './autoencoder.ts'
import { openDenoiser, openTextEncoder } from './denoiser.ts'
import { type Latents, openLatents } from './latents.ts'
import { trainedStudent } from './lcd.ts'
import { trainedTeacher } from './teacher.ts'

/** Bytes of pictures that are held in memory to take crops from. */
const heldBytes = 600e6
/** Where the denoised latents come from: the last two of four steps. */
const timesteps = [259, 499] as const
/** At which guidance (ω) pictures are painted. */
const omega = 2
const denoisedAtOnce = 32

/**
 * The decoder against a patch critic (VQGAN, arXiv 2012.09841): by distances alone it paints the mean of all that a
 * latent might have been, which is soft. It has to be near the picture, at a half and a quarter of the size as well, so
 * that colours stay true; to look like a render to the critic; and to be for the critic what the render is. Half of the
 * latents are encoded ones with a little noise, the other half have been noised and denoised by the UNet, for those are
 * what it is given when people paint.
 */
export async function sharpenDecoder(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, crop, channels } = recipe.vae
  const { adam, logVariance } = recipe.critic
  const set = picturesOf(workspace)
  const side = set.size
  const factor = spatialFactorOf(recipe.vae)
  const latentCrop = crop / factor
  const latents = await openLatents(workspace)
  const chunks: Uint8Array[] = []
  for (let chunk = 0; chunk < Math.min(heldChunks(set, heldBytes), chunksOf(set)); chunk++)
    chunks.push(await readChunk(set, chunk))
  const count = chunks.reduce((sum, chunk) => sum + chunk.length / (side * side * 3), 0)
  workspace.say(`Denoising ${count} latents.`)
  const denoised = await denoisedLatents(workspace, latents, count)
  const toRaw = rawOf(workspace, latents)

  const trainable = await openTrainable(
    criticWeights(workspace),
    n => {
      const picture = n.input('picture', 'float32', [batch, 3, crop, crop])
      const latent = n.input('latent', 'float32', [batch, channels, latentCrop, latentCrop])
      return judgedObjectives(n, picture, vaeDecoder(n, latent, recipe.vae), recipe.critic)
    },
    { threads, trains: isJudged },
  )
  const planes = new Float32Array(batch * 3 * crop * crop)
  const z = new Float32Array(batch * channels * latentCrop ** 2)
  const noise = new Float32Array(channels * latentCrop ** 2)
  await trainLoop({
    stage: 'critic',
    file: filesOf(workspace).critic,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, 10),
    batch,
    adam,
    recipe: { seed: recipe.seed, pictures: recipe.pictures, vae: recipe.vae, critic: recipe.critic },
    optimizerState: trainable.optimizerState,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    gradients(_step, random) {
      for (let row = 0; row < batch; row++) {
        const picture = random.below(count)
        const [left, top] = [0, 1].map(() => random.below((side - crop) / factor + 1)) as [number, number]
        const chunk = chunks[Math.floor(picture / chunkSize)]!
        const from = (picture % chunkSize) * side * side * 3
        planesOf(
          chunk.subarray(from, from + side * side * 3),
          { size: side, side: crop, left: left * factor, top: top * factor },
          planes.subarray(row * 3 * crop * crop, (row + 1) * 3 * crop * crop),
        )
        const isDenoised = random.uniform() < 0.5
        const source = toRaw(isDenoised ? denoised : latents.values, picture, { left, top, side: latentCrop })
        random.normals(noise)
        const amount = isDenoised ? 0 : Math.exp(logVariance / 2)
        z.set(
          source.map((value, at) => value + amount * noise[at]!),
          row * noise.length,
        )
      }
      return trainable.gradients({
        picture: float32(planes, [batch, 3, crop, crop]),
        latent: float32(z, [batch, channels, latentCrop, latentCrop]),
      })
    },
    looked: step => lookAtVae(workspace, 'critic', chunks[0]!, step),
  })
  await trainable.release()
}

/** What the autoencoder wants of a decoded picture (B, 3, H, W) in −1 … 1 before the critic, and what the critic wants. */
export function judgedObjectives(
  n: Network,
  picture: Value,
  decoded: Value,
  { adversarial, features }: CriticRecipe,
): readonly [Objective, Objective] {
  const [real, painted] = [critic(n, picture), critic(n, decoded)]
  const alike = painted.features
    .map((feature, level) => n.reduceMean(n.abs(n.sub(feature, real.features[level]!))))
    .reduce((sum, each) => n.add(sum, each))
  const colours = [2, 4]
    .map(size => [decoded, picture].map(each => n.averagePool(each, [size, size])) as [Value, Value])
    .map(([a, b]) => pseudoHuber(n, a, b, 0.01))
  const near = [likeness(n, picture, decoded), ...colours].reduce((sum, each) => n.add(sum, each))
  const loss = n.sub(n.add(near, n.mul(alike, features)), n.mul(n.reduceMean(painted.scores), adversarial))
  // The hinge: no more is asked of the critic where it is sure already.
  const missed = n.add(n.reduceMean(n.relu(n.sub(1, real.scores))), n.reduceMean(n.relu(n.add(painted.scores, 1))))
  return [
    { loss, trains: name => isDecoder(name) || isDetailEncoder(name) },
    { loss: missed, trains: isCritic },
  ]
}

/** The first `count` latents, noised and denoised in one call, by the student where there is one. */
async function denoisedLatents(workspace: Workspace, { values, shape }: Latents, count: number): Promise<Float32Array> {
  const { recipe } = workspace
  const length = shape.reduce((product, size) => product * size, 1)
  const isDistilled = existsSync(filesOf(workspace).lcd)
  const weights = isDistilled ? trainedStudent(workspace) : trainedTeacher(workspace)
  const denoiser = await openDenoiser(workspace, weights, isDistilled ? recipe.lcd.guidanceSize : 0)
  const read = await openTextEncoder(workspace, trainedTeacher(workspace))
  const tokenizer = await ownTokenizer(workspace)
  const set = picturesOf(workspace)
  const random = new Random(seedOf(recipe.seed, 13))
  const denoised = new Float32Array(count * length)
  for (let from = 0; from < count; from += denoisedAtOnce) {
    const pictures = Array.from({ length: Math.min(denoisedAtOnce, count - from) }, (_, row) => from + row)
    const captions = pictures.map(picture =>
      captionScene(sceneAt(set, picture), picture, { ...trainingManner, empty: 0 }),
    )
    const at = pictures.map(picture => timesteps[picture % timesteps.length]!)
    const sample = random.normals(new Float32Array(pictures.length * length))
    for (const [row, picture] of pictures.entries()) {
      const { alpha, sigma } = noiseAt(at[row]!)
      for (let index = 0; index < length; index++) {
        sample[row * length + index] = alpha * values[picture * length + index]! + sigma * sample[row * length + index]!
      }
    }
    const context = await read(tokensOf(tokenizer, captions))
    const v = await denoiser.predict(
      sample,
      at,
      context,
      pictures.map(() => omega),
    )
    denoised.set(predictionAt(diffusion, sample, v, at).x0, from * length)
  }
  for (const opened of [denoiser, read]) await opened.release()
  return denoised
}

/** Crops of latents as the decoder takes them, their scaling undone. */
function rawOf(workspace: Workspace, { shape: [channels, side] }: Latents) {
  const { mean, deviation } = latentStatistics(workspace)
  return (values: Float32Array, picture: number, crop: { left: number; top: number; side: number }): Float32Array =>
    Float32Array.from({ length: channels * crop.side ** 2 }, (_, at) => {
      const channel = Math.floor(at / crop.side ** 2)
      const [x, y] = [crop.left + (at % crop.side), crop.top + (Math.floor(at / crop.side) % crop.side)]
      return values[((picture * channels + channel) * side + y) * side + x]! * deviation[channel]! + mean[channel]!
    })
}
