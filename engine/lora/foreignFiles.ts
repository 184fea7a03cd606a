/** Files that are no LoRA of a UNet at all: what they are, in words, and the one command that helps, if one does. */
import { UserError } from '../../protocol/errors.ts'
import { maxHeaderBytes, readSafetensors, type TensorFile } from './safetensors.ts'

export interface ForeignFile {
  /** Completes "this is". */
  readonly what: string
  readonly hint?: string
}

/** Enough of a file to tell what it is. */
export const tellingBytes = 8 + maxHeaderBytes

/** Reads a LoRA's tensors. Throws `UserError` that says what the file is, if it is something else. */
export function readLoraFile(bytes: Uint8Array): TensorFile {
  const foreign = foreignFile(bytes.subarray(0, tellingBytes))
  if (foreign) throw notLora(foreign)
  return readSafetensors(bytes)
}

/** `file`: how it is called, for the hint. */
export function notLora({ what, hint }: ForeignFile, file = 'FILE'): UserError {
  return new UserError('style/file', `This is no LoRA file for a UNet but ${what}.`, {
    hint: hint?.replaceAll('FILE', file),
  })
}

/** Undefined for what may be a LoRA of a UNet. `start`: the file's first bytes, `tellingBytes` of them or all. */
export function foreignFile(start: Uint8Array): ForeignFile | undefined {
  const shapes = shapesIn(start)
  if (shapes) return kinds.find(({ fits }) => fits([...shapes.keys()], shapes))
  const text = Buffer.from(start.buffer, start.byteOffset, start.length).toString('latin1')
  return formats.find(({ begins, holds }) => {
    return begins.some(start => text.startsWith(start)) && (holds?.test(text) ?? true)
  })
}

/** Whether its first bytes are those of a LoRA, of whatever network. */
export function isLoraFile(start: Uint8Array): boolean {
  const names = [...(shapesIn(start)?.keys() ?? [])]
  return names.some(name => loraTensor.test(name))
}

type Shapes = ReadonlyMap<string, readonly number[]>

/** Names and shapes of a safetensors file, whatever its types are; undefined for any other. */
function shapesIn(start: Uint8Array): Shapes | undefined {
  if (start.length < 10) return undefined
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true)
  if (length > maxHeaderBytes || 8 + Number(length) > start.length) return undefined
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(start.subarray(8, 8 + Number(length))))
    if (header === null || typeof header !== 'object') return undefined
    const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__')
    return new Map(tensors.map(([name, entry]) => [name, Array.isArray(entry?.shape) ? entry.shape : []]))
  } catch {
    return undefined
  }
}

interface Kind extends ForeignFile {
  readonly fits: (names: readonly string[], shapes: Shapes) => boolean
}

const some = (pattern: RegExp) => (names: readonly string[]) => names.some(name => pattern.test(name))
const loraTensor = /lora|\.alpha$|hada_|lokr_|\.diff(_b)?$/i
/** Weights of a network as such, and no change of any. */
const whole = (pattern: RegExp) => (names: readonly string[]) =>
  !names.some(name => loraTensor.test(name)) && some(pattern)(names)
const isCheckpoint = whole(/^(model\.diffusion_model|first_stage_model|cond_stage_model|conditioner)\./)
const firstConvolution = 'model.diffusion_model.input_blocks.0.0.weight'

/** Without its task optimum asks for it, where a model lies in a folder. */
export const exportCommand = (model: string, target: string) =>
  `optimum-cli export onnx --task text-to-image --model ${model} ${target}`

const convertCheckpoint = (pipeline: string) =>
  `Make a model folder of it: \`python -c "from diffusers import ${pipeline} as P; P.from_single_file('FILE').save_pretrained('torch')" && ` +
  `${exportCommand('torch', 'model')}\`, and set FOURSTROKE_MODEL=model.`
const checkpoint = 'a whole checkpoint: a model, not a change of one'

