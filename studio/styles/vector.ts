import { blockSize, dequantize, groupSize, quantize } from '../../engine/lora/nf4.ts'
import type { Adapter } from '../../engine/styles.ts'

/**
 * An adapter as the database keeps it: NF4 with double quantization (engine/lora/nf4.ts), one after the other the count
 * of values (uint32), the mean (float32), groups (float32), magnitudes and levels (bytes). Little-endian.
 */
export function packVector({ values }: Adapter): Uint8Array {
  const { count, mean, groups, magnitudes, levels } = quantize(values)
  const head = new DataView(new ArrayBuffer(8 + groups.length * 4))
  head.setUint32(0, count, true)
  head.setFloat32(4, mean, true)
  groups.forEach((group, index) => {
    head.setFloat32(8 + index * 4, group, true)
  })
  return Buffer.concat([new Uint8Array(head.buffer), magnitudes, levels])
}

export function unpackVector(rank: number, bytes: Uint8Array): Adapter {
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = head.getUint32(0, true)
  const blocks = Math.ceil(count / blockSize)
  const groups = Float32Array.from({ length: Math.ceil(blocks / groupSize) }, (_, index) =>
    head.getFloat32(8 + index * 4, true),
  )
  const magnitudesAt = 8 + groups.length * 4
  const levelsAt = magnitudesAt + blocks
  const expected = levelsAt + Math.ceil(count / 2)
  if (bytes.length !== expected) throw new Error(`Expected a style of ${expected} bytes, got ${bytes.length}.`)
  const values = dequantize({
    ...{ count, mean: head.getFloat32(4, true), groups },
    ...{ magnitudes: bytes.subarray(magnitudesAt, levelsAt), levels: bytes.subarray(levelsAt) },
  })
  return { rank, values }
}
