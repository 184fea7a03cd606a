import { createHash } from 'node:crypto'
import { isFinite32 } from '../../onnx/finite.ts'
import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Adapter, StyleLayout, StyleTarget } from '../types/styles.ts'
import { eachTarget, kindsOf, targetsHint, unknownTargets } from './layout.ts'
import { blockSize, dequantize, groupSize, type Nf4, quantize } from './nf4.ts'
import { textureLength } from './texture.ts'
import { tintLength } from './tint.ts'

/**
 * A style as it is stored: NF4 with double quantization, in two halves, first every A and then every B, matrix after
 * matrix. B grows from zero and stays far smaller than A: under one mean, A's rounding would drown it
 * (docs/styles.md, "Files and storage", has the figures).
 *
 * Bytes, little-endian: `FSN4`, version (uint16), rank (uint16), values of one rank in A and in B (uint32 each), SHA-256
 * of the model, the first 16 bytes of the SHA-256 of the targets; then for each half mean (float32), groups (float32),
 * magnitudes (uint8), levels (4 bits); from version 2 on the tint (float32, as many as its model's latents take) follows, in
 * version 3 the texture (halves) behind it.
 */
const magic = 'FSN4'
const versions = { plain: 1, withTint: 2, withTexture: 3 } as const
const headerBytes = 4 + 2 + 2 + 4 + 4 + 32 + 16

export function storeStyle({ rank, values, tint, texture }: Adapter, layout: StyleLayout): Uint8Array {
  if (values.length !== rank * layout.valuesPerRank || rank < 1 || rank > 0xffff) {
    throw new Error(`Expected ${rank} × ${layout.valuesPerRank} values of an adapter, got ${values.length}.`)
  }
  const sizes = halfSizes(layout.targets)
  const header = Buffer.alloc(headerBytes)
  header.write(magic, 0, 'latin1')
  header.writeUInt16LE(texture ? versions.withTexture : tint ? versions.withTint : versions.plain, 4)
  header.writeUInt16LE(rank, 6)
  header.writeUInt32LE(sizes.a, 8)
  header.writeUInt32LE(sizes.b, 12)
  header.write(layout.modelHash, 16, 'hex')
  targetsHash(layout.targets).copy(header, 48)
  const a = new Float32Array(rank * sizes.a)
  const b = new Float32Array(rank * sizes.b)
  eachRow(layout.targets, layout, rank, (row, half, at) =>
    (half === 'a' ? a : b).set(values.subarray(row.start, row.end), at),
  )
  const noTint = texture && new Float32Array(tintLength(layout.latentChannels))
  const colours = tint ?? noTint
  const behind = [...(colours ? [colours.slice()] : []), ...(texture ? [floatToHalf(texture)] : [])]
  return Buffer.concat([
    header,
    ...[a, b].flatMap(half => bytesOf(quantize(half))),
    ...behind.map(part => new Uint8Array(part.buffer)),
  ])
}

/**
 * The adapter again, each value off by 9 % of its size on average. `targets` are those of the layout that it was stored
 * with; what else the layout has stays as it is. Refuses what is broken, of another model, or of targets that have no
 * place here. Beside the adapter it allocates sixteen times the blob at most, whatever the blob claims.
 */
