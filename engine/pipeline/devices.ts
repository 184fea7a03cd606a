/** Selects the device, and with it onnxruntime's execution provider: each is tried for real, and a sentence says what was found. */

import { encodeModel } from '../../onnx/codec.ts'
import { createSession, hasCudaLibrary } from '../../onnx/session.ts'
import { float32 } from '../../onnx/tensor.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Device, EngineInfo } from '../types/engine.ts'

export type DevicePreference = Device | 'auto'
export type Tried = EngineInfo['providers'][number]

/** Fastest first. */
const preference = ['cuda', 'webgpu', 'cpu'] as const satisfies readonly Device[]

/**
 * A matrix product of this side takes a real graphics card 1 to 3 ms and a software adapter such as SwiftShader over
 * 100; the bound lies between. The latter computes correctly, but on the very cores that the CPU provider uses better.
 */
const probeSide = 256
const softwareAdapterMs = 20

export interface DeviceSearch {
  readonly preferred: DevicePreference
  /** Devices that brought the process down when they were tried before, with the reason. */
  readonly avoid: ReadonlyMap<Device, string>
  /** Called before a device is touched, because a bad driver can end the process. */
  trying(device: Device): void
}

/**
 * Chooses the device (execution provider): opens something on the best that works, with the CPU as the fallback, and says why. `open` may refuse a device too (out of memory, say).
 * A device that is asked for by name is taken or refused, never replaced.
 */
export async function openOnDevice<Opened>(
  search: DeviceSearch,
  open: (device: Device) => Promise<Opened>,
): Promise<{ opened: Opened; device: Device; deviceReason: string; providers: Tried[] }> {
  const { preferred, avoid } = search
  const providers: Tried[] = []
  for (const device of preferred === 'auto' ? preference : [preferred]) {
    const obstacle = avoid.get(device) ?? (await obstacleOf(device, search))
    if (obstacle !== undefined) {
      providers.push({ device, taken: false, reason: obstacle })
      continue
    }
    try {
      const opened = await open(device)
      providers.push({ device, taken: true, reason: preferred === 'auto' ? 'The best that works here.' : 'Asked for.' })
      return { opened, device, deviceReason: reasonOf(device, preferred, providers), providers }
    } catch (cause) {
      // Words about the model are final on the last device; on the others they are a reason to try the next.
      if (preferred !== 'auto' || device === 'cpu') throw cause
      providers.push({ device, taken: false, reason: (cause as Error).message })
    }
  }
  const found = providers.map(({ device, reason }) => `${device}: ${reason}`).join(' ')
  throw new UserError(
    'device/unavailable',
    `Expected the device ${preferred} to work; found: ${found} Set the device to auto to take what works.`,
  )
}

function reasonOf(device: Device, preferred: DevicePreference, providers: readonly Tried[]): string {
  if (preferred !== 'auto') return `${device} was asked for.`
  const passedOver = providers.filter(({ taken }) => !taken).map(({ device, reason }) => `${device}: ${reason}`)
  return passedOver.length === 0 ? `${device} is the fastest that works.` : `${device}, because ${passedOver.join(' ')}`
}

async function obstacleOf(device: Device, { preferred, trying }: DeviceSearch): Promise<string | undefined> {
  if (device === 'cpu') return undefined
  trying(device)
  try {
    const ms = await probe(device)
    if (preferred !== 'auto' || device === 'cuda' || ms < softwareAdapterMs) return undefined
    return `its adapter needs ${Math.round(ms)} ms for what graphics cards do in 3, so it computes in software.`
  } catch (cause) {
    return obstaclePhrases((cause as Error).message)
  }
}

/** Milliseconds of a small matrix product, shader compilation left out. */
async function probe(device: Device): Promise<number> {
  const side = probeSide
  const session = await createSession(
    encodeModel({
      irVersion: 8,
      opsets: { '': 17 },
      producer: { name: 'fourstroke', version: '' },
      metadata: {},
      functions: [],
      graph: {
        name: 'probe',
        nodes: [{ op: 'MatMul', domain: '', name: 'product', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
        inputs: [{ name: 'x', dtype: 'float32', shape: [side, side] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: [side, side] }],
        initializers: new Map([['w', float32(new Float32Array(side * side).fill(1 / side), [side, side])]]),
        valueInfo: new Map(),
      },
    }),
    { provider: device },
  )
  try {
    const x = float32(new Float32Array(side * side).fill(1), [side, side])
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < 3; run++) {
      const began = performance.now()
      const { y } = await session.run({ x })
      if (run > 0) best = Math.min(best, performance.now() - began)
      if (Math.abs(Number(y!.data[0]) - 1) > 0.01) throw new Error(`it computes wrongly: 1 came out as ${y!.data[0]}.`)
    }
    return best
  } finally {
    await session.release()
  }
}

/** The runtime's messages carry source paths and driver logs; one sentence of them matters. */
function obstaclePhrases(message: string): string {
  if (message.includes('Failed to load shared library')) {
    return hasCudaLibrary()
      ? 'a library that its provider needs is missing: CUDA, cuDNN or the driver; the runtime names it on standard error (docs/gpu.md).'
      : 'the CUDA libraries of onnxruntime-node are not installed (docs/gpu.md).'
  }
  const [line = message] = message.split('\n')
  const sentence = line.split(' was false. ').at(-1)!.trim()
  return sentence.endsWith('.') ? sentence : `${sentence}.`
}
