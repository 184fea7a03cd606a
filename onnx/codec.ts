/** ONNX bytes ↔ `Model`. Tensor elements are viewed where they lie, not copied, whenever their alignment allows it. */
import type { Attribute, Graph, Model, Node, ValueInfo } from './model.ts'
import { inOrder } from './order.ts'
import {
  type AttributeProto,
  type EntryProto,
  type GraphProto,
  type Integer,
  ModelMessage,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema.ts'
import {
  type Arrays,
  arrayOfType,
  type DataType,
  dataTypes,
  elementCount,
  type Initializer,
  isStored,
  type StoredTensor,
  type Tensor,
} from './tensor.ts'

/** Returns the bytes at `offset` of a file that lies beside the model (`weights.pb`, `model.onnx_data`). */
export type ReadExternal = (file: string, offset: number, bytes: number) => Uint8Array

/** Where `encodeModel` puts the elements of large tensors instead of into the model's own bytes. */
export interface ExternalFile {
  /** File name as the model will refer to it, relative to the model. */
  readonly file: string
  /** Smaller tensors stay inside. */
  readonly minBytes?: number
  /** Called with rising offsets; nothing is copied on the way. */
  write(bytes: Uint8Array, offset: number): void
}

/** Protobuf lengths are signed 32-bit numbers in most readers. */
const maxMessageBytes = 2 ** 31 - 1
/** Wide enough for every vector instruction that reads a mapped file in place. */
const externalAlignment = 64
const external = 1

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) {
  throw new Error('ONNX keeps tensors in little-endian order, and this machine does not')
}

/**
 * Without `external`, tensors outside the file stay there (`StoredTensor`): a graph of many gigabytes can be edited
 * without reading its weights.
 */
export function decodeModel(bytes: Uint8Array, options: { external?: ReadExternal } = {}): Model {
  let proto: ModelProto
  try {
    // protobufjs types every message as a bag of fields; the schema beside it says which.
    proto = ModelMessage.decode(bytes) as unknown as ModelProto
  } catch (cause) {
    throw new Error(`Expected an ONNX model, got ${bytes.length} bytes that are not one`, { cause })
  }
  if (!proto.graph) throw new Error(`Expected an ONNX model with a graph, got ${bytes.length} bytes without one`)
  return {
    irVersion: Number(integer(proto.irVersion ?? 0)),
    opsets: Object.fromEntries(
      (proto.opsetImport ?? []).map(({ domain, version }) => [
        domain === 'ai.onnx' ? '' : (domain ?? ''),
        Number(integer(version ?? 0)),
      ]),
    ),
    producer: { name: proto.producerName ?? '', version: proto.producerVersion ?? '' },
    graph: decodeGraph(proto.graph, options.external),
    metadata: decodeEntries(proto.metadataProps ?? []),
    functions: proto.functions ?? [],
  }
}

/** Throws where the result would pass 2 GiB: such a model needs an `external` file. */
export function encodeModel(model: Model, options: { external?: ExternalFile } = {}): Uint8Array {
  const place = placer(options.external)
  const proto: ModelProto = {
    irVersion: model.irVersion,
    producerName: model.producer.name,
    producerVersion: model.producer.version,
    graph: encodeGraph(model.graph, place),
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({ domain, version })),
    metadataProps: encodeEntries(model.metadata),
    functions: [...model.functions],
  }
  // A plain object with the schema's fields is what protobufjs calls a message.
  return ModelMessage.encode(proto as Record<string, unknown>).finish()
}

type Place = (name: string, tensor: Tensor) => StoredTensor | undefined

function placer(target: ExternalFile | undefined): Place {
  let inside = 0
  let end = 0
  return (name, tensor) => {
    if (tensor.dtype === 'string') return undefined
    const bytes = bytesOf(tensor)
    // Runtimes infer shapes from lists of integers before they open external files.
    const isList = tensor.dtype === 'int64' && tensor.dims.length <= 1
    if (target === undefined || isList || bytes.length < (target.minBytes ?? 1024)) {
      inside += bytes.length
      if (inside > maxMessageBytes) {
        throw new RangeError(
          `Expected at most 2 GiB of tensors inside a model, got more at "${name}"; pass encodeModel an \`external\` file`,
        )
      }
      return undefined
    }
    const offset = Math.ceil(end / externalAlignment) * externalAlignment
    target.write(bytes, offset)
    end = offset + bytes.length
    return { dtype: tensor.dtype, dims: tensor.dims, stored: { file: target.file, offset, bytes: bytes.length } }
  }
}

