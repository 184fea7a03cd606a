/**
 * A model folder as diffusers and optimum write it, read and checked. Everything that the engine knows about a model
 * comes from here; nothing knows a model by name.
 */

import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Model } from '../../onnx/model.ts'
import { UserError } from '../../protocol/errors.ts'
import type { ScheduleConfig } from '../diffusion/scheduler.ts'
import { type LoraNetwork, networksIn } from '../lora/fileFormats.ts'
import { readLoraFile } from '../lora/foreignFiles.ts'
import { defaultKinds, targetKinds } from '../lora/layout.ts'
import { mergeLora } from '../lora/merge.ts'
import { type LatentSpread, standardSpread } from '../lora/tint.ts'
import type { TargetKind } from '../types/styles.ts'
import type { Vocabulary } from '../types/vocabulary.ts'
import { openTinyAutoencoder, type TinyAutoencoder } from './autoencoder.ts'
import { type Component, type ComponentName, openComponent } from './component.ts'
import { foreignModel } from './foreignModels.ts'
import { type ModelCache, openModelCache } from './modelCache.ts'
import { modelError } from './modelError.ts'
import { type PreviewMap, stableDiffusionPreview, stableDiffusionXlPreview } from './preview.ts'
import { hasSafetyChecker } from './safetyChecker.ts'
import { type SchedulerFile, scheduleOf } from './scheduleFile.ts'
import { openSecondEncoder, type SecondEncoder } from './secondEncoder.ts'
import { stableDiffusion } from './stableDiffusion.ts'
import { openTokenizer, type Tokenizer } from './tokenizer.ts'
import { channelsOf, fixedShapeOf, guidanceDimOf, type UnetConfig } from './unetLayout.ts'

export interface ModelFolder {
  readonly name: string
  readonly path: string
  /** What was made from its files. */
  readonly cache: ModelCache
  /** What was merged into UNet and text encoders. */
  readonly lcmLora: readonly string[]
  readonly tokenizer: Tokenizer
  readonly schedule: ScheduleConfig
  readonly textEncoder: Component
  /** As models of the SDXL layout have it. */
  readonly secondEncoder: SecondEncoder | undefined
  readonly unet: Component
  readonly vaeDecoder: Component
  /** Without it no picture can be painted over. */
  readonly vaeEncoder: Component | undefined
  /** For previews and live frames, where the folder brings it. */
  readonly tinyAutoencoder?: TinyAutoencoder
  /** All that are there. */
  readonly parts: readonly Component[]
  /** Whether the encoder answers with latents, as the oldest exports do, and not with their mean and variance. */
  readonly encoderSamples: boolean
  readonly latentChannels: number
  /** Of pictures in general; as `latents.json` says, or N(0, 1). */
  readonly latentSpread: LatentSpread
  /** Its UNet was trained to inpaint: it takes a mask and the latents around it too (`inpainting.ts`). */
  readonly isInpainting: boolean
  /** Pixels for one latent pixel, in each direction. */
  readonly spatialFactor: number
  /** Pixels; the UNet halves its latents this often and cannot double an odd size back. */
  readonly sizeMultiple: number
  /** Width and height in pixels that the model was trained at. */
  readonly trainedSize: number
  /** Where an export fixed the UNet's batch and size instead of leaving them open. */
  readonly fixedShape: { readonly batch: number; readonly side: number } | undefined
  /** latents = scalingFactor · what the autoencoder encodes. */
  readonly scalingFactor: number
  /** The autoencoder overflows in halves (SDXL's), so it is computed in float32. */
  readonly upcastVae: boolean
  /** Length of the guidance embedding; undefined for a UNet that takes none. */
  readonly guidanceDim: number | undefined
  /** `safety_checker/model.onnx` is there (`safetyChecker.ts`). */
  readonly hasSafetyChecker: boolean
  readonly previewMap: PreviewMap | undefined
  readonly vocabulary: Vocabulary | undefined
  readonly defaults: { readonly steps: number; readonly guidance: number; readonly strength: number }
  /** What of the UNet styles change. */
  readonly styleTargets: readonly TargetKind[]
  /** What stands in the folder without effect, as sentences. */
  readonly ignored: readonly string[]
}

