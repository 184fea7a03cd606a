/** Requests and styles on their way to engines: large arrays stay here, named by their hash, until an engine asks. */
import type { Adapter, PaintRequest } from '../engine/index.ts'
import { createByteStore } from './byteStore.ts'
import { adapterBytes, hashOf, pack } from './bytes.ts'
import { type Caller, stylesOf } from './callers.ts'
import type { Packed } from './protocol.ts'
import { withStyleIds } from './requestStyles.ts'

export interface RequestBytes {
  get(hash: string): Uint8Array | null
  /** As an engine gets it; the same each time, unless it has changed. */
  packedOf(caller: Caller): Packed
  /** It has ended: engines ask for nothing of it any more. */
  release(caller: Caller): void
  hasStyle(id: string): boolean
  /** Hashes of the adapters that a request names. */
  styleHashesOf(request: PaintRequest): string[]
  registerStyle(id: string, style: Adapter): void
  /** Names it no more; returns what lets go of its bytes, null where there is none. Who has packed it keeps them. */
  unregisterStyle(id: string): (() => void) | null
}

export function createRequestBytes(): RequestBytes {
  const bytes = createByteStore()
  /** Hashes of adapters by the names that they were registered under. */
  const styles = new Map<string, string>()

  function pictureOf(request: PaintRequest, hold: (hash: string, bytes: Uint8Array) => void): Packed {
    const named = withStyleIds(request, id => {
      const hash = styles.get(id)!
      hold(hash, bytes.get(hash)!)
      return hash
    })
    // A live frame is painted once: its pixels go with it.
    return named.priority === 'live' ? { ...named } : pack(named, hold)
  }

  return {
    get: hash => bytes.get(hash),
    packedOf(caller) {
      const hold = (hash: string, content: Uint8Array) => {
        if (caller.held.has(hash)) return
        caller.held.add(hash)
        bytes.hold(hash, content)
      }
      caller.packed ??= caller.kind === 'learning' ? pack(caller.request, hold) : pictureOf(caller.request, hold)
      return caller.packed
    },
    release({ held }) {
      for (const hash of held) bytes.release(hash)
    },
    hasStyle: id => styles.has(id),
    styleHashesOf: request => stylesOf(request).flatMap(style => styles.get(style) ?? []),
    registerStyle(id, style) {
      const content = adapterBytes(style)
      const hash = hashOf(content)
      const before = styles.get(id)
      bytes.hold(hash, content)
      styles.set(id, hash)
      if (before !== undefined) bytes.release(before)
    },
    unregisterStyle(id) {
      const hash = styles.get(id)
      if (hash === undefined) return null
      styles.delete(id)
      return () => bytes.release(hash)
    },
  }
}
