/** The four networks of a model on one device, as functions over rows: one row for each picture in the batch. */
import { createHash } from 'node:crypto'
import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import type { Model } from '../../onnx/model.ts'
import type { Session } from '../../onnx/session.ts'
import { elementCount, float32, type Tensor } from '../../onnx/tensor.ts'
import { styleInput, takeStyles } from '../lora/edit.ts'
import { findTargets, type StyleSpace, spaceOf, type Target } from '../lora/layout.ts'
import { styleRows } from '../lora/mix.ts'
import type { Device, Rgb } from '../types/engine.ts'
import type { Adapter } from '../types/styles.ts'
import { type Component, posteriorNoise } from './component.ts'
import { floats, numbers, stacked } from './feeds.ts'
import { toRgb, toTensor } from './image.ts'
import { LruCache } from './lruCache.ts'
import type { ModelFolder } from './modelFolder.ts'

/** One sample before one step. */
export interface Row {
  /** (C, h, w) */
  readonly sample: Float32Array
  readonly timestep: number
  /** (T, D) */
  readonly promptEmbeds: Float32Array
  /** (guidanceDim), where the model takes one. */
  readonly guidance: Float32Array | undefined
  readonly style?: Adapter | undefined
}

/** In latent pixels. */
export interface LatentSize {
  readonly width: number
  readonly height: number
}

export interface Pipeline {
  readonly folder: ModelFolder
  readonly device: Device
  /** What this device or this model leaves without effect, in words. */
  readonly ignored: readonly string[]
  /** What styles can change; undefined for a model without such projections. */
  readonly styles: StyleSpace | undefined
  /** A prompt as the UNet attends to it, (T, D). Kept for prompts seen lately. */
  encodePrompt(prompt: string): Promise<Float32Array>
  /** Latents of a picture, not yet scaled: drawn from the autoencoder's posterior with `noise`. */
  encodePicture(picture: Rgb, noise: Float32Array): Promise<Float32Array>
  /** The UNet's output for each row. `batch` ≥ rows: the rest is filled with copies of the first row. */
  predict(rows: readonly Row[], size: LatentSize, batch: number): Promise<Float32Array[]>
  /** Pictures from latents that are divided by the scaling factor already. */
  decode(latents: readonly Float32Array[], size: LatentSize, batch: number): Promise<Rgb[]>
  release(): Promise<void>
}

/** From which on the operators that styles are taken with have the form in which they are written. */
const oldestOpset = 13
const rememberedPrompts = 256
const rememberedPictures = 16

export interface PipelineOptions {
  readonly device: Device
  readonly threads?: number | undefined
  /** Computes in float32 whatever the parts have; the CPU has hardly any operators for halves. */
  readonly upcast: boolean
}

/**
 * The runtime's threads otherwise burn their cores between operators while they wait for each other. On cores that
 * others use as well (a server, a bot, people's browsers) that made a picture cost 320 to 570 ms instead of 25.
 */
const withoutSpinning = { session: { intra_op: { allow_spinning: '0' } } }

