/**
 * Writes a model folder of a few kilobytes in the layout of diffusers and optimum, so that loading, batching and
 * recovery run on the real runtime. It paints nothing worth looking at, but every input changes the picture.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TorchGenerator } from '../../../engine/diffusion/random.ts'
import { decodeModel, encodeModel } from '../../../onnx/codec.ts'
import { floatToHalf } from '../../../onnx/float16.ts'
import type { Graph, Model, Shape } from '../../../onnx/model.ts'
import { Tape } from '../../../onnx/tape/tape.ts'
import { float32, isStored } from '../../../onnx/tensor.ts'

export interface TinyModelOptions {
  /** How the UNet takes its timestep; see `engine/pipeline/component.ts`. */
  readonly generation?: 'A' | 'B' | 'C'
  readonly half?: boolean
  /** Put the UNet's weights into a file of this name beside the graph. */
  readonly weightsFile?: 'weights.pb' | 'model.onnx_data'
  /** `sample`: the encoder draws from its posterior itself, as the oldest exports do. */
  readonly posterior?: 'parameters' | 'sample'
  readonly guidance?: boolean
  /** Four projections that styles can change. */
  readonly projections?: boolean
  readonly vaeEncoder?: boolean
  readonly scheduler?: Record<string, unknown>
  /** Side of hidden layers: a larger one makes steps slower. */
  readonly width?: number
  readonly files?: Record<string, unknown>
}

export const tiny = { side: 32, factor: 4, channels: 4, wordDim: 8, textLength: 16, guidanceDim: 8 }
/** A word whose embedding is NaN: only the picture that asks for it may fail. */
export const poison = '#'

