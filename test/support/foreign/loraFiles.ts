/**
 * LoRA files as people bring them, made small: every dialect with the same change of two projections, what is said
 * otherwise about its strength, and what is no LoRA of a UNet at all. `npm run bench:foreign` prints what becomes of each.
 */
import { writeSafetensors } from '../../../engine/lora/safetensors.ts'
import type { StyleLayout } from '../../../engine/types/styles.ts'

export interface LoraCase {
  readonly name: string
  readonly bytes: Uint8Array
  readonly config?: string
  readonly expected: Expected
}

/** `strength`: of what it changes, where the plain file has 1. */
type Expected =
  | { readonly taken: true; readonly strength?: number; readonly note?: RegExp }
  | { readonly taken: false; readonly says: RegExp; readonly hint?: RegExp }

export const attention = 'down_blocks.0.attentions.0.transformer_blocks.0'
const size = 8
const rank = 2

/** A model with two projections of attention, in blocks of which each has two layers as Stable Diffusion's. */
export const layout: StyleLayout = {
  targets: ['attn1.to_q', 'attn2.to_out.0'].map(part => ({ name: `${attention}.${part}`, in: size, out: size })),
  untargeted: [
    'conv_in',
    `${attention}.ff.net.2`,
    'down_blocks.0.resnets.1.conv1',
    'down_blocks.0.attentions.1.proj_in',
    'up_blocks.0.resnets.0.conv1',
  ],
  ...{ maxRank: 4, valuesPerRank: 4 * size, latentChannels: 4, modelHash: 'ab'.repeat(32) },
}
const [first, second] = layout.targets.map(({ name }) => name) as [string, string]

type Tensors = Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>

const filled = (shape: readonly number[], seed: number) => {
  const length = shape.reduce((product, each) => product * each, 1)
  return { shape, values: Float32Array.from({ length }, (_, i) => Math.sin(seed + i)) }
}
const down = (at: number, ranks = rank) => filled([ranks, size], at)
const up = (at: number, ranks = rank) => filled([size, ranks], at + 50)
const alpha = (value: number) => ({ shape: [] as number[], values: Float32Array.of(value) })
const pixel = ({ shape, values }: Tensors[string]) => ({ shape: [...shape, 1, 1], values })

/** The change of both projections under other names. */
function changes(nameOf: (module: string) => string, [a, b]: readonly [string, string], extra: Tensors = {}): Tensors {
  const of = (module: string, at: number) => ({ [nameOf(module) + a]: down(at), [nameOf(module) + b]: up(at) })
  return { ...of(first, 1), ...of(second, 2), ...extra }
}
const withAlpha = (tensors: Tensors, a: string, value: number): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.endsWith(a)
        ? [
            [name, tensor],
            [name.replace(a, '.alpha'), alpha(value)],
          ]
        : [[name, tensor]],
    ),
  )

const file = (tensors: Tensors, metadata: Record<string, string> = {}, type: 'F32' | 'F16' | 'BF16' = 'F32') =>
  writeSafetensors(new Map(Object.entries(tensors)), metadata, type)
/** With another element type in its header, as other programs write. */
const retyped = (bytes: Uint8Array, type: string) => {
  const whole = Buffer.from(bytes)
  const end = 8 + Number(whole.readBigUInt64LE())
  const header = Buffer.from(whole.toString('latin1', 8, end).replaceAll('"F32"', `"${type}"`), 'latin1')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, whole.subarray(end)])
}

/** The header again, with other bytes behind it. */
function rewritten(bytes: Uint8Array, type: string, scale: number, data: (data: Uint8Array) => Uint8Array): Uint8Array {
  const whole = Buffer.from(bytes)
  const end = 8 + Number(whole.readBigUInt64LE())
  const header = JSON.parse(whole.toString('utf8', 8, end))
  for (const [name, entry] of Object.entries<{ dtype: string; data_offsets: number[] }>(header)) {
    if (name === '__metadata__') continue
    entry.dtype = type
    entry.data_offsets = entry.data_offsets.map(offset => offset * scale)
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data(whole.subarray(end))])
}
const inDoubles = (bytes: Uint8Array) =>
  rewritten(
    bytes,
    'F64',
    2,
    data => new Uint8Array(Float64Array.from(new Float32Array(new Uint8Array(data).buffer)).buffer),
  )
/** The upper byte of each half. */
const inEights = (bytes: Uint8Array) => rewritten(bytes, 'F8_E5M2', 1 / 2, data => data.filter((_, at) => at % 2 === 1))

const peft = ['.lora_A.weight', '.lora_B.weight'] as const
const kohyaEnds = ['.lora_down.weight', '.lora_up.weight'] as const
const kohya = (module: string) => `lora_unet_${module.replaceAll('.', '_')}`
const unet = (module: string) => `unet.${module}`
const plain = changes(unet, peft)
const kohyaFile = withAlpha(changes(kohya, kohyaEnds), kohyaEnds[0], rank)
/** Stability's name of the first block's first attention, where blocks have two layers. */
const stability = (module: string) => module.replace('down_blocks.0.attentions.0', 'input_blocks.1.1')
const inHeader = (fields: Record<string, unknown>) => ({
  lora_adapter_metadata: JSON.stringify(
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [`unet.${name}`, value])),
  ),
})