export async function openPipeline(
  folder: ModelFolder,
  { device, threads, upcast: wide }: PipelineOptions,
): Promise<Pipeline> {
  const settings = { provider: device, ...(threads ? { threads } : {}), extra: withoutSpinning }
  const open = (part: Component) => part.open({ ...settings, wide })
  const textEncoder = await open(folder.textEncoder)
  let targets: readonly Target[] = []
  const edit = (model: Model) => {
    targets = (model.opsets[''] ?? 0) >= oldestOpset ? findTargets(model.graph, folder.styleTargets) : []
    return targets.length > 0 ? takeStyles(model, targets) : model
  }
  const unet = await folder.unet.open({ ...settings, wide, edit })
  const styles = targets.length > 0 ? spaceOf(targets, folder.latentChannels) : undefined
  const vaeDecoder = await open(folder.vaeDecoder)
  const vaeEncoder = folder.vaeEncoder && (await open(folder.vaeEncoder))
  let wideDecoder: Session | undefined
  const { latentChannels, spatialFactor, tokenizer } = folder
  const prompts = new LruCache<Float32Array>(rememberedPrompts)
  const posteriors = new LruCache<Float32Array>(rememberedPictures)

  async function decodeWith(session: Session, latents: readonly Float32Array[], size: LatentSize, batch: number) {
    const fixed = session.inputs[0]!.shape[0]
    const chunk = typeof fixed === 'number' ? fixed : batch
    const dims = [chunk, latentChannels, size.height, size.width]
    const planes: Float32Array[] = []
    for (let start = 0; start < latents.length; start += chunk) {
      const rows = latents.slice(start, start + chunk)
      const output = await session.run({ latent_sample: floats(session, 'latent_sample', stacked(rows, chunk), dims) })
      planes.push(...rowsOf(first(session, output), rows.length))
    }
    return planes
  }

  const halves = folder.parts.filter(part => part.isHalf)
  return {
    folder,
    device,
    styles,
    ignored: [
      ...(wide && halves.length > 0
        ? [`half precision of ${halves.map(part => part.name).join(', ')}: ${device} computes it in float32.`]
        : []),
      ...(folder.previewMap ? [] : ['latent previews: this model has no preview.json; decoded ones are made.']),
    ],

    async encodePrompt(prompt) {
      const known = prompts.get(prompt)
      if (known) return known
      const ids = tokenizer.encode(prompt)
      const output = await textEncoder.run({ input_ids: numbers(textEncoder, 'input_ids', ids, [1, ids.length]) }, [
        textEncoder.outputs.find(({ name }) => name === 'last_hidden_state')?.name ?? textEncoder.outputs[0]!.name,
      ])
      return prompts.set(prompt, floatsOf(first(textEncoder, output)))
    },

    async encodePicture(picture, noise) {
      if (!vaeEncoder) throw new Error('Expected a model with a vae_encoder')
      const { width, height } = picture
      const [h, w] = [height / spatialFactor, width / spatialFactor]
      const takesNoise = vaeEncoder.inputs.some(({ name }) => name === posteriorNoise)
      const encode = async () => {
        const output = await vaeEncoder.run({
          sample: floats(vaeEncoder, 'sample', toTensor(picture), [1, 3, height, width]),
          ...(takesNoise && {
            [posteriorNoise]: floats(vaeEncoder, posteriorNoise, noise, [1, latentChannels, h, w]),
          }),
        })
        return floatsOf(first(vaeEncoder, output))
      }
      if (folder.encoderSamples) return encode()
      const key = createHash('sha256').update(picture.data).update(`${width}`).digest('base64')
      const posterior = posteriors.get(key) ?? posteriors.set(key, await encode())
      // latent_parameters hold the mean and, behind it, the logarithm of the variance of each latent.
      const mean = posterior.subarray(0, noise.length)
      const logvar = posterior.subarray(noise.length)
      return mean.map((mu, i) => mu + Math.exp(0.5 * Math.min(Math.max(logvar[i]!, -30), 20)) * noise[i]!)
    },

    async predict(rows, size, batch) {
      const sample = stacked(
        rows.map(row => row.sample),
        batch,
      )
      const promptEmbeds = stacked(
        rows.map(row => row.promptEmbeds),
        batch,
      )
      const timesteps = filled(
        rows.map(row => row.timestep),
        batch,
      )
      const style =
        styles &&
        styleRows(
          styles,
          Array.from({ length: batch }, (_, row) => rows[row]?.style),
          device === 'cpu' ? 0 : 1, // other devices fall over tensors without elements (WebGPU of onnxruntime 1.30)
        )
      const output = await unet.run({
        sample: floats(unet, 'sample', sample, [batch, latentChannels, size.height, size.width]),
        timestep: numbers(unet, 'timestep', timesteps, [batch]),
        encoder_hidden_states: floats(unet, 'encoder_hidden_states', promptEmbeds, [
          batch,
          tokenizer.length,
          promptEmbeds.length / batch / tokenizer.length,
        ]),
        ...(folder.guidanceDim !== undefined && {
          timestep_cond: floats(
            unet,
            'timestep_cond',
            stacked(
              rows.map(row => row.guidance!),
              batch,
            ),
            [batch, folder.guidanceDim],
          ),
        }),
        ...(style && { [styleInput]: float32(style, [batch, style.length / batch]) }),
      })
      return rowsOf(first(unet, output), rows.length)
    },

    async decode(latents, size, batch) {
      const planes = await decodeWith(vaeDecoder, latents, size, batch)
      if (folder.vaeDecoder.isHalf && !wide && !planes.every(isFinite32)) {
        // Halves overflow at 65 504, which the decoders of some models pass on the way to an ordinary picture.
        wideDecoder ??= await folder.vaeDecoder.open({ ...settings, wide: true })
        planes.splice(0, planes.length, ...(await decodeWith(wideDecoder, latents, size, batch)))
      }
      return planes.map(plane => {
        if (!isFinite32(plane)) throw new NonFiniteError('the decoded picture')
        return toRgb(plane, size.width * spatialFactor, size.height * spatialFactor)
      })
    },

    async release() {
      for (const session of [textEncoder, unet, vaeDecoder, vaeEncoder, wideDecoder]) await session?.release()
    },
  }
}

function first(session: Session, output: Record<string, Tensor>): Tensor {
  const [name] = session.outputs.map(candidate => candidate.name).filter(candidate => candidate in output)
  return output[name!]!
}

function floatsOf(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data
  if (tensor.dtype === 'float16') return halfToFloat(tensor.data)
  throw new Error(`Expected an output of float32 or float16, got ${tensor.dtype}`)
}

/** The first `count` rows; the padding behind them is dropped. */
function rowsOf(tensor: Tensor, count: number): Float32Array[] {
  const values = floatsOf(tensor)
  const size = elementCount(tensor.dims.slice(1))
  return Array.from({ length: count }, (_, row) => values.subarray(row * size, (row + 1) * size))
}

function filled(values: readonly number[], batch: number): number[] {
  return Array.from({ length: batch }, (_, row) => values[row] ?? values[0]!)
}
