/**
 * Model folders as people bring them, made of the small ones in `test/fixtures/pipelines`: exports of every generation,
 * quantized and fused ones, layouts of other programs, and what is no model at all. `npm run bench:foreign` prints what
 * becomes of each.
 */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { assemblePipeline, type PipelineName } from '../pipelines.ts'
import { dequantized, editGraph, fixedTo, fused, quantizedDynamically } from './graphs.ts'

export interface FolderCase {
  readonly name: string
  /** Makes it within an empty folder, and says where: a folder, or a file. */
  make(place: string): string
  readonly expected: Expected
}

/** `like`: the picture of this pipeline is painted, this far from it at most. `ignored`: what is said of it. */
type Expected =
  | { readonly works: true; readonly like?: PipelineName; readonly within?: number; readonly ignored?: RegExp }
  | { readonly works: false; readonly says: RegExp; readonly hint?: RegExp }

type Edit = (folder: string) => void

const from =
  (pipeline: PipelineName, ...edits: readonly Edit[]) =>
  (place: string) => {
    const folder = assemblePipeline(pipeline, place)
    for (const edit of edits) edit(folder)
    return folder
  }
const remove =
  (name: string): Edit =>
  folder =>
    rmSync(join(folder, name), { recursive: true })
const move =
  (before: string, after: string): Edit =>
  folder => {
    mkdirSync(dirname(join(folder, after)), { recursive: true })
    renameSync(join(folder, before), join(folder, after))
  }
const write =
  (name: string, content: string | Uint8Array): Edit =>
  folder => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
const configure =
  (name: string, change: Record<string, unknown>): Edit =>
  folder => {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
  }
const unet =
  (edit: Parameters<typeof editGraph>[1]): Edit =>
  folder =>
    editGraph(join(folder, 'unet/model.onnx'), edit)
const parts = ['unet', 'text_encoder', 'vae_decoder', 'vae_encoder']
const eachPart =
  (edit: (part: string) => Edit): Edit =>
  folder => {
    for (const part of parts) edit(part)(folder)
  }
/** Each graph's place is taken by what another program keeps there. */
const instead = (name: string): Edit =>
  eachPart(part => folder => {
    remove(`${part}/model.onnx`)(folder)
    write(`${part}/${name}`, 'x')(folder)
  })
const named = (name: string) => writeSafetensors(new Map([[name, { shape: [1], values: new Float32Array(1) }]]))
const scheduler = (change: Record<string, unknown>) => configure('scheduler/scheduler_config.json', change)

const works = (
  name: string,
  make: FolderCase['make'],
  expected: Omit<Expected & { works: true }, 'works'> = {},
): FolderCase => ({ name, make, expected: { works: true, ...expected } })
const refused = (name: string, make: FolderCase['make'], says: RegExp, hint?: RegExp): FolderCase => ({
  ...{ name, make, expected: { works: false, says, ...(hint && { hint }) } },
})

/** Half precision and whole numbers round. */
const rounded = 0.15

const generations: readonly FolderCase[] = [
  works('optimum-onnx 0.1.0', from('today'), { like: 'today' }),
  works('older optimum: int64 [1], model.onnx_data', from('older')),
  works("diffusers' first script: float [batch], weights.pb", from('first')),
  works("torch's newer exporter", from('dynamo'), { like: 'today', within: 0.01 }),
  works('float16', from('half'), { like: 'today', within: rounded, ignored: /half precision of .*unet/ }),
  works('no guidance embedding (LCM-LoRA)', from('plain')),
  works('SDXL, LCM-SDXL', from('xl')),
  works('SDXL with LCM-LoRA', from('xlPlain')),
  works('a UNet that inpaints', from('inpaint')),
  works('a tiny autoencoder (TAESD)', from('taesd'), { like: 'today' }),
  works('a safety checker', from('checked'), { like: 'today' }),
  works('one graph of another name', from('today', move('unet/model.onnx', 'unet/model_fp16.onnx')), { like: 'today' }),
  works('no vae_encoder', from('today', remove('vae_encoder')), { like: 'today' }),
  works('a VAE with shift_factor', from('today', configure('vae_decoder/config.json', { shift_factor: 0.1 })), {
    like: 'today',
  }),
  works('a UNet fixed to one size', from('today', unet(fixedTo(8))), { like: 'today' }),
]