const kinds: readonly Kind[] = [
  {
    what: 'an embedding (textual inversion), which gives a text encoder a new word and changes no UNet',
    fits: names =>
      some(/^(emb_params$|string_to_(param|token)\b)/)(names) ||
      (names.length > 0 && names.every(name => /^(clip_[lg]|t5xxl|<[^>]*>)$/.test(name))),
  },
  {
    what: 'a whole checkpoint of a diffusion transformer (Flux, Stable Diffusion 3 and the like), which has no UNet',
    fits: whole(/^(model\.diffusion_model\.)?((double|single|joint)_(blocks|transformer)|transformer_blocks\.\d)/),
  },
  {
    what: checkpoint,
    hint: convertCheckpoint('StableDiffusionXLPipeline'),
    fits: names => isCheckpoint(names) && some(/^conditioner\./)(names),
  },
  {
    what: `${checkpoint}, trained to inpaint`,
    hint: convertCheckpoint('StableDiffusionInpaintPipeline'),
    fits: (names, shapes) => isCheckpoint(names) && shapes.get(firstConvolution)?.[1] === 9,
  },
  { what: checkpoint, hint: convertCheckpoint('StableDiffusionPipeline'), fits: isCheckpoint },
  {
    what: 'a ControlNet, which this engine has no use for',
    fits: some(/^(control_model\.|controlnet_|input_hint_block\.|zero_convs\.)/),
  },
  {
    what: 'an IP-Adapter, which this engine has no use for',
    fits: some(/^(ip_adapter|image_proj)\./),
  },
  {
    what: 'all weights of a UNet (diffusion_pytorch_model.safetensors), not a change of them',
    hint: `Export the folder that it lies in: \`${exportCommand('FOLDER', 'model')}\`, and set FOURSTROKE_MODEL=model.`,
    fits: whole(/^((down|up)_blocks\.\d|mid_block\.|input_blocks\.\d)/),
  },
  {
    what: 'all weights of a text encoder, not a change of them',
    fits: whole(/^(text_model|text_projection)\b/),
  },
  {
    what: 'an autoencoder (VAE), not a LoRA',
    fits: whole(/^(encoder|decoder)\.(conv_in|down|mid|up|layers)/),
  },
  {
    what: 'a LoRA of a diffusion transformer (Flux, Stable Diffusion 3 and the like), which has no UNet',
    fits: some(
      /^(transformer\.|base_model\.model\.transformer\.|lora_transformer_|(lora_unet_|(model\.)?diffusion_model\.)(double|single|joint)_(blocks|transformer))/,
    ),
  },
]

interface Format extends ForeignFile {
  /** As one of these, in Latin-1. */
  readonly begins: readonly string[]
  readonly holds?: RegExp
}

/** Archives and pickles of torch: names of what they hold lie in them as they are. */
const pickle = ['PK\x03\x04', ...['\x02', '\x03', '\x04', '\x05'].map(version => `\x80${version}`)]

const formats: readonly Format[] = [
  {
    begins: ['GGUF'],
    what: 'a GGUF file, as stable-diffusion.cpp reads them',
    hint: 'Take the same as safetensors.',
  },
  {
    begins: ['version https://git-lfs'],
    what: 'a Git LFS pointer instead of the file',
    hint: 'Fetch it with `git lfs pull`.',
  },
  {
    begins: ['<!DOCTYPE', '<!doctype', '<html'],
    what: 'a web page: whoever downloaded it had to sign in or to agree first',
  },
  { begins: ['\x89PNG', '\xff\xd8\xff', 'RIFF'], what: 'a picture' },
  {
    begins: pickle,
    holds: /string_to_param|emb_params/,
    what: 'an embedding (textual inversion), which gives a text encoder a new word and changes no UNet',
  },
  {
    begins: pickle,
    holds: /model\.diffusion_model\./,
    what: checkpoint,
    hint: convertCheckpoint('StableDiffusionPipeline'),
  },
  {
    begins: pickle,
    holds: /lora/i,
    what: "a LoRA in torch's own format (a pickle), which may hold programs",
    hint: "Convert it: `python -c \"import torch; from safetensors.torch import save_file; save_file(torch.load('FILE', weights_only=True), 'lora.safetensors')\"`.",
  },
  { begins: pickle, what: "a file in torch's own format (a pickle), not safetensors" },
]
