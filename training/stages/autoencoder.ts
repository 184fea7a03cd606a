import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AdamOptions } from '../../onnx/optim/adam.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { edgeLoss, pseudoHuber } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { during, overSession, type Releasable } from '../../onnx/optim/releasable.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession } from '../../onnx/session.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'
import { type Objective, openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { critic } from '../networks/critic.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { isDetailEncoder, patch, spatialFactorOf, vaeDecoder, vaeEncoder } from '../networks/vae.ts'
import {
  averagedDown,
  chunksOf,
  heldChunks,
  planesOf,
  readChunk,
  renderPictures,
  rgbOf,
} from '../workspace/pictures.ts'
import { writeSheet } from '../workspace/sheet.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace/workspace.ts'
import { fitPatches } from './patches.ts'

/** Bytes of pictures that are held in memory to take crops from. */
const heldBytes = 600e6

/** The autoencoder, and then what its latents are like. */
export async function trainVae(workspace: Workspace): Promise<void> {
  const rendering = renderPictures(picturesOf(workspace))
  const first = await readChunk(picturesOf(workspace), 0)
  await trainAutoencoder(workspace, {
    stage: 'vae',
    weights: vaeWeights(workspace, first),
    adam: workspace.recipe.vae.adam,
    logVariance: workspace.recipe.vae.logVariance,
    trains: () => true,
  })
  await measureLatents(workspace, first)
  await rendering
}

/** The decoder alone, to make it sharper under latents that others already learn from. */
export async function trainDecoder(workspace: Workspace): Promise<void> {
  await trainAutoencoder(workspace, {
    stage: 'decoder',
    weights: trainedVae(workspace),
    ...workspace.recipe.decoder,
    trains: isDecoder,
  })
}

export const isDecoder = (name: string): boolean => name.startsWith('decoder.')
export const isCritic = (name: string): boolean => name.startsWith('critic.')
/** What the stage `details` teaches. */
export const isOfDetails = (name: string): boolean => isDetailEncoder(name) || isJudged(name)
export const isJudged = (name: string): boolean => isDecoder(name) || isCritic(name)

/** The autoencoder as it is, and a critic that has seen nothing yet. */
export function criticWeights(workspace: Workspace, autoencoder = vaeBeforeCritic(workspace)): Weights {
  const weights = new Weights(autoencoder.entries(), new Random(seedOf(workspace.recipe.seed, 9)))
  const n = new Network(weights)
  critic(n, n.input('picture', 'float32', [1, 3, 64, 64]))
  return weights
}

/** The pseudo-Huber distance of pixels and of the steps between them. */
export function likeness(n: Network, picture: Value, decoded: Value): Value {
  return n.add(pseudoHuber(n, decoded, picture, 0.01), edgeLoss(n, decoded, picture, 0.01))
}

export interface AutoencoderRun {
  readonly stage: 'vae' | 'details' | 'decoder'
  readonly weights: Weights
  readonly adam: AdamOptions
  /** Of the noise that is added to the latents. */
  readonly logVariance: number
  readonly trains: (name: string) => boolean
  /** What a decoded picture is held to, the autoencoder's own first; without it how like the picture it is. */
  readonly objectives?: (n: Network, picture: Value, decoded: Value) => readonly [Objective, ...Objective[]]
}

/**
 * Crops of pictures through the encoder, a little noise, and the decoder. The loss is how unlike they are, and as much of
 * the KL divergence as depends on the mean.
 */
export async function trainAutoencoder(
  workspace: Workspace,
  { stage, weights, adam, logVariance, trains, objectives }: AutoencoderRun,
): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, crop, channels } = recipe.vae
  const set = picturesOf(workspace)
  const latent = crop / spatialFactorOf(recipe.vae)
  const chunks: Uint8Array[] = []
  const trainable = await openTrainable(
    weights,
    n => {
      const picture = n.input('picture', 'float32', [batch, 3, crop, crop])
      const noise = n.input('noise', 'float32', [batch, channels, latent, latent])
      const mean = vaeEncoder(n, picture, recipe.vae)
      const decoded = vaeDecoder(n, n.add(mean, n.mul(noise, Math.exp(logVariance / 2))), recipe.vae)
      const [own, ...others] = objectives?.(n, picture, decoded) ?? [{ loss: likeness(n, picture, decoded), trains }]
      const kl = n.reduceMean(n.mul(mean, mean))
      return [{ ...own, loss: n.add(own.loss, n.mul(kl, 1e-4)) }, ...others]
    },
    { threads, trains },
  )

  const planes = new Float32Array(batch * 3 * crop * crop)
  const noise = new Float32Array(batch * channels * latent * latent)
  const side = set.size
  await trainLoop({
    stage,
    file: filesOf(workspace)[stage],
    resume: workspace.resume,
    seed: recipe.seed,
    batch,
    adam,
    recipe: { seed: recipe.seed, pictures: recipe.pictures, vae: recipe.vae, adam, logVariance },
    optimizerState: trainable.optimizerState,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    async gradients(step, random) {
      // Which pictures a step sees depends on the step alone, not on how far rendering has come: it waits.
      const wanted = Math.min(1 + Math.floor(step / 20), heldChunks(set, heldBytes), chunksOf(set))
      while (chunks.length < wanted) chunks.push(await readChunk(set, chunks.length))
      for (let index = 0; index < batch; index++) {
        const chunk = chunks[random.below(wanted)]!
        const picture = random.below(chunk.length / (side * side * 3)) * side * side * 3
        const place = {
          size: side,
          side: crop,
          left: random.below(side - crop + 1),
          top: random.below(side - crop + 1),
        }
        const area = 3 * crop * crop
        planesOf(
          chunk.subarray(picture, picture + side * side * 3),
          place,
          planes.subarray(index * area, (index + 1) * area),
        )
      }
      random.normals(noise)
      return trainable.gradients({
        picture: float32(planes, [batch, 3, crop, crop]),
        noise: float32(noise, [batch, channels, latent, latent]),
      })
    },
    looked: step => lookAtVae(workspace, stage, chunks[0]!, step),
  })
  await trainable.release()
}