const schedulers: readonly FolderCase[] = [
  works('scheduler of Stable Diffusion (PNDM)', from('today', scheduler({ _class_name: 'PNDMScheduler' })), {
    ...{ like: 'today', ignored: /scheduler PNDMScheduler: .* LCM schedule/ },
  }),
  works(
    'scheduler of SD-Turbo (Euler, trailing)',
    from('plain', scheduler({ _class_name: 'EulerDiscreteScheduler' })),
    {
      ...{ like: 'plain', ignored: /scheduler EulerDiscreteScheduler/ },
    },
  ),
  works('velocity, zero terminal SNR', from('older', scheduler({ rescale_betas_zero_snr: true }))),
  works('timesteps with trailing spacing', from('today', scheduler({ timestep_spacing: 'trailing' }))),
  works('distilled in 4 steps', from('today', scheduler({ original_inference_steps: 4 }))),
  works('scheduler of Flux (FlowMatch)', from('today', scheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler' })), {
    ...{ like: 'today', ignored: /scheduler FlowMatchEulerDiscreteScheduler: .* LCM schedule/ },
  }),
  works('clip_sample', from('today', scheduler({ clip_sample: true })), { ignored: /clip_sample is on/ }),
  works('a safety checker of torch', from('today', configure('model_index.json', { safety_checker: ['x', 'y'] })), {
    ...{ like: 'today', ignored: /safety_checker: only an ONNX graph/ },
  }),
]

const special: readonly FolderCase[] = [
  works('int8 weights (DequantizeLinear)', from('today', unet(dequantized)), { like: 'today', within: rounded }),
  works('int8 (MatMulInteger)', from('today', unet(quantizedDynamically)), {
    ...{ like: 'today', within: rounded, ignored: /styles and LoRA files where the unet has MatMulInteger/ },
  }),
  works('fused (com.microsoft)', from('today', unet(fused)), {
    ...{ like: 'today', ignored: /learning: there are no gradients through com\.microsoft\.FusedMatMul/ },
  }),
]

const otherLayouts: readonly FolderCase[] = [
  refused(
    'a torch folder',
    from('today', instead('diffusion_pytorch_model.safetensors')),
    /torch's weights \(ORTLatentConsistencyModelPipeline\)/,
    /`optimum-cli export onnx --task text-to-image --model \S+today \S+today-onnx`, and set FOURSTROKE_MODEL=\S+today-onnx/,
  ),
  refused(
    'a torch folder with graphs of its UNet alone',
    from('today', move('text_encoder/model.onnx', 'text_encoder/pytorch_model.bin')),
    /torch's weights/,
    /optimum-cli export onnx/,
  ),
  refused(
    'transformers.js',
    from(
      'today',
      eachPart(part => move(`${part}/model.onnx`, `${part}/onnx/model.onnx`)),
    ),
    /layout of transformers\.js, with unet\/onnx\/model\.onnx/,
    /for part in unet text_encoder vae_decoder vae_encoder; do mv \$part\/onnx\/\* \$part\/; done/,
  ),
  refused('OpenVINO', from('today', instead('openvino_model.xml')), /of OpenVINO/, /that it was made from/),
  refused('TensorRT', from('today', instead('unet.engine')), /of TensorRT/, /that it was made from/),
  refused('.ort', from('today', instead('model.ort')), /own format \(\.ort\)/, /that it was made from/),
  refused('Flax', from('today', instead('diffusion_flax_model.msgpack')), /of Flax/, /that it was made from/),
  refused(
    'Flux, SD 3',
    from('today', move('unet', 'transformer')),
    /a diffusion transformer \(ORT.*\), which has no UNet/,
  ),
  refused(
    'two variants and no model.onnx',
    from('today', variants),
    /expected unet\/model\.onnx; found a\.onnx, b\.onnx/,
  ),
  refused(
    'Git LFS pointers',
    from('today', write('unet/model.onnx', 'version https://git-lfs.github.com/spec/v1\n')),
    /LFS/,
  ),
  refused('weights that are missing', from('older', remove('unet/model.onnx_data')), /found no such file/),
  refused('two text encoders, but no UNet for them', from('today', twoEncoders), /an input text_embeds.* \(SDXL\)/),
  refused(
    'a UNet for something else',
    from('today', configure('unet/config.json', { out_channels: 8 })),
    /8 channels as its/,
  ),
  refused(
    'an inpainting UNet without an encoder',
    from('inpaint', remove('vae_encoder')),
    /part vae_encoder: expected one/,
  ),
  refused(
    'a text encoder of another model',
    from('today', configure('text_encoder/config.json', { hidden_size: 8 })),
    /of 16/,
  ),
]

