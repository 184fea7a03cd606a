/** What engines may ask a client for: the bytes of its jobs and styles, as long as somebody holds them. */
export interface ByteStore {
  hold(hash: string, bytes: Uint8Array): void
  release(hash: string): void
  get(hash: string): Uint8Array | null
}

export function createByteStore(): ByteStore {
  const held = new Map<string, { readonly bytes: Uint8Array; holders: number }>()
  return {
    hold(hash, bytes) {
      const known = held.get(hash)
      if (known) known.holders++
      else held.set(hash, { bytes, holders: 1 })
    },
    release(hash) {
      const known = held.get(hash)
      if (!known) return
      known.holders--
      if (known.holders === 0) held.delete(hash)
    },
    get: hash => held.get(hash)?.bytes ?? null,
  }
}
