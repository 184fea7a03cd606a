import { UserError } from '../../protocol/errors.ts'
import type { StyleTarget } from '../types/styles.ts'
import { type AlphaOf, readAlphas } from './alphas.ts'
import { windowOf } from './layout.ts'
import type { FileTensor, TensorFile } from './safetensors.ts'
import { plainGraphHint } from './specialOperators.ts'
import { spellingsOf, textSpellingsOf } from './spellings.ts'

/** One low-rank change of one weight, as it lies in a file: W += scale · B A. */
export interface LoraPart {
  /** Name of the module in diffusers' terms, one of those that were asked for. */
  readonly target: string
  readonly rank: number
  /** alpha / rank. */
  readonly scale: number
  /** (rank, in), or of a convolution (rank, in, height, width). */
  readonly a: FileTensor
  /** (out, rank), or of a convolution (out, rank, 1, 1). */
  readonly b: FileTensor
}

export interface LoraFile {
  readonly parts: readonly LoraPart[]
  /** False if nothing in the file says its strength, as in peft's own files: alpha = rank is then assumed, as by diffusers. */
  readonly alphaKnown: boolean
  /** Tensors of text encoders, which are not among the parts of a UNet. */
  readonly textTensors: number
  /** Tensors of embeddings that a trainer bundled into the file. */
  readonly embeddingTensors: number
}

type Role = 'a' | 'b' | 'alpha'

/** The networks of a model that a LoRA can change, by the beginning of its keys; whatever is of no other is the UNet's. */
export type LoraNetwork = 'unet' | 'text_encoder' | 'text_encoder_2'
const textKeys = {
  text_encoder: /^(base_model\.model\.)?(lora_te1?_|text_encoder\.|te1?[._])/,
  text_encoder_2: /^(base_model\.model\.)?(lora_te2_|text_encoder_2\.|te2[._])/,
} as const

function networkOf(key: string): LoraNetwork {
  return textKeys.text_encoder.test(key)
    ? 'text_encoder'
    : textKeys.text_encoder_2.test(key)
      ? 'text_encoder_2'
      : 'unet'
}

/** The networks that a file has tensors for. */
export function networksIn({ tensors }: TensorFile): ReadonlySet<LoraNetwork> {
  return new Set([...tensors.keys()].map(networkOf))
}

/** How keys of a LoRA's state_dict end, by dialect; the longest that fits is the right one. */
const endings: readonly (readonly [string, Role])[] = [
  ['.lora_A.weight', 'a'], // peft, diffusers since 2024
  ['.lora_B.weight', 'b'],
  ['.lora_A.default.weight', 'a'], // peft's own state_dict
  ['.lora_B.default.weight', 'b'],
  ['.lora_down.weight', 'a'], // kohya
  ['.lora_up.weight', 'b'],
  ['.lora.down.weight', 'a'], // diffusers 2023
  ['.lora.up.weight', 'b'],
  ['.lora_linear_layer.down.weight', 'a'],
  ['.lora_linear_layer.up.weight', 'b'],
  ['_lora.down.weight', 'a'], // diffusers' attention processors
  ['_lora.up.weight', 'b'],
  ['.lora.alpha', 'alpha'],
  ['.alpha', 'alpha'],
]

interface LoraOptions {
  /** The text of peft's `adapter_config.json`, where peft keeps alpha. */
  readonly config?: string | undefined
  /** Modules of the model that a file may not change as things are set, and what is said to those whose file does. */
  readonly untargeted?: readonly string[] | undefined
  readonly hintOf?: ((untargeted: readonly string[]) => string) | undefined
  /** Operators of the model with weights that cannot be changed (`specialOperators.ts`). */
  readonly closed?: readonly string[] | undefined
  /** Whose parts are read: the UNet's if left out. */
  readonly network?: LoraNetwork
}

/**
 * Maps the keys of a LoRA's state_dict (peft, diffusers, kohya, ComfyUI) to the modules of a UNet. What it has for the
 * UNet is taken whole or refused with a list: half an adapter would be another adapter. What it has for a text encoder
 * is counted and left to the caller.
 */
