/** The real exports among the fixtures. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeModel, type ReadExternal } from '../../onnx/codec.ts'
import type { Model } from '../../onnx/model.ts'
import { createSession } from '../../onnx/session.ts'
import type { Tensor } from '../../onnx/tensor.ts'

export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

/** Every exported model: TorchScript and dynamo, float and half, with weights inside and beside it. */
export const exportedModels = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.onnx'))
  .sort()

export function readBeside(file: string): ReadExternal {
  return (name, offset, bytes) => {
    const whole = readFileSync(join(fixtures, dirname(file), name))
    return whole.subarray(offset, offset + bytes)
  }
}

export function load(file: string): Model {
  return decodeModel(readFileSync(join(fixtures, file)), { external: readBeside(file) })
}

/** Runs a model that takes nothing: the arithmetic for folding. */
export async function evaluate(model: Uint8Array): Promise<Record<string, Tensor>> {
  return run(model, {})
}

export async function run(model: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const session = await createSession(model)
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

const numberTypes = { F32: Float32Array, F64: Float64Array, I64: BigInt64Array } as const
const names = { F32: 'float32', F64: 'float64', I64: 'int64' } as const

/** Reads the tensors of a safetensors file: a length, a header in JSON, then bytes. */
export function readTensors(file: string): Record<string, Tensor> {
  const bytes = readFileSync(join(fixtures, file))
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: keyof typeof names; shape: number[]; data_offsets: [number, number] }
  >
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const own = new Uint8Array(bytes.subarray(start + from, start + to))
        return [name, { dtype: names[dtype], dims: shape, data: new numberTypes[dtype](own.buffer) } as Tensor]
      },
    ),
  )
}

/** ‖a − b‖ / ‖b‖. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0
  let length = 0
  for (let at = 0; at < b.length; at++) {
    difference += (a[at]! - b[at]!) ** 2
    length += b[at]! ** 2
  }
  return Math.sqrt(difference / length)
}
