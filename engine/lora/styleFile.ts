import { isFinite32 } from '../../onnx/finite.ts'
import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Adapter, StyleLayout } from '../types/styles.ts'
import type { WrittenType } from './elementTypes.ts'
import { checkSizes, type LoraPart, loraParts } from './fileFormats.ts'
import { readLoraFile } from './foreignFiles.ts'
import { eachTarget, targetsHint, windowOf } from './layout.ts'
import { type Factors, reduceRank } from './reduce.ts'
import { writeSafetensors } from './safetensors.ts'
import { textureLength } from './texture.ts'
import { tintLength } from './tint.ts'

export interface ImportedStyle {
  readonly adapter: Adapter
  /** What the file calls itself; unchecked text of a stranger, at most 80 characters. */
  readonly name?: string
  /** False: the file does not say its strength, and 1 was assumed. */
  readonly alphaKnown: boolean
  /** Absent if all ranks were taken as they are. */
  readonly reduction?: Reduction
  /** What became different on the way in. */
  readonly changes: ImportChanges
  /** The same in sentences for people. */
  readonly notes: readonly string[]
}

export interface ImportChanges {
  /** Ranks above the slots, as percent of what the file changes are kept. */
  readonly reduced: { readonly from: number; readonly to: number; readonly percent: number } | null
  /** Left out: of a text encoder, and of bundled embeddings. */
  readonly textTensors: number
  readonly embeddingTensors: number
  /** The file does not say how strong it is. */
  readonly isAlphaAssumed: boolean
}

/** What became of ranks above the slots. */
export interface Reduction {
  /** The highest rank of the file. */
  readonly rank: number
  /** Share of the squared singular values of all that it changes, 0 … 1. */
  readonly energyRetained: number
}

/** Files with higher ranks are refused. Most have 4 to 128; a reduction takes rank³ steps for each target. */
export const maxFileRank = 1024

/**
 * Validates and reads a LoRA file of any dialect as a style of the model with this layout: `readLoraFile` checks bytes and
 * header, `loraParts` names and shapes. Ranks may differ from target to target;
 * smaller ones end in zeros, and of those above the layout's slots the strongest are kept. What the file has for a text
 * encoder is left out, because one reads for the styles of everybody. Refused with a message: broken files, tensors that have
 * no place, ranks above `maxFileRank`, a file that names another base model. Beside the bytes it needs the adapter and one
 * target of memory. Reducing takes seconds: where others wait, use `importStyleAside`.
 */
export function importStyle(bytes: Uint8Array, layout: StyleLayout, peftConfig?: string): ImportedStyle {
  const file = readLoraFile(bytes)
  const modelHash = file.metadata.get('fourstroke.model')
  if (modelHash !== undefined && modelHash !== layout.modelHash) {
    throw new UserError(
      'style/model',
      `Expected a style of the model ${layout.modelHash.slice(0, 12)}, got one of ${modelHash.slice(0, 12)}.`,
    )
  }
  const names = layout.targets.map(({ name }) => name)
  const { parts, alphaKnown, textTensors, embeddingTensors } = loraParts(file, names, {
    config: peftConfig,
    ...{ untargeted: layout.untargeted, closed: layout.closed },
    hintOf: untargeted => targetsHint(layout.targets, untargeted),
  })
  const isOurs = modelHash !== undefined
  const { adapter, reduction } = adapterOf(parts, layout)
  const tint = file.metadata.get(tintKey)
  const texture = file.metadata.get(textureKey)
  const name = ['name', 'modelspec.title', 'ss_output_name'].map(key => file.metadata.get(key)).find(Boolean)
  const changes: ImportChanges = {
    reduced: reduction ? { from: reduction.rank, to: layout.maxRank, percent: percentOf(reduction) } : null,
    ...{ textTensors, embeddingTensors, isAlphaAssumed: !(alphaKnown || isOurs) },
  }
  return {
    ...(reduction && { reduction }),
    changes,
    notes: notesOf(changes),
    adapter: {
      ...adapter,
      ...(tint !== undefined && { tint: tintOf(tint, layout) }),
      ...(texture !== undefined && { texture: textureOf(texture) }),
    },
    ...(name === undefined ? {} : { name: name.slice(0, 80) }),
    alphaKnown: alphaKnown || isOurs,
  }
}

const alphaNote =
  'The file does not say how strong it is (alpha), so alpha = rank was taken, as diffusers does. What peft wrote says it ' +
  'in adapter_config.json: `fourstroke style import` reads the one that lies beside the file.'

/** Where the header keeps a tint: base64 of float32, little-endian. Other programs have no place for one. */
const tintKey = 'fourstroke.tint'
/** Where it keeps a texture: base64 of halves, little-endian. */
const textureKey = 'fourstroke.texture'

/**
 * Writes a style in the dialect of peft and diffusers: `pipeline.load_lora_weights(file)` takes it, but for its tint and
 * its texture.
 * alpha = rank, for the strength is in B already.
 */