/** New weights, the linear paths begun with the principal components of patches. */
export function vaeWeights({ recipe }: Workspace, pictures?: Uint8Array): Weights {
  const weights = new Weights([], new Random(recipe.seed))
  const n = new Network(weights)
  vaeEncoder(n, n.input('picture', 'float32', [1, 3, 64, 64]), recipe.vae)
  vaeDecoder(n, n.input('z', 'float32', [1, recipe.vae.channels, 8, 8]), recipe.vae)
  if (pictures) beginWithPatches(weights, pictures, recipe)
  return weights
}

function beginWithPatches(
  weights: Weights,
  pictures: Uint8Array,
  { seed, pictures: { size }, vae }: Workspace['recipe'],
) {
  const random = new Random(seed)
  const side = spatialFactorOf(vae)
  const samples = Array.from({ length: 4000 }, () => {
    const planes = new Float32Array(3 * side * side)
    const start = random.below(Math.floor(pictures.length / (size * size * 3))) * size * size * 3
    const place = { size, side, left: random.below(size - side + 1), top: random.below(size - side + 1) }
    planesOf(pictures.subarray(start, start + size * size * 3), place, planes)
    return averagedDown(planes, side, patch)
  })
  const coarse = vae.channels - (vae.detailChannels ?? 0)
  const { mean, axes, deviations } = fitPatches(samples, coarse)
  const length = 3 * patch * patch
  const values = (name: string, shape: readonly number[]) => weights.tensor(name, shape, 'zeros').data as Float32Array
  const encoder = values('encoder.patches.weight', [coarse, 3, patch, patch])
  const encoderBias = values('encoder.patches.bias', [coarse])
  const decoder = values('decoder.patches.weight', [length, vae.channels, 1, 1])
  values('decoder.patches.bias', [length]).set(mean)
  for (const [channel, axis] of axes.entries()) {
    const deviation = deviations[channel]!
    for (let at = 0; at < length; at++) {
      encoder[channel * length + at] = axis[at]! / deviation
      encoderBias[channel]! -= (axis[at]! * mean[at]!) / deviation
      decoder[at * vae.channels + channel] = axis[at]! * deviation
    }
  }
}