// Graphs

function decodeGraph(proto: GraphProto, read: ReadExternal | undefined): Graph {
  const name = proto.name ?? ''
  if ((proto.sparseInitializer ?? []).length > 0) {
    throw new Error(`Graph "${name}" holds sparse initializers, which are not supported; export it with dense weights`)
  }
  const info = (value: ValueInfoProto) => {
    const decoded = decodeValueInfo(value)
    if (decoded === undefined) throw new Error(`Graph "${name}" takes or gives "${value.name}", which is not a tensor`)
    return decoded
  }
  const initializers = new Map((proto.initializer ?? []).map(tensor => [tensor.name ?? '', decodeTensor(tensor, read)]))
  return {
    name,
    nodes: inOrder((proto.node ?? []).map(node => decodeNode(node, read))),
    // Before IR version 4 every initializer was listed as an input too; it is an input only if it has no value.
    inputs: (proto.input ?? []).map(info).filter(input => !initializers.has(input.name)),
    outputs: (proto.output ?? []).map(info),
    initializers,
    valueInfo: new Map(
      (proto.valueInfo ?? []).flatMap(value => {
        const decoded = decodeValueInfo(value)
        return decoded === undefined || decoded.unranked ? [] : [[decoded.name, decoded] as const]
      }),
    ),
  }
}

function encodeGraph(graph: Graph, place: Place): GraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map(node => encodeNode(node, place)),
    initializer: [...graph.initializers].map(([name, tensor]) => encodeTensor(name, tensor, place)),
    input: graph.inputs.map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
    valueInfo: [...graph.valueInfo.values()].map(encodeValueInfo),
  }
}

function decodeNode(proto: NodeProto, read: ReadExternal | undefined): Node {
  const metadata = decodeEntries(proto.metadataProps ?? [])
  return {
    op: proto.opType ?? '',
    domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
    name: proto.name ?? '',
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes: Object.fromEntries(
      (proto.attribute ?? []).map(attribute => [
        attribute.name ?? '',
        decodeAttribute(attribute, `${proto.opType} "${proto.name}"`, read),
      ]),
    ),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

function encodeNode(node: Node, place: Place): NodeProto {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: node.op,
    domain: node.domain,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => ({
      name,
      ...encodeAttribute(attribute, `${node.name}.${name}`, place),
    })),
    metadataProps: encodeEntries(node.metadata ?? {}),
  }
}

function decodeValueInfo(proto: ValueInfoProto): ValueInfo | undefined {
  const tensor = proto.type?.tensorType
  if (!tensor) return undefined
  const name = proto.name ?? ''
  const dtype = dataTypeOf(tensor.elemType ?? 0, `value "${name}"`)
  if (!tensor.shape) return { name, dtype, shape: [], unranked: true }
  const shape = (tensor.shape.dim ?? []).map(dim => {
    if (dim.size === 'dimValue') return Number(integer(dim.dimValue ?? 0))
    return dim.size === 'dimParam' && dim.dimParam ? dim.dimParam : '?'
  })
  return { name, dtype, shape }
}

function encodeValueInfo({ name, dtype, shape, unranked }: ValueInfo): ValueInfoProto {
  const dim = shape.map(size => {
    if (typeof size === 'number') return { dimValue: size }
    return size === '?' ? {} : { dimParam: size }
  })
  return { name, type: { tensorType: { elemType: dataTypes[dtype], ...(!unranked && { shape: { dim } }) } } }
}

// Attributes

/** `AttributeProto.AttributeType`. */
const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const satisfies Record<Attribute['type'], number>

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() }