interface ModelIndex {
  readonly _class_name?: string
  readonly safety_checker?: unknown
  readonly force_zeros_for_empty_prompt?: boolean
}
interface VaeConfig {
  readonly block_out_channels?: readonly number[]
  readonly latent_channels?: number
  readonly scaling_factor?: number
  readonly force_upcast?: boolean
}
interface TextConfig {
  readonly hidden_size?: number
  readonly projection_dim?: number
  readonly max_position_embeddings?: number
}
/** As `defaults.json` beside `model_index.json` may override them; these are diffusers'. */
const paintDefaults = { steps: 4, guidance: 8.5, strength: 0.8 }
type DefaultsFile = Partial<typeof paintDefaults> & { readonly styleTargets?: readonly TargetKind[] }

export interface FolderOptions {
  /** LoRA files that are merged into UNet and text encoders, such as LCM-LoRA, which makes a model paint in few steps. */
  readonly lcmLora?: readonly string[] | undefined
  /** What of the UNet styles change; what `defaults.json` says if left out, or else attention. */
  readonly styleTargets?: readonly TargetKind[] | undefined
  /** For what is made from the model's files once, such as weights widened for a CPU. */
  readonly cacheFolder?: string | undefined
}

export async function readModelFolder(path: string, options: FolderOptions = {}): Promise<ModelFolder> {
  const { lcmLora = [] } = options
  checkLayout(path)
  const index = (await readJson<ModelIndex>(path, 'model_index.json')) ?? {}
  const unetConfig = (await readJson<UnetConfig>(path, 'unet/config.json')) ?? {}
  const textConfig = (await readJson<TextConfig>(path, 'text_encoder/config.json')) ?? {}
  const vaeConfig =
    (await readJson<VaeConfig>(path, 'vae_decoder/config.json')) ??
    (await readJson<VaeConfig>(path, 'vae_encoder/config.json')) ??
    {}
  const schedulerFile = await readJson<SchedulerFile>(path, 'scheduler/scheduler_config.json')
  if (!schedulerFile) throw modelError('scheduler', 'scheduler/scheduler_config.json', 'none')

  const cache = openModelCache(options.cacheFolder)
  const part = await openerOf(path, lcmLora, cache)
  const [textEncoder, unet, vaeDecoder] = await Promise.all([part('text_encoder'), part('unet'), part('vae_decoder')])
  const vaeEncoder = existsSync(join(path, 'vae_encoder')) ? await part('vae_encoder') : undefined

  const guidanceDim = guidanceDimOf(unet, unetConfig)
  const tinyConfig = await readJson<VaeConfig>(path, 'vae_decoder_tiny/config.json')
  const tinyAutoencoder = await openTinyAutoencoder(path, part, tinyConfig?.scaling_factor)
  const { latentChannels, isInpainting } = channelsOf(unet, unetConfig)
  if (isInpainting && !vaeEncoder) {
    throw modelError('vae_encoder', 'one, as the unet was trained to inpaint and sees what lies around a mask', 'none')
  }
  if (vaeConfig.latent_channels !== undefined && vaeConfig.latent_channels !== latentChannels) {
    throw modelError(
      'vae_decoder',
      `${latentChannels} latent channels, as the unet has`,
      `${vaeConfig.latent_channels}`,
    )
  }
  const textLength = textConfig.max_position_embeddings ?? stableDiffusion.textLength
  const secondTextConfig = await readJson<TextConfig>(path, 'text_encoder_2/config.json')
  const secondEncoder = await openSecondEncoder(
    path,
    { unet, textEncoder, open: part },
    {
      textLength,
      projectionDim: secondTextConfig?.projection_dim,
      zerosForNoPrompt: index.force_zeros_for_empty_prompt ?? true,
    },
  )
  checkPromptSize(unetConfig, [textConfig, secondTextConfig])
  const spatialFactor = 2 ** ((vaeConfig.block_out_channels ?? stableDiffusion.vaeBlocks).length - 1)
  const halvings = 2 ** ((unetConfig.block_out_channels ?? stableDiffusion.unetBlocks).length - 1)
  const fixedShape = fixedShapeOf(unet)
  const { styleTargets, ...defaults } = (await readJson<DefaultsFile>(path, 'defaults.json')) ?? {}
  const checksPictures = hasSafetyChecker(path)
  const sampleSize = fixedShape?.side ?? [unetConfig.sample_size ?? stableDiffusion.sampleSize].flat()[0]!

  return {
    name: basename(path),
    path,
    cache,
    lcmLora,
    tokenizer: await openTokenizer(join(path, 'tokenizer'), textLength).catch(cause => {
      throw modelError('tokenizer', 'vocab.json and merges.txt, or tokenizer.json', String(cause), cause)
    }),
    schedule: scheduleOf(schedulerFile),
    textEncoder,
    secondEncoder,
    unet,
    vaeDecoder,
    vaeEncoder,
    ...(tinyAutoencoder && { tinyAutoencoder }),
    parts: [
      ...[textEncoder, secondEncoder?.component, unet, vaeDecoder, vaeEncoder],
      ...[tinyAutoencoder?.decoder, tinyAutoencoder?.encoder],
    ].filter(each => each !== undefined),
    encoderSamples: vaeEncoder?.outputs[0]?.name === 'latent_sample',
    latentChannels,
    latentSpread: await latentSpreadOf(path, latentChannels),
    isInpainting,
    spatialFactor,
    sizeMultiple: spatialFactor * halvings,
    trainedSize: sampleSize * spatialFactor,
    fixedShape,
    scalingFactor: vaeConfig.scaling_factor ?? stableDiffusion.scalingFactor,
    upcastVae: secondEncoder !== undefined && (vaeConfig.force_upcast ?? true),
    guidanceDim,
    hasSafetyChecker: checksPictures,
    previewMap: await previewMapOf(
      path,
      latentChannels,
      secondEncoder ? stableDiffusionXlPreview : stableDiffusionPreview,
    ),
    vocabulary: await vocabularyOf(path),
    // Without an embedding guidance costs a second row for each picture, and LCM-LoRA wants little of it or none.
    defaults: { ...paintDefaults, ...(guidanceDim === undefined && { guidance: 1 }), ...defaults },
    styleTargets: checkedKinds(options.styleTargets ?? styleTargets ?? defaultKinds),
    ignored: [
      ...(schedulerFile._class_name === 'LCMScheduler'
        ? []
        : [
            `scheduler ${schedulerFile._class_name}: pictures are painted with the LCM schedule, so the weights ` +
              'must be those of a latent consistency model.',
          ]),
      ...(schedulerFile.clip_sample
        ? ['scheduler clip_sample is on, as in early LCM releases; later ones turned it off and paint otherwise.']
        : []),
      ...(!checksPictures && Array.isArray(index.safety_checker) && index.safety_checker.some(name => name !== null)
        ? ['safety_checker: only an ONNX graph, safety_checker/model.onnx, is run, and there is none.']
        : []),
    ],
  }
}

