/**
 * An ONNX model as plain data. Names follow the specification (`onnx.proto`); everything is readable and nothing has
 * methods, so that a pass over a graph is an ordinary function.
 */

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
  readonly stored: { readonly file: string; readonly offset: number; readonly bytes: number }
}

export type Initializer = Tensor | StoredTensor

/** A size, or the name of one that is known only when the graph runs (`batch`, `height`); `?` has no name. */
export type Dimension = number | string
export type Shape = readonly Dimension[]

export interface ValueInfo {
  readonly name: string
  readonly dtype: DataType
  readonly shape: Shape
  /** The file leaves even the number of dimensions open; `shape` is then empty. */
  readonly unranked?: true
}

export type Attribute =
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Initializer }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly Initializer[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] }

export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  readonly op: string
  /** Empty for the standard operators. */
  readonly domain: string
  readonly name: string
  /** Names of values; an empty name is an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
  /** The dynamo exporter keeps module paths here (`pkg.torch.onnx.name_scopes`). */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Nodes are in an order in which they can run. */
export interface Graph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: ReadonlyMap<string, Initializer>
  /** Types and shapes of values in between, as far as somebody wrote them down. */
  readonly valueInfo: ReadonlyMap<string, ValueInfo>
}

export interface Model {
  readonly irVersion: number
  /** Version of each operator set by domain; the standard one has the empty name. */
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: { readonly name: string; readonly version: string }
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
  /** Functions that a model brings along, as the bytes of their `FunctionProto`: kept, not looked into. */
  readonly functions: readonly Uint8Array[]
}

/** `Conv`, or `com.microsoft.QuickGelu` where the operator is no standard one: the key of every table of rules. */
export function operatorOf({ op, domain }: Pick<Node, 'op' | 'domain'>): string {
  return domain === '' ? op : `${domain}.${op}`
}

export function isStored(tensor: Initializer): tensor is StoredTensor {
  return 'stored' in tensor
}

/** Number of elements; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

export function float32(dims: readonly number[], data: Float32Array | readonly number[]): TensorOf<'float32'> {
  return checked({ dtype: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) })
}

export function int64(dims: readonly number[], data: BigInt64Array | readonly number[]): TensorOf<'int64'> {
  return checked({
    dtype: 'int64',
    dims,
    data: data instanceof BigInt64Array ? data : BigInt64Array.from(data, element => BigInt(element)),
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

/** The value of an integer attribute, or `fallback` where the node does not carry it. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'int') return Number(attribute.value)
  throw wrongAttribute(node, name, 'int', attribute)
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'float') return attribute.value
  throw wrongAttribute(node, name, 'float', attribute)
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'string') return attribute.value
  throw wrongAttribute(node, name, 'string', attribute)
}

export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes[name]
  if (attribute === undefined) return undefined
  if (attribute.type === 'ints') return attribute.value.map(Number)
  // protobuf cannot tell an empty list from another; exporters then leave only the declared type.
  throw wrongAttribute(node, name, 'ints', attribute)
}

function wrongAttribute(node: Node, name: string, expected: string, attribute: Attribute): TypeError {
  return new TypeError(
    `Expected attribute "${name}" of ${node.op} "${node.name}" to be ${expected}, got ${attribute.type}`,
  )
}