const takes = (name: string, bytes: Uint8Array, more: Omit<Expected & { taken: true }, 'taken'> = {}): LoraCase => ({
  ...{ name, bytes, expected: { taken: true, ...more } },
})
const refuses = (name: string, bytes: Uint8Array, says: RegExp, hint?: RegExp): LoraCase => ({
  ...{ name, bytes, expected: { taken: false, says, ...(hint && { hint }) } },
})
/** A file of nothing but these names, as a whole network has them. */
const named = (...names: readonly string[]) => file(Object.fromEntries(names.map(name => [name, filled([1], 1)])))
const added = (name: string) => file({ ...plain, [name]: filled([1], 1) })
const guess = /alpha = rank was taken/

const dialects: readonly LoraCase[] = [
  takes('diffusers since 2024', file(plain), { note: guess }),
  takes('peft, base_model.model.', file(changes(name => `base_model.model.${name}`, peft)), { note: guess }),
  takes(
    "peft's state_dict",
    file(changes(name => `base_model.model.${name}`, ['.lora_A.default.weight', '.lora_B.default.weight'])),
  ),
  takes('diffusers 2023', file(changes(unet, ['.lora.down.weight', '.lora.up.weight']))),
  takes(
    'diffusers, processors',
    file(
      changes(
        name => `unet.${name.replace(/\.(to_\w+)(\.0)?$/, '.processor.$1')}`,
        ['_lora.down.weight', '_lora.up.weight'],
      ),
    ),
  ),
  takes('kohya', file(kohyaFile)),
  takes('kohya, F16', file(kohyaFile, {}, 'F16')),
  takes('kohya, BF16', file(kohyaFile, {}, 'BF16')),
  takes('kohya, F64', inDoubles(file(kohyaFile))),
  takes('kohya, F8_E5M2 of 16-bit floats cut in half', inEights(file(kohyaFile, {}, 'F16'))),
  takes('kohya without alpha', file(changes(kohya, kohyaEnds)), { note: guess }),
  takes('kohya, attention as 1 × 1 convolutions', file(mapped(kohyaFile, 'lora_', pixel))),
  takes("kohya, Stability's blocks (SDXL)", file(changes(name => kohya(stability(name)), kohyaEnds))),
  takes('ComfyUI', file(changes(name => `diffusion_model.${stability(name)}`, peft))),
  takes('OneTrainer, dotted', file(changes(name => `lora_unet.${name}`.replace('lora_unet.', 'unet.'), kohyaEnds))),
  takes('OneTrainer with bundle_emb', file({ ...kohyaFile, 'bundle_emb.cat.clip_l': filled([1], 1) }), {
    note: /Left out 1 tensors of bundled embeddings/,
  }),
  takes(
    'kohya with a text encoder',
    file({ ...kohyaFile, 'lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight': down(3) }),
    { note: /Left out 1 tensors of a text encoder/ },
  ),
  takes('half of the targets', file(Object.fromEntries(Object.entries(plain).slice(0, 2)))),
]

const strengths: readonly LoraCase[] = [
  takes('alpha 1 at rank 2', file(withAlpha(changes(kohya, kohyaEnds), kohyaEnds[0], 1)), { strength: 0.5 }),
  takes('alpha 0, which stands for none', file(withAlpha(changes(kohya, kohyaEnds), kohyaEnds[0], 0))),
  takes('alpha in the header', file(plain, inHeader({ lora_alpha: 6 })), { strength: 3 }),
  takes('rank-stabilized', file(plain, inHeader({ lora_alpha: 2, use_rslora: true })), { strength: Math.SQRT2 }),
  takes('alpha_pattern, an expression', file(plain, inHeader({ lora_alpha: 2, alpha_pattern: { '.*attn\\d.*': 8 } })), {
    strength: 4,
  }),
  takes('rank_pattern, other ranks by module', file({ ...plain, ...wider(second) }, inHeader({ lora_alpha: 2 }))),
  { ...takes("peft's own file beside its config", file(plain), { strength: 2 }), config: '{"lora_alpha": 4, "r": 2}' },
  takes('ranks above the slots', file({ ...plain, ...wider(second, 7) }), { note: /Reduced from rank 7 to 4/ }),
]