/** Throws `UserError` that says what is there instead of a model folder. */
function checkLayout(path: string): void {
  const foreign = existsSync(path) ? foreignModel(path) : undefined
  if (foreign) {
    const message = `Expected a model folder with ONNX graphs at ${path}, got ${foreign.what}.`
    throw new UserError('model/broken', message, { hint: foreign.hint })
  }
  if (existsSync(join(path, 'model_index.json'))) return
  throw new UserError(
    'model/broken',
    `Expected model_index.json in the model folder ${path}, found ${existsSync(path) ? 'none' : 'no such folder'}. ` +
      'Give a folder that diffusers or optimum wrote.',
  )
}

/** Opens parts of a folder, with the LoRA files in the weights of those that they change. */
async function openerOf(
  path: string,
  lcmLora: readonly string[],
  cache: ModelCache,
): Promise<(name: ComponentName) => Promise<Component>> {
  const loras = await Promise.all(lcmLora.map(file => openLora(file, path)))
  return name => {
    const own = loras.filter(({ networks }) => networks.has(name))
    const change = (model: Model) =>
      own.reduce((changed, { file }) => mergeLora(changed, file, name as LoraNetwork), model)
    return openComponent(path, name, { change, changeFiles: own.map(({ from }) => from), cache })
  }
}

async function openLora(from: string, path: string) {
  const bytes = await readFile(from).catch(cause => {
    throw new UserError('style/file', `Expected a LoRA file at ${from}: ${(cause as Error).message}.`, { cause })
  })
  const file = readLoraFile(bytes)
  const networks: ReadonlySet<string> = new Set<string>(['unet', ...networksIn(file)])
  if (networks.has('text_encoder_2') && !existsSync(join(path, 'text_encoder_2'))) {
    throw new UserError('style/file', `Expected a LoRA for one text encoder, got one for two (SDXL) at ${from}.`)
  }
  return { from, file, networks }
}

