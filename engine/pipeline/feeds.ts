/** Numbers as an input of a network takes them: exporters disagree on types. */
import { floatToHalf } from '../../onnx/float16.ts'
import type { Session } from '../../onnx/session.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'

type Takes = Pick<Session, 'inputs'>

/** Floats of either kind: single or half. */
export function floats(session: Takes, name: string, data: Float32Array, dims: readonly number[]): Tensor {
  return typeOf(session, name) === 'float16' ? { dtype: 'float16', dims, data: floatToHalf(data) } : float32(data, dims)
}

/** Whole numbers: token ids are int32 or int64, timesteps also floats of any kind. */
export function numbers(session: Takes, name: string, values: readonly number[], dims: readonly number[]): Tensor {
  const dtype = typeOf(session, name)
  switch (dtype) {
    case 'int64':
      return { dtype, dims, data: BigInt64Array.from(values, BigInt) }
    case 'int32':
      return { dtype, dims, data: Int32Array.from(values) }
    case 'float64':
      return { dtype, dims, data: Float64Array.from(values) }
    default:
      return floats(session, name, Float32Array.from(values), dims)
  }
}

function typeOf(session: Takes, name: string) {
  const input = session.inputs.find(candidate => candidate.name === name)
  if (!input) throw new Error(`Expected an input ${name}, found ${session.inputs.map(known => known.name).join(', ')}`)
  return input.dtype
}

/** Rows one after another; up to `batch` filled with copies of the first. */
export function stacked(rows: readonly Float32Array[], batch = rows.length): Float32Array {
  if (batch === 1) return rows[0]!
  const size = rows[0]!.length
  const all = new Float32Array(batch * size)
  for (let row = 0; row < batch; row++) all.set(rows[row] ?? rows[0]!, row * size)
  return all
}