export function writeTinyModel(options: TinyModelOptions = {}): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-model-'))
  const { generation = 'C', guidance = true, vaeEncoder = true, half = false } = options
  const random = new TorchGenerator(7)
  const weights = (dims: number[], gain = 0.5) => {
    const data = random
      .randn(
        Math.max(
          16,
          dims.reduce((a, b) => a * b, 1),
        ),
      )
      .slice(
        0,
        dims.reduce((a, b) => a * b, 1),
      )
    return float32(
      data.map(value => value * gain),
      dims,
    )
  }
  const write = (name: string, content: unknown) => {
    const file = join(folder, name)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(
      file,
      content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
  const writeGraph = (part: string, bytes: Uint8Array, weightsFile?: string) => {
    const model = half ? narrow(decodeModel(bytes)) : decodeModel(bytes)
    const pieces: Uint8Array[] = []
    let end = 0
    const place = (data: Uint8Array, offset: number) => {
      pieces.push(new Uint8Array(offset - end), data)
      end = offset + data.length
    }
    const external = weightsFile ? { external: { file: weightsFile, minBytes: 64, write: place } } : {}
    write(`${part}/model.onnx`, encodeModel(model, external))
    if (weightsFile) write(`${part}/${weightsFile}`, Buffer.concat(pieces))
  }

  write('model_index.json', { _class_name: 'LatentConsistencyModelPipeline', unet: ['diffusers', 'UNet'] })
  // A velocity keeps what untrained weights paint within bounds.
  const scheduler = { _class_name: 'LCMScheduler', prediction_type: 'v_prediction', ...options.scheduler }
  write('scheduler/scheduler_config.json', scheduler)
  write('unet/config.json', {
    in_channels: tiny.channels,
    sample_size: tiny.side / tiny.factor,
    block_out_channels: [8, 8],
    cross_attention_dim: tiny.wordDim,
    ...(guidance && { time_cond_proj_dim: tiny.guidanceDim }),
  })
  const vae = { block_out_channels: [4, 4, 4], latent_channels: tiny.channels, scaling_factor: 0.5 }
  write('vae_decoder/config.json', vae)
  write('text_encoder/config.json', { hidden_size: tiny.wordDim, max_position_embeddings: tiny.textLength })
  writeTokenizer(write)
  writeGraph('text_encoder', textEncoder(generation === 'A' ? 'int32' : 'int64', weights))
  writeGraph('unet', unet(generation, guidance, options, weights), options.weightsFile)
  writeGraph('vae_decoder', vaeDecoder(weights))
  if (vaeEncoder) {
    write('vae_encoder/config.json', vae)
    writeGraph('vae_encoder', encoder(options.posterior ?? 'parameters', weights))
  }
  for (const [name, content] of Object.entries(options.files ?? {})) write(name, content)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

type Weights = (dims: number[], gain?: number) => ReturnType<typeof float32>

const begin = '<|startoftext|>'
const end = '<|endoftext|>'

function writeTokenizer(write: (name: string, content: unknown) => void): void {
  const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789!#,.'"]
  const merges = ['r e', 're d</w>', 'b l', 'bl u', 'blu e</w>']
  const tokens = [...letters, ...letters.map(letter => `${letter}</w>`), ...merges.map(pair => pair.replace(' ', ''))]
  const vocab = Object.fromEntries([...tokens, begin, end].map((token, id) => [token, id]))
  write('tokenizer/vocab.json', vocab)
  write('tokenizer/merges.txt', `#version: 0.2\n${merges.join('\n')}\n`)
  write('tokenizer/tokenizer_config.json', { model_max_length: tiny.textLength, bos_token: begin, eos_token: end })
  write('tokenizer/special_tokens_map.json', { bos_token: begin, eos_token: end, pad_token: end, unk_token: end })
}

function textEncoder(idType: 'int32' | 'int64', weights: Weights): Uint8Array {
  const t = new Tape()
  const ids = t.input('input_ids', idType, ['batch', 'sequence'])
  const table = weights([100, tiny.wordDim], 1)
  const poisonId = [..."abcdefghijklmnopqrstuvwxyz0123456789!#,.'"].length + 37
  table.data.fill(Number.NaN, poisonId * tiny.wordDim, (poisonId + 1) * tiny.wordDim)
  const hidden = t.gather(t.parameter('embedding', table), ids)
  return t.encode({ last_hidden_state: t.tanh(hidden), pooler_output: t.reduceMean(hidden, [1]) })
}

function unet(
  generation: 'A' | 'B' | 'C',
  guidance: boolean,
  { width = 8, projections = false }: TinyModelOptions,
  weights: Weights,
): Uint8Array {
  const t = new Tape()
  const { channels, wordDim, guidanceDim } = tiny
  const sample = t.input('sample', 'float32', ['batch', channels, 'height', 'width'])
  const timestepShapes = { A: ['batch'], B: [1], C: [] } satisfies Record<string, Shape>
  const timestep = t.input('timestep', generation === 'A' ? 'float32' : 'int64', timestepShapes[generation])
  const words = t.input('encoder_hidden_states', 'float32', ['batch', 'sequence', wordDim])
  const vector = generation === 'C' ? t.unsqueeze(timestep, [0]) : timestep
  const times = t.div(t.cast(t.expand(vector, ['batch']), 'float32'), 1000)
  let state = t.matmul(t.unsqueeze(times, [1]), t.parameter('time', weights([1, width])))
  state = t.add(state, t.matmul(t.reduceMean(words, [1]), t.parameter('words', weights([wordDim, width], 1))))
  if (guidance) {
    const scale = t.input('timestep_cond', 'float32', ['batch', guidanceDim])
    state = t.add(state, t.matmul(scale, t.parameter('guidance', weights([guidanceDim, width]))))
  }
  const hidden = t.conv(sample, t.parameter('in', weights([width, channels, 3, 3])), undefined, { pads: 1 })
  let mixed = t.silu(t.add(hidden, t.unsqueeze(state, [2, 3])))
  if (projections) {
    let tokens = t.transpose(t.reshape(mixed, [mixed.shape[0]!, width, -1]), [0, 2, 1])
    for (const part of ['to_q', 'to_k', 'to_v', 'to_out.0']) {
      const weight = t.parameter(`mid_block.attentions.0.attn1.${part}.weight`, weights([width, width], 1 / width))
      tokens = t.add(tokens, t.matmul(tokens, weight))
    }
    mixed = t.reshape(t.transpose(tokens, [0, 2, 1]), mixed.shape)
  }
  const again = t.conv(mixed, t.parameter('mid', weights([width, width, 3, 3], 1 / width)), undefined, { pads: 1 })
  const out = t.conv(t.silu(again), t.parameter('out', weights([channels, width, 3, 3], 1 / width)), undefined, {
    pads: 1,
  })
  return t.encode({ out_sample: out })
}

function vaeDecoder(weights: Weights): Uint8Array {
  const t = new Tape()
  const latents = t.input('latent_sample', 'float32', ['batch', tiny.channels, 'height', 'width'])
  const wide = t.resizeNearest(latents, tiny.factor)
  const out = t.conv(wide, t.parameter('out', weights([3, tiny.channels, 3, 3], 0.3)), undefined, { pads: 1 })
  return t.encode({ sample: t.tanh(out) })
}

function encoder(posterior: 'parameters' | 'sample', weights: Weights): Uint8Array {
  const t = new Tape()
  const picture = t.input('sample', 'float32', ['batch', 3, 'height', 'width'])
  const pooled = t.averagePool(picture, [tiny.factor, tiny.factor])
  const mean = t.conv(pooled, t.parameter('mean', weights([tiny.channels, 3, 1, 1])))
  const logvar = t.sub(t.conv(pooled, t.parameter('logvar', weights([tiny.channels, 3, 1, 1], 0.1))), 3)
  if (posterior === 'parameters') return t.encode({ latent_parameters: t.concat([mean, logvar], 1) })
  const noise = t.op('RandomNormalLike', [mean], {}, { types: [{ dtype: 'float32', shape: mean.shape }] })
  return t.encode({ latent_sample: t.add(mean, t.mul(t.exp(t.mul(logvar, 0.5)), noise)) })
}

/** The same model in half precision, as fp16 exports have it: weights, inputs and outputs. */
function narrow(model: Model): Model {
  const info = <Info extends { dtype: string }>(value: Info): Info =>
    value.dtype === 'float32' ? { ...value, dtype: 'float16' } : value
  const graph: Graph = {
    ...model.graph,
    nodes: model.graph.nodes.map(node =>
      node.op === 'Cast' && Number(node.attributes['to']?.value) === 1
        ? { ...node, attributes: { to: { type: 'int', value: 10 } } }
        : node,
    ),
    inputs: model.graph.inputs.map(info),
    outputs: model.graph.outputs.map(info),
    valueInfo: new Map(),
    initializers: new Map(
      [...model.graph.initializers].map(([name, tensor]) => {
        // Resize wants its scales in single precision whatever it resizes.
        if (isStored(tensor) || tensor.dtype !== 'float32' || name.includes('scales')) return [name, tensor]
        return [name, { dtype: 'float16', dims: tensor.dims, data: floatToHalf(tensor.data) }]
      }),
    ),
  }
  return { ...model, graph }
}