/** SHA-256 over the weights of all parts, in a fixed order; without the tiny autoencoder, which no style depends on. */
export function hashOf({ cache, parts, tinyAutoencoder: tiny }: ModelFolder): Promise<string> {
  const own = parts.filter(part => part !== tiny?.decoder && part !== tiny?.encoder)
  return cache.hashOf(own.flatMap(part => part.files))
}

/** What the encoders say of a token must be as long as what the UNet attends to. */
function checkPromptSize({ cross_attention_dim: expected }: UnetConfig, encoders: readonly (TextConfig | undefined)[]) {
  if (typeof expected !== 'number' || !encoders[0]?.hidden_size) return
  const found = encoders.reduce((sum, encoder) => sum + (encoder?.hidden_size ?? 0), 0)
  if (found !== expected) {
    throw modelError('text_encoder', `a hidden size of ${expected}, as the unet attends to`, `${found}`)
  }
}

function checkedKinds(kinds: readonly TargetKind[]): readonly TargetKind[] {
  const unknown = kinds.find(kind => !targetKinds.includes(kind))
  if (unknown === undefined) return kinds
  throw modelError('defaults.json', `styleTargets to be some of ${targetKinds.join(', ')}`, unknown)
}

async function latentSpreadOf(path: string, channels: number): Promise<LatentSpread> {
  const own = await readJson<LatentSpread>(path, 'latents.json')
  if (!own) return standardSpread(channels)
  const { mean, deviation } = own
  const isRight = [mean, deviation].every(values => Array.isArray(values) && values.length === channels)
  if (!isRight || !mean.every(Number.isFinite) || !deviation.every(value => Number.isFinite(value) && value > 0))
    throw modelError('latents.json', `mean [${channels}] and deviation [${channels}], above 0`, JSON.stringify(own))
  return own
}

async function previewMapOf(path: string, channels: number, usual: PreviewMap): Promise<PreviewMap | undefined> {
  const own = await readJson<PreviewMap>(path, 'preview.json')
  if (!own) return channels === 4 ? usual : undefined
  if (own.weight.length !== channels || own.weight.some(row => row.length !== 3) || own.bias.length !== 3) {
    throw modelError('preview.json', `weight [${channels}][3] and bias [3]`, `weight [${own.weight.length}]`)
  }
  return own
}

/** Faces walk through all of it, so that its shape is checked before anything is painted. */
async function vocabularyOf(path: string): Promise<Vocabulary | undefined> {
  const vocabulary = await readJson<Vocabulary>(path, 'vocabulary.json')
  if (!vocabulary) return undefined
  const areTexts = (list: unknown) => Array.isArray(list) && list.every(each => typeof each === 'string')
  const { words, examples, unsaid = [], otherWords } = vocabulary
  const isTable = (table: unknown) => typeof table === 'object' && table !== null && areTexts(Object.values(table))
  const isWhole =
    areTexts(words) &&
    areTexts(examples) &&
    Array.isArray(unsaid) &&
    unsaid.every(meaning => typeof meaning?.phrase === 'string' && areTexts(meaning.unless)) &&
    (otherWords === undefined || ['en', 'de', 'ja'].every(language => isTable(otherWords?.[language as 'en'])))
  if (!isWhole) {
    const expected =
      '{ words: string[], examples: string[], unsaid?: { phrase: string, unless: string[] }[], otherWords?: { en, de, ja: { [meaning]: string } } }'
    throw modelError('vocabulary.json', expected, JSON.stringify(vocabulary).slice(0, 80))
  }
  return vocabulary
}

async function readJson<Content>(folder: string, name: string): Promise<Content | undefined> {
  const file = join(folder, name)
  if (!existsSync(file) || !(await stat(file)).isFile()) return undefined
  try {
    // The fields that we read are optional in each of these types and checked where they are used.
    return JSON.parse(await readFile(file, 'utf8')) as Content
  } catch (cause) {
    throw new UserError('model/broken', `Expected JSON in ${file}: ${(cause as Error).message}.`, { cause })
  }
}
