import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter, StyleLayout } from '../../../engine/types/styles.ts'

/** Made by tools/reference/styles.py. */
const folder = join(import.meta.dirname, '../../fixtures/styles')

export function readFixture(name: string): Uint8Array {
  return readFileSync(join(folder, name))
}

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}

export function layoutOf(targets: StyleLayout['targets'], changes: Partial<StyleLayout> = {}): StyleLayout {
  const width = targets.reduce((sum, target) => sum + target.in + target.out, 0)
  return { targets, maxRank: 16, valuesPerRank: width, latentChannels: 4, modelHash: 'ab'.repeat(32), ...changes }
}

export function readLayout(name: string): StyleLayout {
  return layoutOf(readJson(name) as StyleLayout['targets'])
}

/** Bᵀ A of every target, (out, in). */
export function changesOf(
  { rank, values }: Adapter,
  { targets, valuesPerRank }: StyleLayout,
): Map<string, Float32Array> {
  const changes = new Map<string, Float32Array>()
  let column = 0
  for (const target of targets) {
    const change = new Float32Array(target.out * target.in)
    for (let k = 0; k < rank; k++) {
      const a = k * valuesPerRank + column
      const b = a + target.in
      for (let o = 0; o < target.out; o++) {
        for (let i = 0; i < target.in; i++) change[o * target.in + i]! += values[b + o]! * values[a + i]!
      }
    }
    changes.set(target.name, change)
    column += target.in + target.out
  }
  return changes
}

/** |found − wanted| / |wanted|, all of it together. */
export function relativeError(found: Iterable<Float32Array>, wanted: Iterable<Float32Array>): number {
  const others = [...wanted]
  let off = 0
  let size = 0
  for (const [n, values] of [...found].entries()) {
    for (const [i, value] of values.entries()) {
      off += (value - others[n]![i]!) ** 2
      size += others[n]![i]! ** 2
    }
  }
  return Math.sqrt(off / size)
}

/** -½ … ½, evenly spread and the same in every language. */
export function spread(count: number, start = 0): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => Number((BigInt(i + start) * 2654435761n) % 2n ** 32n) / 2 ** 32 - 0.5,
  )
}