/** The averaged weights of the last checkpoints: the autoencoder's, and over them the decoder's own if there are any. */
export function trainedVae(workspace: Workspace): Weights {
  const before = vaeBeforeCritic(workspace)
  return learnedOver(before, filesOf(workspace).critic, () => criticWeights(workspace, before), isJudged)
}

function vaeBeforeCritic(workspace: Workspace): Weights {
  const { details, decoder } = filesOf(workspace)
  const withDetails = learnedOver(vaeBeforeDetails(workspace), details, () => detailWeights(workspace), isOfDetails)
  return learnedOver(withDetails, decoder, () => withDetails, isDecoder)
}

/** What the stage `details` begins with: an encoder of details and a critic that have learned nothing. */
export const detailWeights = (workspace: Workspace): Weights => criticWeights(workspace, vaeBeforeDetails(workspace))

function vaeBeforeDetails(workspace: Workspace): Weights {
  const { places } = vaeWeights(workspace).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(filesOf(workspace).vae).arrays['average']!))
}

/** The averaged weights that a stage has learned, over those before it; without its checkpoint, the ones before. */
function learnedOver(
  before: Weights,
  file: string,
  weightsOfStage: () => Weights,
  learns: (name: string) => boolean,
): Weights {
  if (!existsSync(file)) return before
  const learned = viewsOf(weightsOfStage().flatten(learns).places, loadCheckpoint(file).arrays['average']!)
  return new Weights([...before.entries()].map(([name, tensor]) => [name, learned.get(name) ?? tensor]))
}