export function loraParts(
  file: TensorFile,
  modules: Iterable<string>,
  { config, untargeted = [], closed = [], hintOf, network = 'unet' }: LoraOptions = {},
): LoraFile {
  const targets = [...modules]
  const isTarget = new Set(targets)
  const moduleOf = network === 'unet' ? spellingsOf([...targets, ...untargeted]) : textSpellingsOf(network, targets)
  const found = new Map<string, Partial<Record<Role, FileTensor>>>()
  const unknown = new UnknownTensors()
  const leftOut = { text: 0, embedding: 0 }
  for (const [key, tensor] of file.tensors) {
    const owner = networkOf(key)
    if (isEmbedding.test(key)) leftOut.embedding++
    else if (owner !== 'unet') leftOut.text++
    if (isEmbedding.test(key) || owner !== network) continue
    const ending = endings.find(([ending]) => key.endsWith(ending))
    const target = ending && moduleOf.get(key.slice(0, -ending[0].length))
    if (!ending || target === undefined || !isTarget.has(target)) {
      unknown.add(kindOf(key, target), key, target)
      continue
    }
    const part = found.get(target) ?? {}
    if (part[ending[1]]) unknown.add('said twice', key)
    part[ending[1]] = tensor
    found.set(target, part)
  }
  const alphas = readAlphas(file.metadata, { config, network })
  const parts: LoraPart[] = []
  let alphaKnown = alphas !== undefined
  for (const [target, { a, b, alpha }] of found) {
    if (!a || !b) {
      unknown.add(a ? 'A without B' : b ? 'B without A' : 'alpha without A and B', target)
      continue
    }
    const rank = rankOf(target, a, b)
    if (alpha) alphaKnown = true
    parts.push({ target, rank, scale: scaleOf(target, rank, alpha, alphas), a, b })
  }
  unknown.throwIfAny(file.tensors.size, { hintOf, closed })
  if (parts.length === 0 && network === 'unet') {
    const found = leftOut.text === 0 ? 'one without any tensors' : 'one for a text encoder alone'
    throw new UserError('style/file', `This is no LoRA file for a UNet but ${found}.`)
  }
  return { parts, alphaKnown, textTensors: leftOut.text, embeddingTensors: leftOut.embedding }
}

/** A row of A lies in the file as in a style: of a convolution it is a whole window. */
export function checkSizes({ target, a, b }: LoraPart, size: Pick<StyleTarget, 'in' | 'out' | 'kernel'>): void {
  const window = windowOf(size)
  const found = a.shape.slice(1)
  // A window of one pixel may be said or not.
  const fits = [0, 1, 2].every(axis => (found[axis] ?? 1) === (window[axis] ?? 1))
  if (fits && b.shape[0] === size.out) return
  throw new UserError(
    'style/file',
    `Expected a LoRA from ${window.join(' × ')} to ${size.out} for ${target}, got A (${a.shape.join(', ')}) and B (${b.shape.join(', ')}): it belongs to another model.`,
  )
}

function rankOf(target: string, a: FileTensor, b: FileTensor): number {
  const [rank = 0] = a.shape
  const isPair = a.shape.length === b.shape.length && (a.shape.length === 2 || a.shape.length === 4)
  const isPoint = b.shape.slice(2).every(size => size === 1)
  if (!isPair || !isPoint || rank < 1 || b.shape[1] !== rank) {
    throw new UserError(
      'style/file',
      `Expected A (rank, in) and B (out, rank) for ${target}, got (${a.shape.join(', ')}) and (${b.shape.join(', ')}).`,
    )
  }
  return rank
}

function scaleOf(target: string, rank: number, tensor: FileTensor | undefined, alphas: AlphaOf | undefined): number {
  if (tensor && tensor.shape.reduce((product, size) => product * size, 1) !== 1) {
    throw new UserError('style/file', `Expected one alpha for ${target}, got (${tensor.shape.join(', ')}).`)
  }
  const alpha = tensor?.read()[0]
  if (alpha === undefined) return alphas?.(target, rank) ?? 1
  // 0 stands for "none" where kohya's scripts write it.
  return alpha === 0 ? 1 : alpha / rank
}

/** OneTrainer's. */
const isEmbedding = /^bundle_emb\./

const unknownModules = 'of modules that this model does not have'

function kindOf(key: string, module: string | undefined): string {
  if (/dora_scale|magnitude|hada_|lokr_|lora_mid|oft_|\.diff(_b)?$|lora_B\.bias|(^|\.)w_norm|b_norm/.test(key))
    return 'of another method than LoRA'
  return module === undefined ? unknownModules : 'of modules that styles do not change here'
}

/** What cannot be used, by kind: counted whole, the first few by name. */
class UnknownTensors {
  private readonly kinds = new Map<string, { count: number; readonly first: string[] }>()
  private readonly untargeted = new Set<string>()

  /** `module`: the one of the model that it is for, if there is one. */
  add(kind: string, name: string, module?: string): void {
    const entry = this.kinds.get(kind) ?? { count: 0, first: [] }
    entry.count++
    if (entry.first.length < 3) entry.first.push(JSON.stringify(name.slice(0, 120)))
    this.kinds.set(kind, entry)
    if (module !== undefined) this.untargeted.add(module)
  }

  throwIfAny(tensors: number, { hintOf, closed = [] }: Pick<LoraOptions, 'hintOf' | 'closed'>): void {
    if (this.kinds.size === 0) return
    const list = [...this.kinds].map(
      ([kind, { count, first }]) => `${count} ${kind} (${first.join(', ')}${count > first.length ? ', …' : ''})`,
    )
    const message = `Expected a LoRA of this model's projections and nothing else; of ${tensors} tensors cannot be used: ${list.join('; ')}.`
    // More kinds of targets help only where nothing else is wrong.
    const isOnlyUntargeted = this.kinds.size === 1 && this.untargeted.size > 0
    const isClosed = this.kinds.has(unknownModules) && closed.length > 0
    const hint = isOnlyUntargeted
      ? hintOf?.([...this.untargeted])
      : isClosed
        ? `Some layers of this model are ${closed.join(', ')}, which no file can change. ${plainGraphHint}`
        : undefined
    throw new UserError('style/file', message, { hint })
  }
}
