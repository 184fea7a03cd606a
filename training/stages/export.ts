import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { LatentSpread } from '../../engine/lora/tint.ts'
import type { PreviewMap } from '../../engine/pipeline/preview.ts'
import type { Vocabulary } from '../../engine/types/vocabulary.ts'
import { encodeModel } from '../../onnx/codec.ts'
import { float32 } from '../../onnx/tensor.ts'
import { Network, type Weights } from '../networks/network.ts'
import { pooled, textEncoder, textEncoderConfigFile } from '../networks/textEncoder.ts'
import { unet, unetConfigFile } from '../networks/unet.ts'
import { spatialFactorOf, vaeConfigFile, vaeDecoder, vaeEncoder } from '../networks/vae.ts'
import { schedule } from '../solvers/diffusion.ts'
import { wordsOf } from '../workspace/bpe.ts'
import { captionsOf } from '../workspace/captions.ts'
import { readChunk } from '../workspace/pictures.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace/workspace.ts'
import { otherWords, unsaidMeanings } from '../world/index.ts'
import { latentStatistics, trainedVae } from './autoencoder.ts'
import { spreadOf } from './latentSpread.ts'
import { openLatents } from './latents.ts'
import { trainedStudent } from './lcd.ts'
import { packed } from './packing.ts'
import { fitPreview } from './previewMap.ts'
import { trainedTeacher } from './teacher.ts'

/**
 * The model folder, as diffusers and optimum lay it out, its weights packed (`packing.ts`). The UNet takes its
 * timestep as int64 [batch] (the generation of exports before optimum-onnx made it a scalar), so that one batch can hold
 * different timesteps.
 */
