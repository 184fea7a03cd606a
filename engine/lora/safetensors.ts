import { isFinite32 } from '../../onnx/finite.ts'
import { UserError } from '../../protocol/errors.ts'
import { type FileType, fileTypes, type WrittenType, writers } from './elementTypes.ts'
import { parseStrictJson, type StrictJson } from './strictJson.ts'

/**
 * A `.safetensors` file: the length of the header (uint64), the header (JSON), then the tensors, little-endian and
 * without a gap. Format: github.com/huggingface/safetensors, README.
 */
export interface TensorFile {
  /** Its `__metadata__`: texts that programs leave for each other. */
  readonly metadata: ReadonlyMap<string, string>
  readonly tensors: ReadonlyMap<string, FileTensor>
}

export interface FileTensor {
  readonly shape: readonly number[]
  /** A fresh copy as float32; refuses NaN and infinity. One at a time keeps the memory small. */
  read(): Float32Array
}

/** A header may be 100 MB by the format. A kilobyte for each of 2000 tensors is plenty, and what it unfolds to stays small. */
export const maxHeaderBytes = 2 * 2 ** 20
const maxDimensions = 8

/** Reads the header of a .safetensors file and validates all of it; refuses what is not exactly such a file. Values are read when asked for. */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  const { header, data } = cut(bytes)
  const metadata = new Map<string, string>()
  const tensors = new Map<string, FileTensor>()
  const ranges: { readonly name: string; readonly begin: number; readonly end: number }[] = []
  for (const [name, entry] of header) {
    if (name === '__metadata__') {
      if (!(entry instanceof Map)) refuse('__metadata__', 'an object of texts')
      for (const [key, text] of entry) metadata.set(key, typeof text === 'string' ? text : refuse(key, 'text'))
      continue
    }
    const { type, shape, begin, end } = checkEntry(name, entry, data.length)
    ranges.push({ name, begin, end })
    tensors.set(name, {
      shape,
      read: () => {
        const values = fileTypes[type].decode(data.subarray(begin, end))
        if (!isFinite32(values)) refuse(name, 'finite numbers, found NaN or infinity')
        return values
      },
    })
  }
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of ranges) {
    if (begin !== at) refuse(name, `to begin at byte ${at}, where the one before it ends, got ${begin}`)
    at = end
  }
  if (at !== data.length) {
    throw unreadable(`its ${ranges.length} tensors to fill ${data.length} bytes, got ${at}: it was cut off or added to`)
  }
  return { metadata, tensors }
}

/** The header begins at a multiple of 8 and so do, for any shape, the tensors: spaces fill it up. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>,
  metadata: Readonly<Record<string, string>> = {},
  type: WrittenType = 'F32',
): Uint8Array {
  const header: [string, unknown][] = [['__metadata__', metadata]]
  const parts: Uint8Array[] = []
  let at = 0
  for (const [name, { shape, values }] of tensors) {
    if (name === '__metadata__' || shape.reduce((product, size) => product * size, 1) !== values.length) {
      throw new Error(`Expected ${values.length} values of shape [${shape}] and another name than "${name}".`)
    }
    if (!isFinite32(values)) throw new Error(`Expected finite numbers in ${name}.`)
    const encoded = writers[type](values)
    header.push([name, { dtype: type, shape, data_offsets: [at, at + encoded.length] }])
    parts.push(encoded)
    at += encoded.length
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)))
  const start = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ')
  start.writeBigUInt64LE(BigInt(start.length - 8))
  text.copy(start, 8)
  return Buffer.concat([start, ...parts])
}

function cut(bytes: Uint8Array): { readonly header: ReadonlyMap<string, StrictJson>; readonly data: Uint8Array } {
  if (bytes.length < 8) throw unreadable(`at least 8 bytes, got ${bytes.length}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > maxHeaderBytes) throw unreadable(`a header of at most ${maxHeaderBytes} bytes, got ${length}`)
  const headerEnd = 8 + Number(length)
  if (headerEnd > bytes.length) throw unreadable(`a header of ${length} bytes, got ${bytes.length - 8}: it was cut off`)
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, headerEnd))
    const header = parseStrictJson(json)
    if (!(header instanceof Map)) throw new SyntaxError('expected an object')
    return { header, data: bytes.subarray(headerEnd) }
  } catch (cause) {
    throw unreadable(`a header in JSON: ${(cause as Error).message}`, cause)
  }
}

function checkEntry(name: string, entry: StrictJson, dataBytes: number) {
  if (!(entry instanceof Map) || entry.size !== 3) refuse(name, 'a dtype, a shape and data_offsets, and nothing else')
  const type = entry.get('dtype')
  if (!isFileType(type)) refuse(name, `a dtype of ${Object.keys(fileTypes).join(', ')}, got ${JSON.stringify(type)}`)
  const shape = wholeNumbers(name, 'shape', entry.get('shape'))
  if (shape.length > maxDimensions) refuse(name, `at most ${maxDimensions} dimensions, got ${shape.length}`)
  const [begin, end, ...more] = wholeNumbers(name, 'data_offsets', entry.get('data_offsets'))
  if (begin === undefined || end === undefined || more.length > 0 || begin > end || end > dataBytes) {
    const isCut = begin !== undefined && end !== undefined && begin <= end
    const found = `${begin} and ${end}${isCut ? ': the file was cut off' : ''}`
    refuse(name, `two data_offsets between 0 and ${dataBytes}, got ${found}`)
  }
  // A product beyond 2⁵³ is inexact, but never small again, unless a dimension is 0.
  const expected = shape.reduce((product, size) => product * size, fileTypes[type].bytes)
  if (end - begin !== expected) refuse(name, `${expected} bytes for ${type} [${shape}], got ${end - begin}`)
  return { type, shape, begin, end }
}

function wholeNumbers(name: string, field: string, json: StrictJson | undefined): readonly number[] {
  if (!Array.isArray(json)) refuse(name, `a list for ${field}`)
  return json.map(item => (typeof item === 'number' ? item : refuse(name, `whole numbers in ${field}`)))
}

function isFileType(word: StrictJson | undefined): word is FileType {
  return typeof word === 'string' && Object.hasOwn(fileTypes, word)
}

function refuse(name: string, expected: string): never {
  throw new UserError(
    'style/file',
    `Expected a safetensors file; in ${JSON.stringify(name.slice(0, 100))}: expected ${expected}.`,
  )
}

function unreadable(expected: string, cause?: unknown): UserError {
  return new UserError('style/file', `Expected a safetensors file with ${expected}.`, { cause })
}
