/** The distilled model as a folder: the teacher's, with another UNet and the schedule of a consistency model. */
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { ModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { byteLength, encodeModel } from '../../onnx/codec.ts'
import type { Model } from '../../onnx/model.ts'
import { isStored } from '../../onnx/tensor.ts'

/** Above it, weights lie beside the graph: a file of the format may not pass 2 GiB. */
const maxInsideBytes = 2 ** 30

export interface StudentConfig {
  /** Size of the guidance embedding. */
  readonly guidanceSize: number
  /** Timesteps that it was distilled at, of which sampling visits some. */
  readonly originalInferenceSteps: number
}

export function writeStudent(
  out: string,
  teacher: ModelFolder,
  model: Model,
  { guidanceSize, originalInferenceSteps }: StudentConfig,
): void {
  cpSync(teacher.path, out, {
    recursive: true,
    filter: source => relative(teacher.path, source).split(/[/\\]/)[0] !== 'unet',
  })
  const unet = join(out, 'unet')
  mkdirSync(unet, { recursive: true })
  const files = teacher.unet.files
  // What the student did not learn may still lie in the teacher's files.
  const stored = [...model.graph.initializers.values()].flatMap(tensor =>
    isStored(tensor) ? [tensor.stored.file] : [],
  )
  for (const name of new Set(stored)) {
    mkdirSync(dirname(join(unet, name)), { recursive: true })
    copyFileSync(join(dirname(files[0]!), name), join(unet, name))
  }
  writeGraph(unet, basename(files[0]!), model)

  const config = (path: string) => {
    const file = join(teacher.path, path)
    // Its fields pass through, whatever they are.
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {}
  }
  const write = (path: string, content: unknown) =>
    writeFileSync(join(out, path), `${JSON.stringify(content, null, 2)}\n`)
  write('unet/config.json', { ...config('unet/config.json'), time_cond_proj_dim: guidanceSize })
  const { timestepScaling, predictionType } = teacher.schedule
  write('scheduler/scheduler_config.json', {
    ...config('scheduler/scheduler_config.json'),
    _class_name: 'LCMScheduler',
    original_inference_steps: originalInferenceSteps,
    timestep_scaling: timestepScaling,
    prediction_type: predictionType,
    set_alpha_to_one: true,
  })
  write('model_index.json', {
    ...config('model_index.json'),
    _class_name: 'LatentConsistencyModelPipeline',
    scheduler: ['diffusers', 'LCMScheduler'],
  })
}

function writeGraph(folder: string, name: string, model: Model): void {
  const inside = [...model.graph.initializers.values()].reduce(
    (sum, tensor) => sum + (isStored(tensor) || tensor.dtype === 'string' ? 0 : byteLength(tensor.dtype, tensor.dims)),
    0,
  )
  if (inside <= maxInsideBytes) {
    writeFileSync(join(folder, name), encodeModel(model))
    return
  }
  const file = `${name}_data`
  const descriptor = openSync(join(folder, file), 'w')
  try {
    const write = (bytes: Uint8Array, offset: number) => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
    }
    writeFileSync(join(folder, name), encodeModel(model, { external: { file, write } }))
  } finally {
    closeSync(descriptor)
  }
}
