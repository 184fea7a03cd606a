/** One function for each network of a model: from numbers to the tensors that its session takes, and back. */
import { createHash } from 'node:crypto'
import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import type { Session } from '../../onnx/session.ts'
import { elementCount, float32, type Tensor } from '../../onnx/tensor.ts'
import { styleInput } from '../lora/edit.ts'
import type { StyleSpace } from '../lora/layout.ts'
import { styleRows } from '../lora/mix.ts'
import type { Device, Mask, Rgb } from '../types/engine.ts'
import { posteriorNoise } from './component.ts'
import { floats, numbers, stacked } from './feeds.ts'
import { toRgb, toTensor } from './image.ts'
import { LruCache } from './lruCache.ts'
import type { ModelFolder } from './modelFolder.ts'
import { joinedChannels, type LatentSize, type Row } from './rows.ts'
import { penultimateLayer, pooledOutput } from './secondEncoder.ts'
import type { Tokenizer } from './tokenizer.ts'

const cachedPrompts = 256
const cachedPictures = 16

interface TextEncoders {
  readonly textEncoder: Session
  readonly secondEncoder: Session | undefined
}

/** Prompt → (T, D), and the pooled embedding behind it where there are two encoders; cached for recent prompts. */
export function promptEncoderOf({ textEncoder, secondEncoder }: TextEncoders, folder: ModelFolder) {
  const cache = new LruCache<Float32Array>(cachedPrompts)

  async function encode(prompt: string): Promise<Float32Array> {
    const { tokenizer, secondEncoder: second } = folder
    if (!second || !secondEncoder) {
      const name = textEncoder.outputs.find(({ name }) => name === 'last_hidden_state') ?? textEncoder.outputs[0]!
      return (await read(textEncoder, tokenizer, prompt, [name.name]))[0]!
    }
    const [left] = await read(textEncoder, tokenizer, prompt, [penultimateLayer(textEncoder.outputs)!])
    const layers = [penultimateLayer(secondEncoder.outputs)!, pooledOutput]
    const [right, pooled] = await read(secondEncoder, second.tokenizer, prompt, layers)
    return joined(left!, right!, pooled!, tokenizer.length)
  }

  return async (prompt: string | null): Promise<Float32Array> => {
    const key = prompt === null ? 'none' : `prompt ${prompt}`
    const known = cache.get(key)
    if (known) return known
    const embeds = await encode(prompt ?? '')
    return cache.set(key, prompt === null && folder.secondEncoder?.zerosForNoPrompt ? embeds.map(() => 0) : embeds)
  }
}

async function read(encoder: Session, tokenizer: Tokenizer, prompt: string, outputs: readonly string[]) {
  const ids = tokenizer.encode(prompt)
  const output = await encoder.run({ input_ids: numbers(encoder, 'input_ids', ids, [1, ids.length]) }, outputs)
  return outputs.map(name => floatsOf(output[name]!))
}

/** (T, D₁) and (T, D₂) → (T, D₁ + D₂), and what is pooled behind it. */
function joined(left: Float32Array, right: Float32Array, pooled: Float32Array, tokens: number): Float32Array {
  const [leftSize, rightSize] = [left.length / tokens, right.length / tokens]
  const all = new Float32Array(left.length + right.length + pooled.length)
  for (let token = 0; token < tokens; token++) {
    const at = token * (leftSize + rightSize)
    all.set(left.subarray(token * leftSize, (token + 1) * leftSize), at)
    all.set(right.subarray(token * rightSize, (token + 1) * rightSize), at + leftSize)
  }
  all.set(pooled, left.length + right.length)
  return all
}

/**
 * Picture → (C, h, w), drawn from the posterior with `noise`; posteriors are cached for recent pictures. `samples`: the
 * network answers with latents.
 */
export function pictureEncoderOf(
  session: Session,
  { latentChannels, spatialFactor }: ModelFolder,
  { samples }: { readonly samples: boolean },
) {
  const cache = new LruCache<Float32Array>(cachedPictures)
  const takesNoise = session.inputs.some(({ name }) => name === posteriorNoise)

  async function run(picture: Rgb, noise: Float32Array, masked?: Mask): Promise<Float32Array> {
    const { width, height } = picture
    const latentDims = [1, latentChannels, height / spatialFactor, width / spatialFactor]
    const output = await session.run({
      sample: floats(session, 'sample', toTensor(picture, masked), [1, 3, height, width]),
      ...(takesNoise && { [posteriorNoise]: floats(session, posteriorNoise, noise, latentDims) }),
    })
    return floatsOf(first(session, output))
  }

  return async (picture: Rgb, noise: Float32Array, masked?: Mask): Promise<Float32Array> => {
    if (samples) return run(picture, noise, masked)
    const bytes = createHash('sha256')
      .update(picture.data)
      .update(masked?.data ?? '')
    const key = bytes.update(`${picture.width}`).digest('base64')
    const posterior = cache.get(key) ?? cache.set(key, await run(picture, noise, masked))
    // latent_parameters hold the mean and, behind it, the logarithm of the variance of each latent.
    const mean = posterior.subarray(0, noise.length)
    const logvar = posterior.subarray(noise.length)
    return mean.map((mu, i) => mu + Math.exp(0.5 * Math.min(Math.max(logvar[i]!, -30), 20)) * noise[i]!)
  }
}

