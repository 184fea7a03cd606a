/**
 * Reads a model's graph and leaves its large tensors where they lie: a file of gigabytes is opened in the memory that its
 * graph needs. Tensors inside the file itself become `StoredTensor`s too, at their offset in it, which the runtime maps
 * like those of any external data file.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { decodeModel } from './codec.ts'
import type { Model } from './model.ts'
import { dataTypes } from './tensor.ts'

/** Smaller tensors are read. */
const minStoredBytes = 1024
/** Read at once; graphs are a few hundred kilobytes. */
const windowBytes = 1 << 18

/** Field numbers of `onnx.proto`, and the protobuf wire types. */
const modelGraph = 7
const graphInitializer = 5
const tensorDataType = 2
const tensorRawData = 9
const tensorExternalData = 13
const tensorDataLocation = 14
const external = 1
const varint = 0
const fixed64 = 1
const lengthDelimited = 2
const fixed32 = 5

/** Throws where the file is no ONNX model. Stored tensors of its own name the file itself, without its folder. */
export function readModelFile(path: string): Model {
  const descriptor = openSync(path, 'r')
  try {
    return decodeModel(slimModel(openBytes(descriptor), basename(path)))
  } finally {
    closeSync(descriptor)
  }
}

interface Bytes {
  readonly size: number
  at(position: number): number
  copy(start: number, end: number): Uint8Array
}

/** A file through a window that moves with whoever reads. */
function openBytes(descriptor: number): Bytes {
  const { size } = fstatSync(descriptor)
  const window = Buffer.alloc(Math.min(windowBytes, size))
  let [start, end] = [0, 0]
  const read = (into: Uint8Array, position: number) => readSync(descriptor, into, 0, into.length, position)
  return {
    size,
    at(position) {
      if (position < start || position >= end) {
        start = position
        end = position + read(window, position)
        if (end === position) throw new Error(`Expected an ONNX model, got ${size} bytes that are not one`)
      }
      return window[position - start]!
    },
    copy(from, to) {
      const bytes = new Uint8Array(to - from)
      if (read(bytes, from) !== bytes.length) throw new Error('The file became shorter while it was read')
      return bytes
    },
  }
}

interface Field {
  readonly id: number
  readonly wire: number
  /** Where its key begins, its content, and the next field. */
  readonly start: number
  readonly content: number
  readonly end: number
}

function* fieldsOf(bytes: Bytes, start: number, end: number): Generator<Field> {
  for (let at = start; at < end; ) {
    const key = varintAt(bytes, at)
    const wire = key.value & 7
    let content = key.next
    let next: number
    if (wire === lengthDelimited) {
      const length = varintAt(bytes, content)
      content = length.next
      next = content + length.value
    } else if (wire === varint) next = varintAt(bytes, content).next
    else if (wire === fixed64 || wire === fixed32) next = content + (wire === fixed64 ? 8 : 4)
    else throw notAModel(bytes)
    if (!(next <= end)) throw notAModel(bytes)
    yield { id: Math.floor(key.value / 8), wire, start: at, content, end: next }
    at = next
  }
}

const notAModel = ({ size }: Bytes) => new Error(`Expected an ONNX model, got ${size} bytes that are not one`)

function varintAt(bytes: Bytes, at: number): { value: number; next: number } {
  let value = 0
  for (let shift = 1, next = at; next < at + 10; shift *= 128) {
    const byte = bytes.at(next++)
    value += (byte & 127) * shift
    if (byte < 128) return { value, next }
  }
  throw notAModel(bytes)
}

/** The same model, in which large initializers name `file` as their external data. */
function slimModel(bytes: Bytes, file: string): Uint8Array {
  return rewritten(bytes, 0, bytes.size, field =>
    field.id === modelGraph && field.wire === lengthDelimited
      ? message(modelGraph, slimGraph(bytes, field, file))
      : undefined,
  )
}

function slimGraph(bytes: Bytes, graph: Field, file: string): Uint8Array {
  return rewritten(bytes, graph.content, graph.end, field => {
    const isLarge = field.id === graphInitializer && field.end - field.content > minStoredBytes
    const slim = isLarge ? slimTensor(bytes, field, file) : undefined
    return slim && message(graphInitializer, slim)
  })
}

/**
 * undefined for a tensor whose elements are elsewhere already, or in one of the typed fields of older writers; and for
 * integers of 64 bits, from which runtimes infer shapes before they open other files.
 */
function slimTensor(bytes: Bytes, tensor: Field, file: string): Uint8Array | undefined {
  let data: Field | undefined
  for (const field of fieldsOf(bytes, tensor.content, tensor.end)) {
    if (field.id === tensorDataType && varintAt(bytes, field.content).value === dataTypes.int64) return undefined
    if (field.id === tensorRawData) data = field
  }
  if (!data || data.end - data.content < minStoredBytes) return undefined
  const { content, end } = data
  const head = rewritten(bytes, tensor.content, tensor.end, ({ id }) =>
    id === tensorRawData ? new Uint8Array() : undefined,
  )
  const entries = { location: file, offset: String(content), length: String(end - content) }
  return Buffer.concat([
    head,
    ...Object.entries(entries).map(([key, value]) =>
      message(tensorExternalData, Buffer.concat([message(1, Buffer.from(key)), message(2, Buffer.from(value))])),
    ),
    Buffer.from([tensorDataLocation * 8 + varint, external]),
  ])
}

/** The fields between `start` and `end`, each as it is or as `change` gives it back with its key. */
function rewritten(
  bytes: Bytes,
  start: number,
  end: number,
  change: (field: Field) => Uint8Array | undefined,
): Uint8Array {
  const pieces: Uint8Array[] = []
  let copied = start
  for (const field of fieldsOf(bytes, start, end)) {
    const changed = change(field)
    if (!changed) continue
    pieces.push(bytes.copy(copied, field.start), changed)
    copied = field.end
  }
  return Buffer.concat([...pieces, bytes.copy(copied, end)])
}

function message(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([...varintOf(id * 8 + lengthDelimited), ...varintOf(content.length)]), content])
}

function varintOf(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varintOf(Math.floor(value / 128))]
}
