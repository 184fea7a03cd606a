/** Large arrays of bytes travel by their hash: whoever has them already need not be sent them again. */
import { createHash } from 'node:crypto'
import type { Adapter } from '../engine/index.ts'
import type { Packed } from './protocol.ts'

/** Fewer are sent with the request. */
const leastBytes = 4096
const reference = '$sha256'

/** SHA-256, hex. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same value with large arrays of bytes replaced by references; `onBytes` gets each. */
export function pack(value: object, onBytes: (hash: string, bytes: Uint8Array) => void): Packed {
  const walk = (part: unknown): unknown => {
    if (part instanceof Uint8Array) {
      if (part.length < leastBytes) return part
      const hash = hashOf(part)
      onBytes(hash, part)
      return { [reference]: hash }
    }
    return mapParts(part, walk)
  }
  return walk(value) as Packed // an object is mapped to an object
}

/** The value that was packed. */
export async function unpack(value: Packed, bytesOf: (hash: string) => Promise<Uint8Array>): Promise<object> {
  const found = new Map<string, Promise<Uint8Array>>()
  const collect = (part: unknown): unknown => {
    const hash = hashIn(part)
    if (hash !== undefined) found.set(hash, found.get(hash) ?? bytesOf(hash))
    return mapParts(part, collect)
  }
  collect(value)
  const bytes = new Map(await Promise.all([...found].map(async ([hash, one]) => [hash, await one] as const)))
  const restore = (part: unknown): unknown => {
    const hash = hashIn(part)
    return hash === undefined ? mapParts(part, restore) : bytes.get(hash)
  }
  return restore(value) as object // a packed object
}

/** What has come over a socket, with plain arrays of bytes instead of Node's buffers, which behave differently. */
export function plain<Value>(value: Value): Value {
  const walk = (part: unknown): unknown =>
    Buffer.isBuffer(part) ? new Uint8Array(part.buffer, part.byteOffset, part.length) : mapParts(part, walk)
  return walk(value) as Value // nothing else has changed
}

/** An adapter as bytes: rank, the lengths of tint and texture, both, its values; 32 bits each, in this machine's order. */
export function adapterBytes({ rank, values, tint = none, texture = none }: Adapter): Uint8Array {
  const floats = new Float32Array(headerLength + tint.length + texture.length + values.length)
  new Uint32Array(floats.buffer).set([rank, tint.length, texture.length])
  floats.set(tint, headerLength)
  floats.set(texture, headerLength + tint.length)
  floats.set(values, headerLength + tint.length + texture.length)
  return new Uint8Array(floats.buffer)
}

export function adapterOf(bytes: Uint8Array): Adapter {
  const floats = floatsOf(bytes)
  const [rank = 0, tintLength = 0, textureLength = 0] = new Uint32Array(floats.buffer, 0, headerLength)
  const tintEnd = headerLength + tintLength
  const textureEnd = tintEnd + textureLength
  return {
    rank,
    values: floats.slice(textureEnd),
    ...(tintLength > 0 && { tint: floats.slice(headerLength, tintEnd) }),
    ...(textureLength > 0 && { texture: floats.slice(tintEnd, textureEnd) }),
  }
}

const headerLength = 3
const none = new Float32Array()

/** Numbers that came as bytes; a copy, since those of a message begin anywhere. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer)
}

function hashIn(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null || !(reference in part)) return undefined
  const hash = part[reference]
  return typeof hash === 'string' ? hash : undefined
}

function mapParts(part: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(part)) return part.map(map)
  if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, map(value)]))
}

/** What was used last, up to so many bytes. */
export interface ByteCache {
  get(hash: string): Uint8Array | undefined
  set(hash: string, bytes: Uint8Array): void
}

export function createByteCache(maxBytes: number): ByteCache {
  const kept = new Map<string, Uint8Array>()
  let size = 0
  return {
    get(hash) {
      const bytes = kept.get(hash)
      if (bytes) {
        kept.delete(hash)
        kept.set(hash, bytes)
      }
      return bytes
    },
    set(hash, bytes) {
      if (kept.has(hash) || bytes.length > maxBytes) return
      kept.set(hash, bytes)
      size += bytes.length
      for (const [oldest, { length }] of kept) {
        if (size <= maxBytes) break
        kept.delete(oldest)
        size -= length
      }
    },
  }
}