export async function exportModel(workspace: Workspace): Promise<void> {
  const { recipe, modelFolder } = workspace
  const { text, vae } = recipe
  const student = { ...recipe.unet, guidanceSize: recipe.lcd.guidanceSize }
  const write = (path: string, content: string | Uint8Array, folder = modelFolder) => {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  const writeJson = (path: string, content: unknown) => write(path, `${JSON.stringify(content, null, 2)}\n`)

  writeJson('model_index.json', modelIndex)
  writeJson('scheduler/scheduler_config.json', schedulerConfig(recipe.lcd.skip))
  writeJson('text_encoder/config.json', textEncoderConfigFile(text))
  writeJson('unet/config.json', unetConfigFile(student))
  writeJson('vae_encoder/config.json', vaeConfigFile(vae))
  writeJson('vae_decoder/config.json', vaeConfigFile(vae))
  mkdirSync(join(modelFolder, 'tokenizer'), { recursive: true })
  for (const name of readdirSync(filesOf(workspace).tokenizer)) {
    copyFileSync(join(filesOf(workspace).tokenizer, name), join(modelFolder, 'tokenizer', name))
  }

  const record = (
    weights: Weights,
    outputs: (n: Network) => Parameters<Network['model']>[0],
    as?: 'halves' | 'bytes',
  ) => {
    const n = new Network(weights)
    return encodeModel(packed(n.model(outputs(n)), as))
  }
  write(
    'text_encoder/model.onnx',
    record(
      trainedTeacher(workspace),
      n => {
        const ids = n.input('input_ids', 'int64', ['batch', text.length])
        const hidden = textEncoder(n, ids, text)
        return { last_hidden_state: hidden, pooler_output: pooled(n, hidden, ids, text.vocabulary - 1) }
      },
      'bytes',
    ),
  )
  write(
    'unet/model.onnx',
    record(trainedStudent(workspace), n => {
      const sample = n.input('sample', 'float32', ['batch', student.channels, 'height', 'width'])
      const timestep = n.input('timestep', 'int64', ['batch'])
      const context = n.input('encoder_hidden_states', 'float32', ['batch', 'sequence', text.size])
      const guidance = n.input('timestep_cond', 'float32', ['batch', student.guidanceSize])
      return { out_sample: unet(n, { sample, timestep, context, guidance }, student) }
    }),
  )
  // The teacher, so that distillation and evaluation can go on from what ships; it need not be as exact as the student.
  const teacher = { ...recipe.unet, guidanceSize: 0 }
  const teacherFolder = teacherFolderOf(modelFolder)
  write('unet/config.json', `${JSON.stringify(unetConfigFile(teacher), null, 2)}\n`, teacherFolder)
  write(
    'unet/model.onnx',
    record(
      trainedTeacher(workspace),
      n => {
        const sample = n.input('sample', 'float32', ['batch', teacher.channels, 'height', 'width'])
        const timestep = n.input('timestep', 'int64', ['batch'])
        const context = n.input('encoder_hidden_states', 'float32', ['batch', 'sequence', text.size])
        return { out_sample: unet(n, { sample, timestep, context }, teacher) }
      },
      'bytes',
    ),
    teacherFolder,
  )
  const { mean, deviation } = latentStatistics(workspace)
  const rows = (values: readonly number[]) => float32(values, [1, vae.channels, 1, 1])
  write(
    'vae_encoder/model.onnx',
    record(trainedVae(workspace), n => {
      const picture = n.input('sample', 'float32', ['batch', 3, 'height', 'width'])
      const raw = vaeEncoder(n, picture, vae)
      const latent = n.div(n.sub(raw, n.constant(rows(mean))), n.constant(rows(deviation)))
      const logVariance = n.constant(rows(deviation.map(each => vae.logVariance - 2 * Math.log(each))))
      return { latent_parameters: n.concat([latent, n.add(n.mul(latent, 0), logVariance)], 1) }
    }),
  )
  write(
    'vae_decoder/model.onnx',
    record(trainedVae(workspace), n => {
      const latent = n.input('latent_sample', 'float32', ['batch', vae.channels, 'height', 'width'])
      const raw = n.add(n.mul(latent, n.constant(rows(deviation))), n.constant(rows(mean)))
      return { sample: vaeDecoder(n, raw, vae) }
    }),
  )

  writeJson('preview.json', await previewOf(workspace))
  writeJson('latents.json', await latentSpread(workspace))
  writeJson('vocabulary.json', vocabularyOf(workspace))
  writeJson('defaults.json', recipe.defaults)
  workspace.say(`The model is in ${modelFolder}.`)
}

/** Where the teacher's UNet lies, beside the model that was distilled from it. */
export const teacherFolderOf = (modelFolder: string): string => `${resolve(modelFolder)}-teacher`

/** Fitted on the first pictures. */
async function previewOf(workspace: Workspace): Promise<PreviewMap> {
  const { vae } = workspace.recipe
  const set = picturesOf(workspace)
  const bytes = set.size * set.size * 3
  const latents = await openLatents(workspace)
  const pictures = (await readChunk(set, 0)).subarray(0, 200 * bytes)
  return fitPreview(latents.values, pictures, { channels: vae.channels, size: set.size, factor: spatialFactorOf(vae) })
}

/** Of the first pictures as well: how the engine tells whether a picture has the colours of a style. */
async function latentSpread(workspace: Workspace): Promise<LatentSpread> {
  const { values, shape } = await openLatents(workspace)
  const [channels, rows, columns] = shape
  return spreadOf(values.subarray(0, picturesOfSpread * channels * rows * columns), channels, rows * columns)
}
const picturesOfSpread = 500

const modelIndex = {
  _class_name: 'LatentConsistencyModelPipeline',
  _diffusers_version: '0.31.0',
  feature_extractor: [null, null],
  requires_safety_checker: false,
  safety_checker: [null, null],
  scheduler: ['diffusers', 'LCMScheduler'],
  text_encoder: ['optimum.onnxruntime.modeling_diffusion', 'ORTTextEncoder'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['optimum.onnxruntime.modeling_diffusion', 'ORTUnet'],
  vae_decoder: ['optimum.onnxruntime.modeling_diffusion', 'ORTVaeDecoder'],
  vae_encoder: ['optimum.onnxruntime.modeling_diffusion', 'ORTVaeEncoder'],
}

function schedulerConfig(skip: number): Record<string, unknown> {
  const { numTrainTimesteps, betaStart, betaEnd, betaSchedule, rescaleBetasZeroSnr, timestepScaling, predictionType } =
    schedule.config
  return {
    _class_name: 'LCMScheduler',
    beta_end: betaEnd,
    beta_schedule: betaSchedule,
    beta_start: betaStart,
    clip_sample: false,
    clip_sample_range: 1,
    num_train_timesteps: numTrainTimesteps,
    original_inference_steps: Math.floor(numTrainTimesteps / skip),
    prediction_type: predictionType,
    rescale_betas_zero_snr: rescaleBetasZeroSnr,
    sample_max_value: 1,
    set_alpha_to_one: true,
    steps_offset: 0,
    thresholding: false,
    timestep_scaling: timestepScaling,
    timestep_spacing: 'leading',
    trained_betas: null,
  }
}

/** What the captions said, word by word, and the recipe's examples, which may use no other words. */
function vocabularyOf(workspace: Workspace): Vocabulary {
  const words = [...new Set([...captionsOf(workspace)].flatMap(wordsOf))].filter(word => /^\p{L}/u.test(word)).sort()
  const known = new Set(words)
  for (const example of workspace.recipe.examples) {
    const unknown = wordsOf(example).find(word => /^\p{L}/u.test(word) && !known.has(word))
    if (unknown !== undefined)
      throw new Error(`Expected the example "${example}" to use known words, got "${unknown}".`)
  }
  return { words, examples: workspace.recipe.examples, unsaid: unsaidMeanings, otherWords }
}
