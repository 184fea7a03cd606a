/** Adapters that an engine has in memory for its clients, by hash: those that pictures wait for, and those used last. */
import type { AbleEngine } from '../engine/index.ts'
import { adapterOf } from './bytes.ts'

const maxStyles = 64

export interface StyleMemory {
  hashes(): readonly string[]
  /** Has them in memory until `release`; what is missing is fetched. Throws `UserError` for one that does not fit. */
  hold(hashes: readonly string[], bytesOf: (hash: string) => Promise<Uint8Array>): Promise<{ release(): void }>
}

export function createStyleMemory(engine: Pick<AbleEngine, 'registerStyle' | 'unregisterStyle'>): StyleMemory {
  /** Those used longest ago first. */
  const holders = new Map<string, number>()

  function makeRoom(): void {
    for (const [hash, count] of holders) {
      if (holders.size <= maxStyles) return
      if (count > 0) continue
      holders.delete(hash)
      engine.unregisterStyle(hash)
    }
  }

  function change(hash: string, by: number): void {
    const count = holders.get(hash) ?? 0
    holders.delete(hash)
    holders.set(hash, count + by)
  }

  return {
    hashes: () => [...holders.keys()],
    async hold(hashes, bytesOf) {
      const missing = hashes.filter(hash => !holders.has(hash))
      const fetched = await Promise.all(missing.map(async hash => [hash, adapterOf(await bytesOf(hash))] as const))
      for (const [hash, adapter] of fetched) if (!holders.has(hash)) engine.registerStyle(hash, adapter)
      for (const hash of hashes) change(hash, 1)
      makeRoom()
      return {
        release() {
          for (const hash of hashes) change(hash, -1)
        },
      }
    },
  }
}
