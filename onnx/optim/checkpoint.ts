import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Everything that a run needs to go on as if it had never stopped: named arrays and a small record beside them.
 *
 * File: `FSCP`, length of the header (uint32), header (JSON), then the arrays as little-endian float32, in its order.
 */
export interface Checkpoint<Stored = CheckpointRecord> {
  readonly record: Stored
  readonly arrays: Arrays
}
type Arrays = Readonly<Record<string, Float32Array>>

export interface CheckpointRecord {
  readonly stage: string
  /** Steps taken; also the position in the data, which is a function of the step. */
  readonly step: number
  readonly random: readonly number[]
  /** Running loss, and the best it has been; null before there was one. */
  readonly loss: number | null
  readonly bestLoss: number | null
  /** Seconds of training so far, over all restarts. */
  readonly seconds: number
  /** What must not change between restarts: network, data, optimizer. */
  readonly recipe: unknown
}

const magic = 'FSCP'

/** The file's pieces, one after another. */
function piecesOf<Stored extends object>({ record, arrays }: Checkpoint<Stored>): Buffer[] {
  const lengths = Object.entries(arrays).map(([name, { length }]) => ({ name, length }))
  const header = Buffer.from(JSON.stringify({ ...record, arrays: lengths }))
  const start = Buffer.alloc(8)
  start.write(magic, 0, 'latin1')
  start.writeUInt32LE(header.length, 4)
  const values = Object.values(arrays)
  return [start, header, ...values.map(array => Buffer.from(array.buffer, array.byteOffset, array.byteLength))]
}

export function encodeCheckpoint<Stored extends object>(checkpoint: Checkpoint<Stored>): Uint8Array {
  return Buffer.concat(piecesOf(checkpoint))
}

/** Writes beside the old file and renames over it, so that at every moment one whole checkpoint exists. */
export async function saveCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const descriptor = openSync(`${file}.new`, 'w')
  try {
    for (const piece of piecesOf(checkpoint)) writeAll(descriptor, piece)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${file}.new`, file)
}

export function loadCheckpoint(file: string): Checkpoint {
  return decodeCheckpoint(readFileSync(file), file)
}

/** `name` is what a damaged one is called in the error. */
export function decodeCheckpoint<Stored extends object = CheckpointRecord>(
  file: Uint8Array,
  name: string,
): Checkpoint<Stored> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.toString('latin1', 0, 4) !== magic) throw new Error(`Expected ${name} to be a checkpoint, got other bytes.`)
  const headerEnd = 8 + bytes.readUInt32LE(4)
  const { arrays: lengths, ...record } = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Stored & {
    readonly arrays: readonly { readonly name: string; readonly length: number }[]
  }
  const expected = headerEnd + lengths.reduce((sum, { length }) => sum + length * 4, 0)
  if (bytes.length !== expected) {
    throw new Error(`Expected ${name} to have ${expected} bytes, got ${bytes.length}: it was cut off. Delete it.`)
  }
  let at = headerEnd
  const arrays: Record<string, Float32Array> = {}
  for (const { name: array, length } of lengths) {
    const values = new Float32Array(length)
    Buffer.from(values.buffer).set(bytes.subarray(at, at + length * 4))
    arrays[array] = values
    at += length * 4
  }
  // What is left of the header is the record, as `piecesOf` wrote it.
  return { record: record as unknown as Stored, arrays }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}
