/**
 * Everything that we know about onnxruntime-node; no other file imports it.
 *
 * `run` of the Node binding blocks its thread (a 676 ms run stops the event loop for 676 ms), which is why the engine
 * has a process of its own. The binding parses but ignores `freeDimensionOverrides`, `enableGraphCapture` and
 * `RunOptions.terminate`, so none of them is offered here.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import type { ValueInfo } from './model.ts'
import type { DataType, Tensor } from './tensor.ts'

/** Where graphs run: an execution provider of the runtime. */
export type Device = 'cpu' | 'webgpu' | 'cuda'

// Since 1.30 the runtime reports its use to its makers, and leaves a file of its own in the temporary folder, unless this
// says otherwise before the first session is made. What people do here is nobody else's business.
// biome-ignore lint/style/noProcessEnv: a word to the runtime, which has no other ear; nothing of ours is read from here.
process.env['ORT_DISABLE_TELEMETRY'] = '1'

keepHalvesAsBits()

/**
 * onnxruntime-common looks once, at its first tensor, whether there is a Float16Array (Node 24 and later), and puts
 * halves into one. The binding (1.30) cannot read it: "not enough space: expected 4096, got 0". Hidden from that look,
 * halves stay bits in a Uint16Array on every Node.
 */
function keepHalvesAsBits(): void {
  const hidden = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array')
  if (!hidden) return
  Reflect.deleteProperty(globalThis, 'Float16Array')
  try {
    new ort.Tensor('float32', new Float32Array(1), [1])
  } finally {
    Object.defineProperty(globalThis, 'Float16Array', hidden)
  }
}

export interface SessionOptions {
  readonly provider?: Device
  /** Threads within one operator; 0 lets the runtime choose (one for each physical core). */
  readonly threads?: number
  /** Plans memory by the first shapes seen; turn it off where shapes change from run to run. */
  readonly enableMemPattern?: boolean
  readonly enableCpuMemArena?: boolean
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all'
  /** Session configuration entries, nested by their dots: `{ session: { use_env_allocators: '1' } }`. */
  readonly extra?: { readonly [key: string]: Extra }
  /** Bytes that stand in for external data files of the model. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[]
  /** Where external data files lie, for a model given as bytes. */
  readonly externalDataFolder?: string
}
type Extra = string | { readonly [key: string]: Extra }

export interface Session {
  readonly provider: Device
  /** A free dimension has a name instead of a number. */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /**
   * Blocks the thread while it computes. Feeds must not change before it has resolved. `fetches` are the wanted outputs
   * by name, or tensors that the wanted outputs are written into; without it, all outputs in memory of their own.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: readonly string[] | Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

export async function createSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const provider = options.provider ?? 'cpu'
  const create = () =>
    typeof model === 'string'
      ? ort.InferenceSession.create(model, settingsOf(provider, options))
      : ort.InferenceSession.create(model, settingsOf(provider, options))
  const session = await oneAtATime(provider, create)
  return {
    provider,
    inputs: session.inputMetadata.map(infoOf),
    outputs: session.outputMetadata.map(infoOf),
    async run(feeds, fetches) {
      const inputs = tensorsOf(feeds)
      const wanted = fetches && (isList(fetches) ? fetches : tensorsOf(fetches))
      const outputs = await oneAtATime(provider, () => (wanted ? session.run(inputs, wanted) : session.run(inputs)))
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, tensorOf(value)]))
    },
    release: () => oneAtATime(provider, () => session.release()),
  }
}

/** Whether the library of the CUDA provider lies in the runtime's package, which does not bring it itself. */
export function hasCudaLibrary(): boolean {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  const binaries = join(entry, '..', '..', 'bin', 'napi-v6', process.platform, process.arch)
  return existsSync(join(binaries, 'libonnxruntime_providers_cuda.so'))
}

function settingsOf(provider: Device, options: SessionOptions): ort.InferenceSession.SessionOptions {
  const extra: Record<string, unknown> = { ...options.extra }
  if (options.externalDataFolder !== undefined) {
    const session = typeof extra['session'] === 'object' ? extra['session'] : {}
    extra['session'] = { ...session, model_external_initializers_file_folder_path: options.externalDataFolder }
  }
  return {
    // What a device cannot compute, the CPU does within the same session; that is the runtime's own rule. The
    // device (execution provider) is chosen by whoever opens the session.
    executionProviders: provider === 'cpu' ? ['cpu'] : [{ name: provider }, 'cpu'],
    graphOptimizationLevel: options.graphOptimizationLevel ?? 'all',
    enableMemPattern: options.enableMemPattern ?? true,
    enableCpuMemArena: options.enableCpuMemArena ?? true,
    logSeverityLevel: 3,
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.externalData ? { externalData: [...options.externalData] } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}

/** Two WebGPU sessions that run at once bring the process down (microsoft/onnxruntime issue 32561), so they queue here. */
let webgpuIsFree: Promise<unknown> = Promise.resolve()
function oneAtATime<Result>(provider: Device, act: () => Promise<Result>): Promise<Result> {
  if (provider !== 'webgpu') return act()
  const result = webgpuIsFree.then(act)
  webgpuIsFree = result.catch(() => undefined)
  return result
}

function infoOf(value: ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!value.isTensor) throw new Error(`Expected ${value.name} to be a tensor, got a sequence or a map.`)
  return { name: value.name, dtype: value.type as DataType, shape: value.shape }
}

function tensorsOf(values: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(
    // Our table of types and arrays is onnxruntime's own, but its constructor is typed overload by overload.
    Object.entries(values).map(([name, { dtype, data, dims }]) => [
      name,
      new ort.Tensor(dtype as 'float32', data as Float32Array, dims),
    ]),
  )
}

/** `Array.isArray` does not tell readonly lists from records. */
const isList = (fetches: readonly string[] | Readonly<Record<string, Tensor>>): fetches is readonly string[] =>
  Array.isArray(fetches)

function tensorOf(value: ort.OnnxValue): Tensor {
  // Outputs stay on the CPU side because no session of ours asks for another location.
  const { type, dims, data } = value as ort.Tensor
  return { dtype: type, dims, data } as Tensor
}
