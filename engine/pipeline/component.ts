/**
 * One network of a model folder: its graph read and checked, the edits that make the generations of exports alike,
 * and its session. Weights stay in their files, beside the graph (`weights.pb`, `model.onnx_data`) or inside its own:
 * the runtime maps them. Those that must be widened or changed are written to the model cache, once, and mapped there.
 *
 * Generations differ in how the UNet takes its timestep. A, diffusers' own script: float [batch]. B, older optimum:
 * int64 [1]. C, optimum-onnx: an int64 scalar, which forbids two timesteps in one batch, so it is made a vector.
 */

import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { byteLength, decodeModel, encodeModel, type ReadExternal } from '../../onnx/codec.ts'
import { bypass, consumersOf, setInput } from '../../onnx/editing.ts'
import type { Graph, Model, ValueInfo } from '../../onnx/model.ts'
import { readModelFile } from '../../onnx/modelFile.ts'
import { repackModel } from '../../onnx/repack.ts'
import { createSession, type Session, type SessionOptions } from '../../onnx/session.ts'
import { readFrom } from '../../onnx/storedTensors.ts'
import { elementCount, isStored } from '../../onnx/tensor.ts'
import { UserError } from '../../protocol/errors.ts'
import { mergedSuffix } from '../lora/weights.ts'
import type { ComponentInfo } from '../types/engine.ts'
import { type ModelCache, openModelCache } from './modelCache.ts'
import { modelError } from './modelError.ts'
import { upcast } from './upcast.ts'

export type ComponentName = ComponentInfo['part']

export interface Component {
  readonly name: ComponentName
  /** Inputs and outputs as the file has them, before any edit. */
  readonly info: ComponentInfo
  /** After the edits. */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly generation: 'A' | 'B' | 'C' | undefined
  /** Computes in half precision; weights that are stored as halves and cast at once do not count. */
  readonly isHalf: boolean
  /** The graph, the files that hold its weights, and what was merged into them. */
  readonly files: readonly string[]
  /** `upcast`: in float32, whatever the file has. */
  open(options: SessionOptions & { readonly upcast: boolean; readonly edit?: EditModel | undefined }): Promise<Session>
}

/** Continues a graph before the runtime gets it; `read` reads the tensors that it keeps in files. */
export type EditModel = (model: Model, read: ReadExternal) => Model

const expectedInputs = {
  text_encoder: { needed: ['input_ids'], known: [] },
  text_encoder_2: { needed: ['input_ids'], known: [] },
  unet: {
    needed: ['sample', 'timestep', 'encoder_hidden_states'],
    known: ['timestep_cond', 'text_embeds', 'time_ids'],
  },
  vae_encoder: { needed: ['sample'], known: [] },
  vae_decoder: { needed: ['latent_sample'], known: [] },
  vae_encoder_tiny: { needed: ['sample'], known: [] },
  vae_decoder_tiny: { needed: ['latent_sample'], known: [] },
  safety_checker: { needed: ['clip_input'], known: ['images'] },
} as const satisfies Record<ComponentName, { needed: readonly string[]; known: readonly string[] }>

export interface ComponentOptions {
  /** Made to the graph before anybody sees it; its merged weights (`merge.ts`) are computed once and kept. */
  readonly change?: (model: Model) => Model
  /** What `change` is made from. */
  readonly changeFiles?: readonly string[]
  readonly cache?: ModelCache
}