/** Rows → what the UNet predicts for each; filled up to `batch` with copies of the first row. */
export function predictorOf(session: Session, folder: ModelFolder, styles: StyleSpace | undefined, device: Device) {
  const { spatialFactor, tokenizer, guidanceDim } = folder
  const inputOf = ({ sample, inpainting }: Row) => (inpainting ? joinedChannels(sample, inpainting) : sample)
  const pooledLength = folder.secondEncoder?.pooledLength ?? 0
  // Other devices fall over tensors without elements (WebGPU of onnxruntime 1.30).
  const leastRanks = device === 'cpu' ? 0 : 1
  return async (rows: readonly Row[], size: LatentSize, batch: number): Promise<Float32Array[]> => {
    const all = (values: (row: Row) => Float32Array) => stacked(rows.map(values), batch)
    const timesteps = Array.from({ length: batch }, (_, at) => (rows[at] ?? rows[0]!).timestep)
    const promptEmbeds = all(row => row.promptEmbeds.subarray(0, row.promptEmbeds.length - pooledLength))
    const promptDims = [batch, tokenizer.length, promptEmbeds.length / batch / tokenizer.length]
    const samples = all(inputOf)
    const sampleDims = [batch, samples.length / (batch * size.height * size.width), size.height, size.width]
    const adapters = Array.from({ length: batch }, (_, at) => rows[at]?.style)
    const style = styles && styleRows(styles, adapters, leastRanks)
    const output = await session.run({
      sample: floats(session, 'sample', samples, sampleDims),
      timestep: numbers(session, 'timestep', timesteps, [batch]),
      encoder_hidden_states: floats(session, 'encoder_hidden_states', promptEmbeds, promptDims),
      ...(guidanceDim !== undefined && {
        timestep_cond: floats(
          session,
          'timestep_cond',
          all(row => row.guidance!),
          [batch, guidanceDim],
        ),
      }),
      ...(pooledLength > 0 && {
        text_embeds: floats(
          session,
          'text_embeds',
          all(row => row.promptEmbeds.subarray(-pooledLength)),
          [batch, pooledLength],
        ),
        time_ids: floats(session, 'time_ids', timeIds(size, spatialFactor, batch), [batch, 6]),
      }),
      ...(style && { [styleInput]: float32(style, [batch, style.length / batch]) }),
    })
    return rowsOf(first(session, output), rows.length)
  }
}

/** What SDXL is told of each picture: its size, where it was cropped, its size again; in pixels, height first. */
function timeIds({ width, height }: LatentSize, spatialFactor: number, batch: number): Float32Array {
  const sides = [height * spatialFactor, width * spatialFactor]
  return stacked([Float32Array.from([...sides, 0, 0, ...sides])], batch)
}

/** Latents, divided by the scaling factor → pictures. `inFloat32` opens a session to try again where halves overflow. */
export function decoderOf(session: Session, folder: ModelFolder, inFloat32: () => Promise<Session | undefined>) {
  const { latentChannels, spatialFactor } = folder

  async function run(on: Session, latents: readonly Float32Array[], size: LatentSize, batch: number) {
    const fixed = on.inputs[0]!.shape[0]
    const chunk = typeof fixed === 'number' ? fixed : batch
    const dims = [chunk, latentChannels, size.height, size.width]
    const planes: Float32Array[] = []
    for (let start = 0; start < latents.length; start += chunk) {
      const rows = latents.slice(start, start + chunk)
      const output = await on.run({ latent_sample: floats(on, 'latent_sample', stacked(rows, chunk), dims) })
      planes.push(...rowsOf(first(on, output), rows.length))
    }
    return planes
  }

  return async (latents: readonly Float32Array[], size: LatentSize, batch: number): Promise<Rgb[]> => {
    let planes = await run(session, latents, size, batch)
    if (!planes.every(isFinite32)) {
      const other = await inFloat32()
      if (other) planes = await run(other, latents, size, batch)
    }
    return planes.map(plane => {
      if (!isFinite32(plane)) throw new NonFiniteError('the decoded picture')
      return toRgb(plane, size.width * spatialFactor, size.height * spatialFactor)
    })
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