export function loadStoredStyle(blob: Uint8Array, layout: StyleLayout, targets = layout.targets): Adapter {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 4) !== magic) {
    throw broken(`${headerBytes} bytes and more that begin with ${magic}, got ${bytes.length} other bytes`)
  }
  const version = bytes.readUInt16LE(4)
  if (version < versions.plain || version > versions.withTexture) throw broken(`version 1 to 3, got ${version}`)
  const modelHash = bytes.toString('hex', 16, 48)
  if (modelHash !== layout.modelHash) {
    throw new UserError(
      'style/model',
      `Expected a style of the model ${layout.modelHash.slice(0, 12)}, got one of ${modelHash.slice(0, 12)}.`,
    )
  }
  checkTargets(targets, layout)
  if (!targetsHash(targets).equals(bytes.subarray(48, 64))) {
    throw new UserError('style/model', 'Expected a style of the same projections of the model, got one of others.')
  }
  const rank = bytes.readUInt16LE(6)
  const sizes = halfSizes(targets)
  if (rank < 1 || bytes.readUInt32LE(8) !== sizes.a || bytes.readUInt32LE(12) !== sizes.b) {
    throw broken(`a rank, ${sizes.a} and ${sizes.b} values of each`)
  }
  const end = headerBytes + storedBytes(rank * sizes.a) + storedBytes(rank * sizes.b)
  const tintEnd = end + (version >= versions.withTint ? 4 * tintLength(layout.latentChannels) : 0)
  const expected = tintEnd + (version === versions.withTexture ? 2 * textureLength : 0)
  if (bytes.length !== expected) throw broken(`${expected} bytes for rank ${rank}, got ${bytes.length}`)

  const middle = headerBytes + storedBytes(rank * sizes.a)
  const a = dequantize(nf4Of(bytes.subarray(headerBytes, middle), rank * sizes.a))
  const b = dequantize(nf4Of(bytes.subarray(middle, end), rank * sizes.b))
  const tint = tintEnd > end && new Float32Array(new Uint8Array(bytes.subarray(end, tintEnd)).buffer)
  const texture = expected > tintEnd && halfToFloat(new Uint16Array(new Uint8Array(bytes.subarray(tintEnd)).buffer))
  const values = new Float32Array(rank * layout.valuesPerRank)
  eachRow(targets, layout, rank, ({ start, end }, half, at) =>
    values.set((half === 'a' ? a : b).subarray(at, at + end - start), start),
  )
  if (![values, tint, texture].every(part => !part || isFinite32(part))) {
    throw broken('finite numbers, found NaN or infinity')
  }
  return { rank, values, ...(tint && { tint }), ...(texture && { texture }) }
}

/** Throws `UserError` with the cure where a style changes what styles of this layout do not. */
export function checkTargets(targets: readonly StyleTarget[], layout: StyleLayout): void {
  const unknown = unknownTargets(layout, targets)
  if (unknown.length === 0) return
  throw new UserError(
    'style/model',
    `This style changes ${kindsOf(unknown).join(', ')} too. ${targetsHint(
      layout.targets,
      unknown.map(({ name }) => name),
    )} Otherwise learn it again.`,
  )
}

/** Bytes of so many values in NF4 with double quantization. */
function storedBytes(values: number): number {
  const blocks = Math.ceil(values / blockSize)
  return 4 + 4 * Math.ceil(blocks / groupSize) + blocks + Math.ceil(values / 2)
}

function bytesOf({ mean, groups, magnitudes, levels }: Nf4): Uint8Array[] {
  const floats = Float32Array.of(mean, ...groups)
  return [new Uint8Array(floats.buffer), magnitudes, levels]
}

function nf4Of(bytes: Uint8Array, count: number): Nf4 {
  const blocks = Math.ceil(count / blockSize)
  const floatsEnd = 4 + 4 * Math.ceil(blocks / groupSize)
  const floats = new Float32Array(new Uint8Array(bytes.subarray(0, floatsEnd)).buffer)
  return {
    count,
    mean: floats[0]!,
    groups: floats.subarray(1),
    magnitudes: bytes.subarray(floatsEnd, floatsEnd + blocks),
    levels: bytes.subarray(floatsEnd + blocks),
  }
}

/** Where each row of A and of B lies in an adapter of the layout, and where in the half of these targets. */
function eachRow(
  targets: readonly StyleTarget[],
  layout: StyleLayout,
  rank: number,
  visit: (row: { readonly start: number; readonly end: number }, half: 'a' | 'b', at: number) => void,
): void {
  const columns = new Map<string, number>()
  eachTarget(layout, ({ name }, column) => columns.set(name, column))
  const at = { a: 0, b: 0 }
  for (const target of targets) {
    let column = columns.get(target.name)!
    for (const [half, size] of [['a', target.in] as const, ['b', target.out] as const]) {
      for (let start = column; start < rank * layout.valuesPerRank; start += layout.valuesPerRank) {
        visit({ start, end: start + size }, half, at[half])
        at[half] += size
      }
      column += size
    }
  }
}

function halfSizes(targets: readonly StyleTarget[]): { readonly a: number; readonly b: number } {
  return {
    a: targets.reduce((sum, target) => sum + target.in, 0),
    b: targets.reduce((sum, target) => sum + target.out, 0),
  }
}

function targetsHash(targets: readonly StyleTarget[]): Buffer {
  const text = JSON.stringify(targets.map(target => [target.name, target.in, target.out]))
  return createHash('sha256').update(text).digest().subarray(0, 16)
}

function broken(expected: string): UserError {
  return new UserError('style/file', `Expected a stored style: ${expected}. It was damaged; restore it from a backup.`)
}