const noModels: readonly FolderCase[] = [
  refused(
    'a checkpoint',
    fileOf('model.safetensors', named('model.diffusion_model.x')),
    /a whole checkpoint/,
    /from_single_file\('\S+model\.safetensors'\)/,
  ),
  refused(
    'a checkpoint of SDXL',
    fileOf('xl.safetensors', named('conditioner.x')),
    /checkpoint/,
    /StableDiffusionXLPipeline/,
  ),
  refused(
    'a checkpoint as a pickle',
    fileOf('v1-5.ckpt', Buffer.from('PK\x03\x04 model.diffusion_model.x')),
    /checkpoint/,
    /v1-5\.ckpt/,
  ),
  refused(
    'a folder with a checkpoint',
    aFolder(write('model.safetensors', named('model.diffusion_model.x'))),
    /with model\.safetensors, a whole/,
    /single/,
  ),
  refused('GGUF', fileOf('model.gguf', Buffer.from('GGUF\x03\0\0\0')), /a GGUF file/, /as safetensors/),
  refused(
    'a LoRA file',
    fileOf('lora.safetensors', named('lora_unet_x.lora_down.weight')),
    /a LoRA file/,
    /FOURSTROKE_LCM_LORA=\S+lora\.saf.*style import/,
  ),
  refused(
    "peft's folder",
    aFolder(write('adapter_config.json', '{}')),
    /a LoRA in peft's layout/,
    /style import \S+adapter_model/,
  ),
  refused('an embedding', fileOf('cat.safetensors', named('emb_params')), /an embedding/),
  refused(
    'a folder around a model',
    place => dirname(from('today')(place)),
    /a folder around a model, today/,
    /FOURSTROKE_MODEL=\S+today\./,
  ),
  refused('the cache of a download', cacheOf, /the cache of a download/, /FOURSTROKE_MODEL=\S+snapshots\/0a1b/),
  refused(
    'one part',
    place => join(from('today')(place), 'unet'),
    /one part of a model, unet/,
    /FOURSTROKE_MODEL=\S+today\./,
  ),
  refused(
    'one graph',
    place => join(from('today')(place), 'unet/model.onnx'),
    /one graph of a model/,
    /FOURSTROKE_MODEL=\S+today\./,
  ),
  refused('no scheduler', from('today', remove('scheduler')), /part scheduler/),
  refused('an empty folder', place => place, /model_index\.json in the model folder .*, found none/),
  refused('nothing', place => join(place, 'nothing'), /no such folder/),
]

export const folders: readonly FolderCase[] = [...generations, ...schedulers, ...special, ...otherLayouts, ...noModels]

function fileOf(name: string, content: Uint8Array): FolderCase['make'] {
  return place => {
    writeFileSync(join(place, name), content)
    return join(place, name)
  }
}

function aFolder(...edits: readonly Edit[]): FolderCase['make'] {
  return place => {
    for (const edit of edits) edit(place)
    return place
  }
}

function variants(folder: string): void {
  cpSync(join(folder, 'unet/model.onnx'), join(folder, 'unet/a.onnx'))
  move('unet/model.onnx', 'unet/b.onnx')(folder)
}

function twoEncoders(folder: string): void {
  cpSync(join(folder, 'text_encoder'), join(folder, 'text_encoder_2'), { recursive: true })
}

function cacheOf(place: string): string {
  const model = from('today')(place)
  move('today', 'models--a--b/snapshots/0a1b')(place)
  return model.replace(/today$/, 'models--a--b')
}