export async function openComponent(
  modelFolder: string,
  name: ComponentName,
  { change = model => model, changeFiles = [], cache = openModelCache() }: ComponentOptions = {},
): Promise<Component> {
  const folder = join(modelFolder, name)
  const file = join(folder, graphFileOf(folder, name))
  const original = readPart(file, name)
  const model = alike(name, change(original))
  checkInputs(name, model.graph)
  const beside = checkStored(original.graph, name, folder).filter(path => path !== file)
  const precisions = weightBytes(original.graph)
  const isHalf = computesInHalf(original.graph)
  const own = [file, ...beside]
  const files = [...own, ...changeFiles]

  /** The graph, and the folder that its weights lie in. */
  async function place(widens: boolean): Promise<{ model: Model; folder: string }> {
    if (!widens && changeFiles.length === 0) return { model: readPart(file, name), folder }
    const kind = widens ? 'float32' : 'as it is'
    const cached = await cache.folderOf({ files, kind, bytes: bytesIn(model.graph, widens) }, async target => {
      const source = readPart(file, name)
      const changed = change(widens ? upcast(source) : source)
      await repackModel(changed, target, { read: readFrom(folder), constants: mergedWeights(changed.graph) })
    })
    return { model: readModelFile(join(cached, 'model.onnx')), folder: cached }
  }

  return {
    name,
    info: {
      part: name,
      file: `${name}/${file.slice(folder.length + 1)}`,
      bytes: own.reduce((sum, path) => sum + statSync(path).size, 0),
      precision: [...precisions].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'float32',
      inputs: original.graph.inputs.map(shapeOf),
      outputs: original.graph.outputs.map(shapeOf),
    },
    inputs: model.graph.inputs,
    outputs: model.graph.outputs,
    generation: name === 'unet' ? generationOf(original.graph) : undefined,
    isHalf,
    files,
    async open({ upcast: inFloat32, edit = same => same, ...options }) {
      try {
        const placed = await place(inFloat32 && isHalf)
        const edited = edit(alike(name, placed.model), readFrom(placed.folder))
        return await createSession(encodeModel(edited), { ...options, externalDataFolder: placed.folder })
      } catch (cause) {
        if (cause instanceof UserError) throw cause
        throw modelError(name, `a graph that ${options.provider ?? 'cpu'} can run`, (cause as Error).message, cause)
      }
    },
  }
}

/** Sums of weights and adapters; of sums of sums the last. */
function mergedWeights(graph: Graph): string[] {
  const isMerged = (value: string) => value.endsWith(mergedSuffix)
  const sums = graph.nodes.filter(({ outputs }) => outputs.some(isMerged))
  const inner = new Set(sums.flatMap(({ inputs }) => inputs))
  return [...graph.valueInfo.keys()].filter(value => isMerged(value) && !inner.has(value))
}

function graphFileOf(folder: string, name: ComponentName): string {
  const graphs = existsSync(folder) ? readdirSync(folder).filter(entry => entry.endsWith('.onnx')) : []
  if (graphs.includes('model.onnx')) return 'model.onnx'
  if (graphs.length === 1) return graphs[0]!
  throw modelError(name, `${name}/model.onnx`, graphs.length === 0 ? 'no ONNX file' : graphs.join(', '))
}

/** A file that is a link to elsewhere is read whole: the runtime maps nothing outside the folder. */
function readPart(file: string, name: ComponentName): Model {
  if (startOf(file).startsWith('version https://git-lfs')) {
    throw modelError(name, 'an ONNX graph', `a Git LFS pointer at ${file}; fetch it with "git lfs pull"`)
  }
  try {
    return isInside(join(file, '..'), file) ? readModelFile(file) : decodeModel(readFileSync(file))
  } catch (cause) {
    throw modelError(name, `an ONNX graph in ${file}`, (cause as Error).message, cause)
  }
}

function startOf(file: string): string {
  const start = Buffer.alloc(40)
  const descriptor = openSync(file, 'r')
  try {
    return start.toString('latin1', 0, readSync(descriptor, start))
  } finally {
    closeSync(descriptor)
  }
}

/** Both must be there. */
function isInside(folder: string, file: string): boolean {
  const way = relative(realpathSync(folder), realpathSync(file))
  return !isAbsolute(way) && !way.startsWith('..')
}

function checkInputs(name: ComponentName, graph: Graph): void {
  const { needed, known } = expectedInputs[name]
  const found = graph.inputs.map(input => input.name)
  const missing = needed.filter(input => !found.includes(input))
  const names = [...needed, ...known, posteriorNoise] as readonly string[]
  const strange = found.filter(input => !names.includes(input))
  if (missing.length > 0 || strange.length > 0) {
    throw modelError(
      name,
      `inputs ${[...needed, ...known.map(input => `${input} (if any)`)].join(', ')}`,
      found.join(', '),
    )
  }
  if (graph.outputs.length === 0) throw modelError(name, 'an output', 'none')
}

function computesInHalf(graph: Graph): boolean {
  if ([...graph.inputs, ...graph.outputs].some(({ dtype }) => dtype === 'float16')) return true
  const isHalf = (name: string) => graph.initializers.get(name)?.dtype === 'float16'
  return graph.nodes.some(node => node.op !== 'Cast' && node.inputs.some(isHalf))
}

