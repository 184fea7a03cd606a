/** What is no model folder as this engine reads them: what it is, in words, and the one command that helps, if one does. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { exportCommand, type ForeignFile, foreignFile, isLoraFile, tellingBytes } from '../lora/foreignFiles.ts'

/** Undefined for what may be a model folder. `path`: what FOURSTROKE_MODEL names, which is there. */
export function foreignModel(path: string): ForeignFile | undefined {
  if (!statSync(path).isDirectory()) return modelFile(path)
  return existsSync(join(path, 'model_index.json')) ? otherLayout(path) : otherFolder(path)
}

const networks = ['unet', 'text_encoder', 'vae_decoder', 'vae_encoder', 'text_encoder_2'] as const

/** For a shell, whatever is in it. */
const quoted = (path: string) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
const filesIn = (folder: string): string[] =>
  existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : []
const isModel = (folder: string) => existsSync(join(folder, 'model_index.json'))
const use = (path: string) => `Set FOURSTROKE_MODEL=${quoted(path)}.`
const exportIt = (path: string) => {
  const target = `${path.replace(/\/+$/, '')}-onnx`
  return `Export it: \`${exportCommand(quoted(path), quoted(target))}\`, and set FOURSTROKE_MODEL=${quoted(target)}.`
}

/** A file in place of a folder. */
function modelFile(path: string): ForeignFile {
  const foreign = foreignFile(startOf(path))
  if (foreign) return { ...foreign, ...(foreign.hint && { hint: foreign.hint.replaceAll('FILE', quoted(path)) }) }
  if (isLoraFile(startOf(path))) {
    return {
      what: 'a LoRA file, which changes a model and is none',
      hint:
        `Set FOURSTROKE_MODEL to the folder of a model and, if it is an LCM-LoRA, FOURSTROKE_LCM_LORA=${quoted(path)}; ` +
        `as a style: \`npx fourstroke style import ${quoted(path)}\`.`,
    }
  }
  if (path.endsWith('.onnx')) {
    const folder = dirname(dirname(path))
    const isPart = isModel(folder)
    return { what: 'one graph of a model', ...(isPart && { hint: use(folder) }) }
  }
  return { what: 'a file' }
}

function startOf(file: string): Uint8Array {
  const start = Buffer.alloc(Math.min(tellingBytes, statSync(file).size))
  const descriptor = openSync(file, 'r')
  try {
    return start.subarray(0, readSync(descriptor, start))
  } finally {
    closeSync(descriptor)
  }
}

/** A folder without model_index.json. */
function otherFolder(path: string): ForeignFile | undefined {
  const files = filesIn(path)
  const inner = files.map(name => join(path, name)).find(isModel)
  if (inner) return { what: `a folder around a model, ${basename(inner)}`, hint: use(inner) }
  const snapshot = filesIn(join(path, 'snapshots'))
    .map(name => join(path, 'snapshots', name))
    .find(isModel)
  if (snapshot) return { what: 'the cache of a download', hint: use(snapshot) }
  if (isModel(dirname(path))) return { what: `one part of a model, ${basename(path)}`, hint: use(dirname(path)) }
  if (files.includes('adapter_config.json')) {
    const lora = join(path, files.find(name => /^adapter_model\./.test(name)) ?? 'adapter_model.safetensors')
    return {
      what: "a LoRA in peft's layout, which changes a model and is none",
      hint: `Import it as a style: \`npx fourstroke style import ${quoted(lora)}\`.`,
    }
  }
  const single = files.find(name => /\.(safetensors|ckpt|gguf|pth?|bin)$/.test(name))
  if (single) {
    const { what, hint } = modelFile(join(path, single))
    return { what: `a folder with ${single}, ${what}`, ...(hint && { hint }) }
  }
  return undefined
}

/** A folder of diffusers whose networks are not ONNX graphs. */
function otherLayout(path: string): ForeignFile | undefined {
  const { _class_name: pipeline } = contentOf(join(path, 'model_index.json'))
  const named = typeof pipeline === 'string' ? ` (${pipeline})` : ''
  if (existsSync(join(path, 'transformer')) && !existsSync(join(path, 'unet'))) {
    return { what: `a model with a diffusion transformer${named}, which has no UNet` }
  }
  if (isModel(join(path, 'onnx'))) return { what: 'a folder around a model, onnx', hint: use(join(path, 'onnx')) }
  const present = networks.filter(name => existsSync(join(path, name)))
  const withGraph = present.filter(name => filesIn(join(path, name)).some(file => file.endsWith('.onnx')))
  if (withGraph.length === present.length && present.length > 1) return undefined
  const deep = present.filter(name => filesIn(join(path, name, 'onnx')).some(file => file.endsWith('.onnx')))
  if (deep.length > 0) {
    const parts = deep.join(' ')
    return {
      what: `a folder in the layout of transformers.js, with ${deep[0]}/onnx/model.onnx`,
      hint: `Move the graphs up: \`cd ${quoted(path)} && for part in ${parts}; do mv $part/onnx/* $part/; done\`.`,
    }
  }
  const files = present.filter(name => !withGraph.includes(name)).flatMap(name => filesIn(join(path, name)))
  const format = [...otherFormats].find(([pattern]) => files.some(file => pattern.test(file)))?.[1]
  if (!format) return undefined
  const isTorch = format === torch
  return {
    what: `a folder of ${format}${named} instead of ONNX graphs`,
    hint: isTorch ? exportIt(path) : `Export the model that it was made from: \`${exportCommand('FOLDER', 'model')}\`.`,
  }
}

const torch = "torch's weights"
/** Of what lies beside no graph, the one that can be exported first. */
const otherFormats: ReadonlyMap<RegExp, string> = new Map([
  [/\.(safetensors|bin|pt)$/, torch],
  [/openvino.*\.xml$/, 'OpenVINO'],
  [/\.(engine|plan|trt)$/, 'TensorRT'],
  [/\.ort$/, "onnxruntime's own format (.ort)"],
  [/\.(mlpackage|mlmodelc|mlmodel)$/, 'Core ML'],
  [/\.(msgpack|ckpt\.index)$/, 'Flax'],
  [/\.gguf$/, 'GGUF'],
])

function contentOf(file: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return content !== null && typeof content === 'object' ? { ...content } : {}
  } catch {
    return {} // its reader says what is wrong with it
  }
}