const otherMethods: readonly LoraCase[] = [
  refuses('DoRA', added(`${unet(first)}.dora_scale`), /1 of another method than LoRA/),
  refuses('lora_bias', added(`${unet(first)}.lora_B.bias`), /another method/),
  refuses('LoHa', added(`${kohya(first)}.hada_w1_a`), /another method/),
  refuses('LoKr', added(`${kohya(first)}.lokr_w1`), /another method/),
  refuses('LoCon with lora_mid', added(`${kohya(first)}.lora_mid.weight`), /another method/),
  refuses('differences of weights', added(`${kohya(first)}.diff`), /another method/),
  refuses('LyCORIS norms', added(`${kohya(first)}.w_norm`), /another method/),
  refuses('another size', file({ ...plain, ...wider(first, rank, 2 * size) }), /it belongs to another model/),
  refuses('numbers of four bits', retyped(file(plain), 'F4'), /dtype of F64, F32, .* got "F4"/),
  refuses('A without B', file({ [`${unet(first)}.lora_A.weight`]: down(1) }), /A without B/),
  refuses(
    'a module that styles do not change here',
    file({ ...plain, ...changesOf('conv_in') }),
    /styles do not change here/,
    /FOURSTROKE_STYLE_TARGETS=attention,ends/,
  ),
  refuses('a module of no kind', file({ ...plain, ...changesOf('mid_block.attentions.9.x') }), /does not have/),
  refuses(
    "another model's style of ours",
    file(plain, { 'fourstroke.model': 'cd'.repeat(32) }),
    /a style of the model/,
  ),
  refuses('a text encoder alone', file(changes(name => `text_encoder.${name}`, peft)), /a text encoder alone/),
]

const model = 'model.diffusion_model.input_blocks.0.0.weight'
const exported = /from_single_file\('FILE'\).*optimum-cli export onnx/
const torch = (holds: string) => Buffer.from(`PK\x03\x04 archive/data.pkl ${holds}`, 'latin1')
const others: readonly LoraCase[] = [
  refuses('textual inversion', named('emb_params'), /an embedding \(textual inversion\)/),
  refuses('textual inversion of SDXL', named('clip_l', 'clip_g'), /an embedding/),
  refuses("diffusers' textual inversion", named('<cat-toy>'), /an embedding/),
  refuses('a checkpoint', named(model, 'first_stage_model.x'), /a whole checkpoint: a model/, exported),
  refuses(
    'the same, with whole numbers',
    retyped(named(model, 'cond_stage_model.ids'), 'I64'),
    /a whole checkpoint/,
    exported,
  ),
  refuses('a checkpoint of SDXL', named(model, 'conditioner.x'), /a whole checkpoint/, /import StableDiffusionXLPipe/),
  refuses(
    'a checkpoint that inpaints',
    file({ [model]: filled([1, 9, 3, 3], 1) }),
    /trained to inpaint/,
    /import StableDiffusionInpaintPipeline/,
  ),
  refuses(
    'a checkpoint of Flux',
    named('model.diffusion_model.double_blocks.0.img_attn.proj.weight'),
    /a whole checkpoint of a diffusion transformer/,
  ),
  refuses('a LoRA of Flux', named('transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight'), /LoRA of a diff/),
  refuses(
    'the same by kohya',
    named('lora_unet_double_blocks_0_img_attn_proj.lora_down.weight'),
    /LoRA of a diffusion/,
  ),
  refuses('a ControlNet', named('control_model.zero_convs.0.0.weight'), /a ControlNet/),
  refuses('an IP-Adapter', named('image_proj.proj.weight', 'ip_adapter.1.to_k_ip.weight'), /an IP-Adapter/),
  refuses(
    'all of a UNet',
    named('down_blocks.0.resnets.0.conv1.weight'),
    /all weights of a UNet/,
    /optimum-cli export/,
  ),
  refuses('a text encoder', named('text_model.encoder.layers.0.mlp.fc1.weight'), /all weights of a text encoder/),
  refuses('a VAE', named('decoder.conv_in.weight'), /an autoencoder/),
  refuses('a LoRA as a pickle', torch('lora_down'), /a LoRA in torch's own format/, /save_file\(torch\.load\('FILE'/),
  refuses('an embedding as a pickle', torch('string_to_param'), /an embedding/),
  refuses('a checkpoint as a pickle', torch(model), /a whole checkpoint/, exported),
  refuses('another pickle', torch(''), /torch's own format \(a pickle\), not safetensors/),
  refuses('GGUF', Buffer.from('GGUF\x03\0\0\0', 'latin1'), /a GGUF file/, /Take the same as safetensors/),
  refuses(
    'a Git LFS pointer',
    Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
    /LFS pointer/,
    /git lfs pull/,
  ),
  refuses('a web page', Buffer.from('<!DOCTYPE html><html>'), /a web page/),
  refuses('a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /but a picture/),
  refuses('a file that was cut off', file(plain).subarray(0, -9), /cut off/),
  refuses('nothing', new Uint8Array(), /at least 8 bytes/),
]

export const loraFiles: readonly LoraCase[] = [...dialects, ...strengths, ...otherMethods, ...others]

function mapped(tensors: Tensors, part: string, change: (tensor: Tensors[string]) => Tensors[string]): Tensors {
  const entries = Object.entries(tensors)
  return Object.fromEntries(
    entries.map(([name, tensor]) => [name, name.includes(`.${part}`) ? change(tensor) : tensor]),
  )
}

/** The same module with another rank, or of another size. */
function wider(module: string, ranks = 3, width = size): Tensors {
  return {
    [`${unet(module)}.lora_A.weight`]: filled([ranks, width], 2),
    [`${unet(module)}.lora_B.weight`]: filled([width, ranks], 52),
  }
}

function changesOf(module: string): Tensors {
  return { [`${unet(module)}.lora_A.weight`]: down(4), [`${unet(module)}.lora_B.weight`]: up(4) }
}