function decodeAttribute(proto: AttributeProto, owner: string, read: ReadExternal | undefined): Attribute {
  const text = (bytes: Uint8Array) => utf8.decode.decode(bytes)
  switch (proto.type) {
    case attributeTypes.float:
      return { type: 'float', value: proto.f ?? 0 }
    case attributeTypes.int:
      return { type: 'int', value: integer(proto.i ?? 0) }
    case attributeTypes.string:
      return { type: 'string', value: text(proto.s ?? new Uint8Array()) }
    case attributeTypes.tensor:
      return { type: 'tensor', value: decodeTensor(proto.t ?? {}, read) }
    case attributeTypes.graph:
      return { type: 'graph', value: decodeGraph(proto.g ?? {}, read) }
    case attributeTypes.floats:
      return { type: 'floats', value: proto.floats ?? [] }
    case attributeTypes.ints:
      return { type: 'ints', value: (proto.ints ?? []).map(integer) }
    case attributeTypes.strings:
      return { type: 'strings', value: (proto.strings ?? []).map(text) }
    case attributeTypes.tensors:
      return { type: 'tensors', value: (proto.tensors ?? []).map(tensor => decodeTensor(tensor, read)) }
    case attributeTypes.graphs:
      return { type: 'graphs', value: (proto.graphs ?? []).map(graph => decodeGraph(graph, read)) }
    default:
      throw new Error(`Attribute "${proto.name}" of ${owner} has type ${proto.type}, which is not supported`)
  }
}

function encodeAttribute(attribute: Attribute, name: string, place: Place): AttributeProto {
  const type = attributeTypes[attribute.type]
  switch (attribute.type) {
    case 'float':
      return { type, f: attribute.value }
    case 'int':
      return { type, i: toInteger(attribute.value) }
    case 'string':
      return { type, s: utf8.encode.encode(attribute.value) }
    case 'tensor':
      return { type, t: encodeTensor('', attribute.value, inside(name)) }
    case 'graph':
      return { type, g: encodeGraph(attribute.value, place) }
    case 'floats':
      return { type, floats: [...attribute.value] }
    case 'ints':
      return { type, ints: attribute.value.map(toInteger) }
    case 'strings':
      return { type, strings: attribute.value.map(text => utf8.encode.encode(text)) }
    case 'tensors':
      return { type, tensors: attribute.value.map(tensor => encodeTensor('', tensor, inside(name))) }
    case 'graphs':
      return { type, graphs: attribute.value.map(graph => encodeGraph(graph, place)) }
    default:
      throw new Error(`Unknown attribute type: ${attribute satisfies never}`)
  }
}

/** Runtimes read only initializers from external files, not the tensors of attributes. */
const inside = (name: string): Place => {
  const place = placer(undefined)
  return (_, tensor) => place(name, tensor)
}

// Tensors

function decodeTensor(proto: TensorProto, read: ReadExternal | undefined): Initializer {
  const name = proto.name ?? ''
  const dtype = dataTypeOf(proto.dataType ?? 0, `tensor "${name}"`)
  const dims = (proto.dims ?? []).map(dim => Number(integer(dim)))
  if (proto.dataLocation === external) {
    const entries = decodeEntries(proto.externalData ?? [])
    const stored = {
      file: entries['location'] ?? '',
      offset: Number(entries['offset'] ?? 0),
      bytes: Number(entries['length'] ?? byteLength(dtype, dims)),
    }
    if (read === undefined) return { dtype, dims, stored }
    return tensorFromBytes(dtype, dims, read(stored.file, stored.offset, stored.bytes), name)
  }
  if (dtype === 'string') {
    return { dtype, dims, data: (proto.stringData ?? []).map(text => utf8.decode.decode(text)) }
  }
  if (proto.rawData !== undefined && proto.rawData.length > 0) {
    return tensorFromBytes(dtype, dims, proto.rawData, name)
  }
  return tensorFromFields(dtype, dims, proto, name)
}

/** The elements as one of the typed fields that older writers use instead of `raw_data`. */
function tensorFromFields(
  dtype: Exclude<DataType, 'string'>,
  dims: readonly number[],
  proto: TensorProto,
  name: string,
): Tensor {
  const data = emptyArray(dtype, dims)
  const expected = data.length
  let got: number
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const elements = (dtype === 'int64' ? proto.int64Data : proto.uint64Data) ?? []
    got = elements.length
    data.set(elements.slice(0, expected).map(element => BigInt(integer(element))))
  } else {
    const elements =
      (dtype === 'float32'
        ? proto.floatData
        : dtype === 'float64'
          ? proto.doubleData
          : dtype === 'uint32'
            ? proto.uint64Data?.map(element => Number(integer(element)))
            : proto.int32Data) ?? []
    got = elements.length
    data.set(elements.slice(0, expected))
  }
  if (got !== expected) {
    throw new RangeError(
      `Expected ${expected} elements in tensor "${name}" with dims [${dims.join(', ')}], got ${got}; is its external file missing?`,
    )
  }
  return tensorOf(dtype, dims, data)
}