/** By what latents are shifted and divided before anybody learns from them: it decides how loud they are (`Recipe.latents`). */
export interface LatentStatistics {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export function latentStatistics(workspace: Pick<Workspace, 'folder'>): LatentStatistics {
  const file = filesOf(workspace).latentStatistics
  if (!existsSync(file))
    throw new Error(`Expected ${file}, which says how loud latents are; found none. Run the stage latents first.`)
  return JSON.parse(readFileSync(file, 'utf8')) as LatentStatistics
}

/** The stage `latents`, of a training that takes an autoencoder over: what its latents are like, unless that was taken over too. */
export async function scaleLatents(workspace: Workspace): Promise<void> {
  if (existsSync(filesOf(workspace).latentStatistics)) return
  const rendering = renderPictures(picturesOf(workspace))
  await measureLatents(workspace, await readChunk(picturesOf(workspace), 0))
  await rendering
}

/**
 * Channels keep different spreads, by how much of a picture each carries, to the power of `hierarchy`; all are then
 * scaled to `rms`, or so that the loudest has deviation 1.
 */
export async function measureLatents(workspace: Workspace, pictures: Uint8Array): Promise<void> {
  const { vae, latents } = workspace.recipe
  const { channels } = vae
  const encode = await openEncoder(workspace)
  const { size } = picturesOf(workspace)
  const area = (size / spatialFactorOf(workspace.recipe.vae)) ** 2
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  const pictureCount = pictures.length / (size * size * 3)
  for (let at = 0; at < pictureCount; at += 50) {
    const encoded = await encode(pictures.subarray(at * size * size * 3, (at + 50) * size * size * 3))
    for (const [index, value] of encoded.entries()) {
      const channel = Math.floor(index / area) % channels
      sums[channel]! += value
      squares[channel]! += value ** 2
    }
  }
  await encode.release()
  const total = pictureCount * area
  const mean = [...sums].map(sum => sum / total)
  const deviation = [...squares].map((sum, channel) => Math.sqrt(sum / total - mean[channel]! ** 2))
  const importance = await importanceOf(workspace, pictures, mean)
  const most = Math.max(...importance)
  const relative = importance.map(each => (each / most) ** latents.hierarchy)
  const rms = Math.sqrt(relative.reduce((sum, each) => sum + each ** 2, 0) / channels)
  const spread = relative.map(each => each * (latents.rms === undefined ? 1 : latents.rms / rms))
  const statistics: LatentStatistics = { mean, deviation: deviation.map((each, channel) => each / spread[channel]!) }
  writeFileSync(filesOf(workspace).latentStatistics, `${JSON.stringify(statistics, null, 2)}\n`)
}

/** How far pictures move, root mean square, when one channel is replaced by its mean. */
async function importanceOf(workspace: Workspace, pictures: Uint8Array, mean: readonly number[]): Promise<number[]> {
  const { size } = workspace.recipe.pictures
  const latents = await during(openEncoder(workspace), encode => encode(pictures.subarray(0, 24 * size * size * 3)))
  const decode = await openPlaneDecoder(workspace)
  const whole = await decode(latents)
  const area = (size / spatialFactorOf(workspace.recipe.vae)) ** 2
  const moved: number[] = []
  for (const [channel, constant] of mean.entries()) {
    const without = await decode(
      latents.map((value, at) => (Math.floor(at / area) % mean.length === channel ? constant : value)),
    )
    moved.push(Math.sqrt(whole.reduce((sum, value, at) => sum + (value - without[at]!) ** 2, 0) / whole.length))
  }
  await decode.release()
  return moved
}

/** Pictures as bytes, one after another → their latents as the encoder gives them. */
export async function openEncoder(
  workspace: Workspace,
): Promise<Releasable & ((pictures: Uint8Array) => Promise<Float32Array>)> {
  const { recipe, threads } = workspace
  const { size } = recipe.pictures
  const n = new Network(trainedVae(workspace))
  const mean = vaeEncoder(n, n.input('picture', 'float32', ['batch', 3, size, size]), recipe.vae)
  const session = await createSession(n.encode({ mean }), sessionOptions(threads))
  return overSession(async (pictures: Uint8Array) => {
    const count = pictures.length / (size * size * 3)
    const planes = new Float32Array(pictures.length)
    for (let at = 0; at < count; at++) {
      const from = at * size * size * 3
      planesOf(pictures.subarray(from, from + size * size * 3), { size }, planes.subarray(from, from + size * size * 3))
    }
    return (await session.run({ picture: float32(planes, [count, 3, size, size]) }))['mean']!.data as Float32Array
  }, session)
}

/** Latents as the encoder gives them → pictures (B, 3, H, W) in −1 … 1. */
export async function openPlaneDecoder(
  workspace: Workspace,
): Promise<Releasable & ((latents: Float32Array) => Promise<Float32Array>)> {
  const { recipe, threads } = workspace
  const { channels } = recipe.vae
  const side = recipe.pictures.size / spatialFactorOf(recipe.vae)
  const n = new Network(trainedVae(workspace))
  const z = n.input('z', 'float32', ['batch', channels, side, side])
  const session = await createSession(n.encode({ picture: vaeDecoder(n, z, recipe.vae) }), sessionOptions(threads))
  return overSession(async (latents: Float32Array) => {
    const count = latents.length / (channels * side * side)
    const result = await session.run({ z: float32(latents, [count, channels, side, side]) })
    return result['picture']!.data as Float32Array
  }, session)
}

/** A sheet of pictures above what the autoencoder makes of them, and how near it comes. */
export async function lookAtVae(
  workspace: Workspace,
  stage: string,
  pictures: Uint8Array,
  step: number,
): Promise<void> {
  const { size } = workspace.recipe.pictures
  const count = 16
  const length = size * size * 3
  const shown = pictures.subarray(0, count * length)
  const latents = await during(openEncoder(workspace), encode => encode(shown))
  const planes = await during(openPlaneDecoder(workspace), decode => decode(latents))
  const decoded = Array.from({ length: count }, (_, at) => rgbOf(planes.subarray(at * length, (at + 1) * length), size))
  const real = Array.from({ length: count }, (_, at) => shown.subarray(at * length, (at + 1) * length))
  let squares = 0
  for (const [at, picture] of decoded.entries())
    for (const [index, value] of picture.entries()) squares += (value - real[at]![index]!) ** 2
  const psnr = 10 * Math.log10(255 ** 2 / (squares / (count * length)))
  workspace.say(`${stage} at step ${step}: ${psnr.toFixed(2)} dB`)
  const rows = [0, 8].flatMap(from => [...real.slice(from, from + 8), ...decoded.slice(from, from + 8)])
  await writeSheet(filesOf(workspace).sheet(`${stage}-${step}`), rows, size, 8)
}