export function exportStyle(
  { rank, values, tint, texture }: Adapter,
  layout: StyleLayout,
  { name, type = 'F32' }: { readonly name: string; readonly type?: WrittenType },
): Uint8Array {
  if (values.length !== rank * layout.valuesPerRank) {
    throw new Error(`Expected ${rank} × ${layout.valuesPerRank} values of an adapter, got ${values.length}.`)
  }
  const tensors = new Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>()
  eachTarget(layout, (target, at) => {
    const a = new Float32Array(rank * target.in)
    const b = new Float32Array(target.out * rank)
    for (let k = 0; k < rank; k++) {
      const row = values.subarray(k * layout.valuesPerRank + at, k * layout.valuesPerRank + at + target.in + target.out)
      a.set(row.subarray(0, target.in), k * target.in)
      for (let o = 0; o < target.out; o++) b[o * rank + k] = row[target.in + o]!
    }
    const { name, out, kernel } = target
    tensors.set(`unet.${name}.lora_A.weight`, { shape: [rank, ...windowOf(target)], values: a })
    tensors.set(`unet.${name}.lora_B.weight`, { shape: [out, rank, ...(kernel ? [1, 1] : [])], values: b })
  })
  const metadata = {
    ...{ format: 'pt', name, 'fourstroke.model': layout.modelHash, 'fourstroke.rank': String(rank) },
    ...(tint && { [tintKey]: Buffer.from(tint.slice().buffer).toString('base64') }),
    ...(texture && { [textureKey]: Buffer.from(floatToHalf(texture).buffer).toString('base64') }),
  }
  return writeSafetensors(tensors, metadata, type)
}

function tintOf(encoded: string, { latentChannels }: StyleLayout): Float32Array {
  const bytes = new Uint8Array(Buffer.from(encoded, 'base64'))
  const length = tintLength(latentChannels)
  if (bytes.length !== 4 * length) {
    throw new UserError('style/file', `Expected ${tintKey} to hold ${length} numbers, got ${bytes.length / 4}.`)
  }
  const tint = new Float32Array(bytes.buffer)
  if (!isFinite32(tint)) throw new UserError('style/file', `Expected ${tintKey} to hold finite numbers.`)
  return tint
}

function textureOf(encoded: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(encoded, 'base64'))
  if (bytes.length !== 2 * textureLength) {
    throw new UserError(
      'style/file',
      `Expected ${textureKey} to hold ${textureLength} halves, got ${bytes.length / 2}.`,
    )
  }
  const texture = halfToFloat(new Uint16Array(bytes.buffer))
  if (!isFinite32(texture)) throw new UserError('style/file', `Expected ${textureKey} to hold finite numbers.`)
  return texture
}

function adapterOf(parts: readonly LoraPart[], layout: StyleLayout): Pick<ImportedStyle, 'adapter' | 'reduction'> {
  const widest = parts.reduce((most, part) => (part.rank > most.rank ? part : most))
  if (widest.rank > maxFileRank) {
    throw new UserError(
      'style/file',
      `Expected ranks of at most ${maxFileRank}, got ${widest.rank} for ${widest.target}.`,
    )
  }
  const rank = Math.min(widest.rank, layout.maxRank)
  const isReduced = widest.rank > rank
  const values = new Float32Array(rank * layout.valuesPerRank)
  const partOf = new Map(parts.map(part => [part.target, part]))
  const sum = { energy: 0, retainedEnergy: 0 }
  eachTarget(layout, (target, at) => {
    const part = partOf.get(target.name)
    if (!part) return
    checkSizes(part, target)
    let factors: Factors = factorsOf(part)
    if (isReduced) {
      const reduced = reduceRank(factors, rank)
      sum.energy += reduced.energy
      sum.retainedEnergy += reduced.retainedEnergy
      factors = reduced
    }
    for (let k = 0; k < factors.rank; k++) {
      const row = values.subarray(k * layout.valuesPerRank + at, k * layout.valuesPerRank + at + target.in + target.out)
      row.set(factors.a.subarray(k * target.in, (k + 1) * target.in))
      for (let o = 0; o < target.out; o++) row[target.in + o] = factors.b[o * factors.rank + k]!
    }
  })
  checkFinite(values)
  return { adapter: { rank, values }, ...(isReduced && { reduction: reductionOf(widest.rank, sum) }) }
}

/** The strength is multiplied into B. */
function factorsOf({ rank, scale, a, b }: LoraPart): Factors {
  const scaled = b.read().map(value => scale * value)
  checkFinite(scaled)
  return { rank, a: a.read(), b: scaled }
}

function checkFinite(values: Float32Array): void {
  if (!isFinite32(values)) throw new UserError('style/file', 'Expected alpha / rank · B to be finite, got infinity.')
}

function reductionOf(rank: number, { energy, retainedEnergy }: Record<'energy' | 'retainedEnergy', number>): Reduction {
  return { rank, energyRetained: energy === 0 ? 1 : Math.min(1, retainedEnergy / energy) }
}

/** Rounded down: 100 % is all of it, but for float64's rounding. */
function percentOf({ energyRetained }: Reduction): number {
  return Math.floor(energyRetained * 1000 + 1e-6) / 10
}

function notesOf({ reduced, textTensors, embeddingTensors, isAlphaAssumed }: ImportChanges): string[] {
  return [
    ...(reduced
      ? [
          `Reduced from rank ${reduced.from} to ${reduced.to}, which keeps ${reduced.percent.toFixed(1)} % of what it changes.`,
        ]
      : []),
    ...(textTensors > 0
      ? [`Left out ${textTensors} tensors of a text encoder; its trigger words may mean less here.`]
      : []),
    ...(embeddingTensors > 0
      ? [`Left out ${embeddingTensors} tensors of bundled embeddings; the words that they stand for mean nothing here.`]
      : []),
    ...(isAlphaAssumed ? [alphaNote] : []),
  ]
}
