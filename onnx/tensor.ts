/** Tensors as plain data: what a graph holds as constants, and what a session takes and gives. */

/** Element types and their numbers in `TensorProto.DataType`. */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e5m2: 19,
  uint4: 21,
  int4: 22,
} as const

export type DataType = keyof typeof dataTypes

/** How the elements of each type lie in memory: halves as their 16 bits, booleans as 0 or 1, 4-bit types packed. */
export interface Arrays {
  float32: Float32Array
  uint8: Uint8Array
  int8: Int8Array
  uint16: Uint16Array
  int16: Int16Array
  int32: Int32Array
  int64: BigInt64Array
  string: readonly string[]
  bool: Uint8Array
  float16: Uint16Array
  float64: Float64Array
  uint32: Uint32Array
  uint64: BigUint64Array
  bfloat16: Uint16Array
  float8e4m3fn: Uint8Array
  float8e5m2: Uint8Array
  uint4: Uint8Array
  int4: Uint8Array
}

/** A tensor of one element type, row by row. */
export interface TensorOf<T extends DataType> {
  readonly dtype: T
  readonly dims: readonly number[]
  readonly data: Arrays[T]
}

/** A tensor whose elements are in memory. Comparing `dtype` narrows `data`. */
export type Tensor = { [T in DataType]: TensorOf<T> }[DataType]

/** A tensor whose elements stay in a file beside the model; it can be moved through a graph without being read. */
export interface StoredTensor {
  readonly dtype: DataType
  readonly dims: readonly number[]
  readonly stored: {
    readonly file: string
    readonly offset: number
    readonly bytes: number
    /** The type that the file has, where it is not `dtype`: it must be repacked before a runtime sees it. */
    readonly narrow?: 'float16'
  }
}

export type Initializer = Tensor | StoredTensor

/** The array that holds the elements of each type; a half is its 16 bits, because Node 20 has no Float16Array. */
export const arrayOfType = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e5m2: Uint8Array,
  uint4: Uint8Array,
  int4: Uint8Array,
} as const satisfies Record<Exclude<DataType, 'string'>, unknown>

export function isStored(tensor: Initializer): tensor is StoredTensor {
  return 'stored' in tensor
}

/** Number of elements; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** A tensor of float32; the order of the arguments is that of onnxruntime's `Tensor`. */
export function float32(
  data: Float32Array | readonly number[],
  dims: readonly number[] = [data.length],
): TensorOf<'float32'> {
  return checked({ dtype: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) })
}

/** A tensor of int64, as operators take axes, shapes, indices and token ids. */
export function int64(
  data: BigInt64Array | readonly number[],
  dims: readonly number[] = [data.length],
): TensorOf<'int64'> {
  return checked({
    dtype: 'int64',
    dims,
    data: data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt),
  })
}

function checked<T extends 'float32' | 'int64'>(tensor: TensorOf<T>): TensorOf<T> {
  const expected = elementCount(tensor.dims)
  if (tensor.data.length !== expected) {
    throw new RangeError(
      `Expected ${expected} elements for dims [${tensor.dims.join(', ')}], got ${tensor.data.length}`,
    )
  }
  return tensor
}
