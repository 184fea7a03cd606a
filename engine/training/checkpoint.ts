import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Everything that a run needs to go on as if it had never stopped: named arrays and a small record beside them.
 *
 * File: `FSCP`, length of the header (uint32), header (JSON), then the arrays as little-endian float32, in its order.
 */
export interface Checkpoint {
  readonly record: CheckpointRecord
  readonly arrays: Readonly<Record<string, Float32Array>>
}

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

/** Writes beside the old file and renames over it, so that at every moment one whole checkpoint exists. */
export async function saveCheckpoint(file: string, { record, arrays }: Checkpoint): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const lengths = Object.entries(arrays).map(([name, { length }]) => ({ name, length }))
  const header = Buffer.from(JSON.stringify({ ...record, arrays: lengths }))
  const start = Buffer.alloc(8)
  start.write(magic, 0, 'latin1')
  start.writeUInt32LE(header.length, 4)
  const descriptor = openSync(`${file}.new`, 'w')
  try {
    writeAll(descriptor, start)
    writeAll(descriptor, header)
    for (const array of Object.values(arrays)) {
      writeAll(descriptor, Buffer.from(array.buffer, array.byteOffset, array.byteLength))
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${file}.new`, file)
}

export function loadCheckpoint(file: string): Checkpoint {
  const bytes = readFileSync(file)
  if (bytes.toString('latin1', 0, 4) !== magic) throw new Error(`Expected ${file} to be a checkpoint, got other bytes.`)
  const headerEnd = 8 + bytes.readUInt32LE(4)
  const { arrays: lengths, ...record } = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as CheckpointRecord & {
    readonly arrays: readonly { readonly name: string; readonly length: number }[]
  }
  const expected = headerEnd + lengths.reduce((sum, { length }) => sum + length * 4, 0)
  if (bytes.length !== expected) {
    throw new Error(`Expected ${file} to have ${expected} bytes, got ${bytes.length}: it was cut off. Delete it.`)
  }
  let at = headerEnd
  const arrays: Record<string, Float32Array> = {}
  for (const { name, length } of lengths) {
    const array = new Float32Array(length)
    Buffer.from(array.buffer).set(bytes.subarray(at, at + length * 4))
    arrays[name] = array
    at += length * 4
  }
  return { record, arrays }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}
