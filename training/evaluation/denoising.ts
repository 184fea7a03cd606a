import { embedGuidance } from '../../engine/diffusion/guidance.ts'
import { Noise } from '../../engine/diffusion/random.ts'
import type { Pipeline, Row } from '../../engine/pipeline/pipeline.ts'
import { diffusion, trainTimesteps } from '../solvers/diffusion.ts'
import { predictionAt } from '../solvers/prediction.ts'
import type { Scene } from '../world/index.ts'
import { captionScene, completeManner, renderScene } from '../world/index.ts'

/** What one call of the network makes of latents under noise: seen early in a training, without a classifier. */
export interface DenoisingRow {
  /** Signal-to-noise ratio, ᾱ / (1 − ᾱ). */
  readonly snr: number
  readonly timestep: number
  /** Mean squared error of x̂₀, as a share of the latents' variance. */
  readonly error: number
  /** The same of each channel. */
  readonly channels: readonly number[]
  /** Of the decoded answer to the autoencoder's round trip, in decibels. */
  readonly psnr: number
}

/** Where four steps of a picture are decided; in the schedule of the embedded model t = 759, 499 and 259. */
export const signalToNoise = [0.03, 0.32, 1.75] as const

/** The timestep whose ratio of signal to noise is nearest, on a logarithmic scale. */
export function timestepAt(snr: number): number {
  let nearest = 0
  const distance = (t: number) => {
    const { alpha, sigma } = diffusion.noiseAt(t)
    return Math.abs(Math.log(alpha ** 2 / sigma ** 2 / snr))
  }
  for (let t = 1; t < trainTimesteps - 1; t++) if (distance(t) < distance(nearest)) nearest = t
  return nearest
}

const atOnce = 16

/** Clean renders with complete captions, noised, and denoised in one call by the pipeline's UNet. */
export async function denoisingRows(
  pipeline: Pipeline,
  scenes: readonly Scene[],
  snrs: readonly number[] = signalToNoise,
): Promise<DenoisingRow[]> {
  const { folder } = pipeline
  const side = folder.trainedSize / folder.spatialFactor
  const size = { width: side, height: side }
  const length = folder.latentChannels * side * side
  const latents: Float32Array[] = []
  const embeds: Float32Array[] = []
  for (const scene of scenes) {
    const picture = await renderScene(scene, folder.trainedSize)
    const encoded = await pipeline.encodePicture(picture, new Float32Array(length))
    latents.push(encoded.map(value => value * folder.scalingFactor))
    embeds.push(await pipeline.encodePrompt(captionScene(scene, scene.seed, completeManner)))
  }
  const decode = async (rows: readonly Float32Array[]) =>
    inGroups(rows, group =>
      pipeline.decode(
        group.map(row => row.map(z => z / folder.scalingFactor)),
        size,
        group.length,
      ),
    )
  const roundTrip = await decode(latents)
  const variance = variancesOf(latents, folder.latentChannels)
  const guidance = folder.guidanceDim ? embedGuidance(folder.defaults.guidance, folder.guidanceDim) : undefined

  const rows: DenoisingRow[] = []
  for (const snr of snrs) {
    const timestep = timestepAt(snr)
    const { alpha, sigma } = diffusion.noiseAt(timestep)
    const samples = latents.map((x, at): Row => {
      const noise = new Noise(scenes[at]!.seed, length).at(0)
      const sample = x.map((value, index) => alpha * value + sigma * noise[index]!)
      return { sample, timestep, promptEmbeds: embeds[at]!, guidance }
    })
    const answers = await inGroups(samples, group => pipeline.predict(group, size, group.length))
    const found = samples.map(({ sample }, at) => predictionAt(diffusion, sample, answers[at]!, [timestep]).x0)
    const errors = variancesOf(
      found.map((x0, at) => x0.map((value, index) => value - latents[at]![index]!)),
      folder.latentChannels,
      'around zero',
    )
    const pictures = await decode(found)
    rows.push({
      snr,
      timestep,
      error: sum(errors) / sum(variance),
      channels: errors.map((error, channel) => error / variance[channel]!),
      psnr: psnrOf(
        pictures.map(({ data }) => data),
        roundTrip.map(({ data }) => data),
      ),
    })
  }
  return rows
}

async function inGroups<T, R>(all: readonly T[], act: (group: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < all.length; from += atOnce) results.push(...(await act(all.slice(from, from + atOnce))))
  return results
}

/** Of every channel over all latents (C, h, w), around its mean or around zero. */
function variancesOf(latents: readonly Float32Array[], channels: number, around: 'mean' | 'around zero' = 'mean') {
  const area = latents[0]!.length / channels
  return Array.from({ length: channels }, (_, channel) => {
    let [total, squares] = [0, 0]
    for (const latent of latents)
      for (let at = channel * area; at < (channel + 1) * area; at++) {
        total += latent[at]!
        squares += latent[at]! ** 2
      }
    const count = latents.length * area
    return squares / count - (around === 'mean' ? (total / count) ** 2 : 0)
  })
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Peak signal-to-noise ratio over all pictures together, in decibels. */
export function psnrOf(pictures: readonly Uint8Array[], others: readonly Uint8Array[]): number {
  let squares = 0
  let count = 0
  for (const [at, picture] of pictures.entries()) {
    const other = others[at]!
    for (let index = 0; index < picture.length; index++) squares += (picture[index]! - other[index]!) ** 2
    count += picture.length
  }
  return 10 * Math.log10(255 ** 2 / (squares / count))
}
