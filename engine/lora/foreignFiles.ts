/** Files that are no LoRA of a UNet at all: what they are, in words, and what helps. */
import type { TensorFile } from './safetensors.ts'

export interface ForeignFile {
  /** Completes "…, got". */
  readonly what: string
  readonly cure?: string
}

interface Kind extends ForeignFile {
  readonly fits: (names: readonly string[]) => boolean
}

const some = (pattern: RegExp) => (names: readonly string[]) => names.some(name => pattern.test(name))
const loraTensor = /lora|\.alpha$|hada_|lokr_|\.diff(_b)?$/i
/** Weights of a network as such, and no change of any. */
const whole = (pattern: RegExp) => (names: readonly string[]) =>
  !names.some(name => loraTensor.test(name)) && some(pattern)(names)

const kinds: readonly Kind[] = [
  {
    what: 'an embedding (textual inversion), which gives a text encoder a new word and changes no UNet',
    fits: names =>
      some(/^(emb_params$|string_to_(param|token)\b)/)(names) ||
      (names.length > 0 && names.every(name => /^(clip_[lg]|t5xxl|<[^>]*>)$/.test(name))),
  },
  {
    what: 'a whole checkpoint: a model, not a change of one',
    cure:
      "Make a model folder of it: `python -c \"from diffusers import StableDiffusionPipeline as P; P.from_single_file('FILE').save_pretrained('torch')\" && " +
      'optimum-cli export onnx --model torch model`, and set FOURSTROKE_MODEL=model.',
    fits: whole(/^(model\.diffusion_model|first_stage_model|cond_stage_model|conditioner)\./),
  },
  {
    what: 'a ControlNet, which this engine has no use for',
    fits: some(/^(control_model\.|controlnet_|input_hint_block\.|zero_convs\.)/),
  },
  {
    what: 'all weights of a UNet (diffusion_pytorch_model.safetensors), not a change of them',
    cure: 'Export the folder that it lies in: `optimum-cli export onnx --model FOLDER model`, and set FOURSTROKE_MODEL=model.',
    fits: whole(/^((down|up)_blocks\.\d|mid_block\.|input_blocks\.\d)/),
  },
  {
    what: 'an autoencoder (VAE), not a LoRA',
    fits: whole(/^(encoder|decoder)\.(conv_in|down|mid|up)/),
  },
  {
    what: 'a LoRA of a diffusion transformer (Flux, Stable Diffusion 3 and the like), which has no UNet',
    fits: some(
      /^(transformer\.|base_model\.model\.transformer\.|lora_transformer_|(lora_unet_|(model\.)?diffusion_model\.)(double|single|joint)_(blocks|transformer))/,
    ),
  },
]

/** Undefined for what may be a LoRA of a UNet. */
export function foreignFile({ tensors }: TensorFile): ForeignFile | undefined {
  const names = [...tensors.keys()]
  return kinds.find(({ fits }) => fits(names))
}