function encodeTensor(name: string, tensor: Initializer, place: Place): TensorProto {
  const head = { name, dims: [...tensor.dims], dataType: dataTypes[tensor.dtype] }
  const stored = isStored(tensor) ? tensor : place(name, tensor)
  if (stored !== undefined) {
    const { file, offset, bytes, narrow } = stored.stored
    if (narrow)
      throw new Error(`Expected "${name}" as ${tensor.dtype} in ${file}, where it is ${narrow}: repack it first`)
    return {
      ...head,
      dataLocation: external,
      externalData: encodeEntries({ location: file, offset: String(offset), length: String(bytes) }),
    }
  }
  // `place` keeps stored tensors stored, so what is left has its elements in memory.
  const loaded = tensor as Tensor
  if (loaded.dtype === 'string') return { ...head, stringData: loaded.data.map(text => utf8.encode.encode(text)) }
  return { ...head, rawData: bytesOf(loaded) }
}

/** Bytes that a tensor takes, 4-bit types packed two to a byte. */
export function byteLength(dtype: DataType, dims: readonly number[]): number {
  if (dtype === 'string') throw new TypeError('Strings have no fixed size')
  const count = elementCount(dims)
  if (dtype === 'uint4' || dtype === 'int4') return Math.ceil(count / 2)
  return count * arrayOfType[dtype].BYTES_PER_ELEMENT
}

/** A tensor over `bytes` as they lie; copied only where they are not aligned to the element size. */
export function tensorFromBytes(dtype: DataType, dims: readonly number[], bytes: Uint8Array, name = ''): Tensor {
  if (dtype === 'string') throw new TypeError(`Tensor "${name}" holds strings, which have no raw form`)
  const expected = byteLength(dtype, dims)
  if (bytes.length !== expected) {
    throw new RangeError(
      `Expected ${expected} bytes for tensor "${name}" (${dtype} [${dims.join(', ')}]), got ${bytes.length}`,
    )
  }
  const ArrayType = arrayOfType[dtype]
  const aligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes)
  // Every typed array's constructor takes any buffer; their union is only typed for an `ArrayBuffer`.
  const data = new ArrayType(aligned.buffer as ArrayBuffer, aligned.byteOffset, expected / ArrayType.BYTES_PER_ELEMENT)
  return tensorOf(dtype, dims, data)
}

/** The elements of a tensor as bytes, not copied. */
export function bytesOf(tensor: Tensor): Uint8Array {
  if (tensor.dtype === 'string') throw new TypeError('Strings have no raw form')
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
}

function emptyArray(
  dtype: Exclude<DataType, 'string'>,
  dims: readonly number[],
): Exclude<Arrays[DataType], readonly string[]> {
  const ArrayType = arrayOfType[dtype]
  return new ArrayType(byteLength(dtype, dims) / ArrayType.BYTES_PER_ELEMENT)
}

function tensorOf(dtype: DataType, dims: readonly number[], data: Arrays[DataType]): Tensor {
  // `arrayOfType` pairs each type with its array, which the compiler cannot follow through a variable.
  return { dtype, dims, data } as Tensor
}

function dataTypeOf(number: number, owner: string): DataType {
  const found = dataTypeByNumber.get(number)
  if (found === undefined) throw new Error(`The element type ${number} of ${owner} is not supported`)
  return found
}

const dataTypeByNumber = new Map(
  Object.entries(dataTypes).map(([name, number]) => [number as number, name as DataType]),
)

// Scalars

/** As a number where that is exact, as a bigint where it is not (the "end of axis" of many slices). */
function integer(value: Integer): number | bigint {
  if (typeof value === 'number') return value
  const bits = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0)
  const exact = value.unsigned ? BigInt.asUintN(64, bits) : bits
  return exact >= Number.MIN_SAFE_INTEGER && exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : exact
}

function toInteger(value: number | bigint): Integer {
  if (typeof value === 'number') return value
  const [low, high] = [value, value >> 32n].map(half => Number(BigInt.asIntN(32, half))) as [number, number]
  return { low, high, unsigned: false }
}

function decodeEntries(entries: readonly EntryProto[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ key, value }) => [key ?? '', value ?? '']))
}

function encodeEntries(entries: Readonly<Record<string, string>>): EntryProto[] {
  return Object.entries(entries).map(([key, value]) => ({ key, value }))
}