/** The files that hold its weights, each there, inside the folder and long enough. */
function checkStored(graph: Graph, name: ComponentName, folder: string): string[] {
  const ends = new Map<string, number>()
  for (const tensor of graph.initializers.values()) {
    if (!isStored(tensor)) continue
    const { file, offset, bytes } = tensor.stored
    ends.set(file, Math.max(ends.get(file) ?? 0, offset + bytes))
  }
  return [...ends].map(([file, end]) => {
    const path = join(folder, file)
    const copy = `copy the file into ${name}, and export the model again if its graph names it elsewhere`
    if (isAbsolute(file) || /^[a-z]:/i.test(file) || file.split(/[\\/]/).includes('..')) {
      throw modelError(name, 'its weights in files of its own folder', `the name ${file}; ${copy}`)
    }
    if (existsSync(path) && !isInside(folder, path)) {
      const target = realpathSync(path)
      throw modelError(name, 'its weights in files of its own folder', `${file}, a link to ${target}; ${copy}`)
    }
    if (!existsSync(path)) throw modelError(name, `its weights in ${name}/${file}`, 'no such file')
    const { size } = statSync(path)
    if (size < end) throw modelError(name, `${end} bytes in ${name}/${file}`, `${size}: it was cut off`)
    return path
  })
}

/** Edits that leave the mathematics as it is and the inputs alike over all generations. */
function alike(name: ComponentName, model: Model): Model {
  const graph =
    name === 'unet' ? vectorTimestep(model.graph) : name === 'vae_encoder' ? noiseAsInput(model.graph) : model.graph
  return { ...model, graph }
}

function generationOf(graph: Graph): 'A' | 'B' | 'C' {
  const { dtype, shape } = graph.inputs.find(({ name }) => name === 'timestep')!
  if (shape.length === 0) return 'C'
  return dtype === 'int64' || dtype === 'int32' ? 'B' : 'A'
}

/**
 * `timestep` as [batch]. Exporters unsqueeze a scalar and expand it to the batch; without the unsqueeze the same
 * Expand takes a vector of one for each sample.
 */
function vectorTimestep(graph: Graph): Graph {
  const timestep = graph.inputs.find(({ name }) => name === 'timestep')
  if (!timestep || typeof timestep.shape[0] === 'string') return graph
  const vector = setInput({ ...graph, valueInfo: new Map() }, { ...timestep, shape: ['batch'] })
  return timestep.shape.length > 0 ? vector : withoutNewAxes(vector, 'timestep')
}

function withoutNewAxes(graph: Graph, value: string): Graph {
  let edited = graph
  for (const node of consumersOf(graph, value)) {
    if (node.inputs[0] !== value) continue
    if (node.op === 'Unsqueeze' || node.op === 'Reshape') edited = bypass(edited, node)
    else if (node.op === 'Cast' || node.op === 'Identity') edited = withoutNewAxes(edited, node.outputs[0]!)
  }
  return edited
}

/** Where generation A draws the posterior inside the graph, without a seed; as an input it takes our noise. */
export const posteriorNoise = 'posterior_noise'

function noiseAsInput(graph: Graph): Graph {
  const draw = graph.nodes.find(({ op }) => op === 'RandomNormalLike' || op === 'RandomNormal')
  if (!draw) return graph
  const dtype = graph.outputs[0]!.dtype
  const rename = (name: string) => (name === draw.outputs[0] ? posteriorNoise : name)
  return {
    ...graph,
    nodes: graph.nodes.filter(node => node !== draw).map(node => ({ ...node, inputs: node.inputs.map(rename) })),
    inputs: [...graph.inputs, { name: posteriorNoise, dtype, shape: ['batch', 'channels', 'h', 'w'] }],
    valueInfo: new Map(),
  }
}

/** Bytes of all initializers, halves as the floats that they are to become. */
function bytesIn(graph: Graph, widens: boolean): number {
  let bytes = 0
  for (const { dtype, dims } of graph.initializers.values()) {
    if (dtype !== 'string') bytes += byteLength(widens && dtype === 'float16' ? 'float32' : dtype, dims)
  }
  return bytes
}

function weightBytes(graph: Graph): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const { dtype, dims } of graph.initializers.values()) {
    bytes.set(dtype, (bytes.get(dtype) ?? 0) + elementCount(dims))
  }
  return bytes
}

function shapeOf({ name, dtype, shape }: ValueInfo) {
  return { name, type: dtype, shape }
}
