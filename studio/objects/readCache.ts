import type { ObjectStore } from './objectStore.ts'

/**
 * The same store; objects whose key says what they are (those below `files/`) are read from it once while there is room
 * for them, and once for all who want one at the same time.
 */
export function cacheReads(store: ObjectStore, maxBytes: number): ObjectStore {
  const cached = new Map<string, Uint8Array>()
  const reading = new Map<string, Promise<Uint8Array | null>>()
  let bytes = 0

  function forget(key: string): void {
    bytes -= cached.get(key)?.length ?? 0
    cached.delete(key)
  }

  function remember(key: string, object: Uint8Array): void {
    forget(key)
    if (object.length > maxBytes / 8) return
    cached.set(key, object)
    bytes += object.length
    for (const oldest of cached.keys()) {
      if (bytes <= maxBytes) return
      forget(oldest)
    }
  }

  async function readNow(key: string): Promise<Uint8Array | null> {
    const object = await store.read(key)
    if (object && reading.has(key)) remember(key, object)
    return object
  }

  return {
    ...store,
    async read(key) {
      if (!key.startsWith('files/')) return store.read(key)
      const known = cached.get(key)
      if (known) {
        remember(key, known)
        return known
      }
      const begun = reading.get(key) ?? readNow(key).finally(() => reading.delete(key))
      reading.set(key, begun)
      return begun
    },
    write(key, object, options) {
      forget(key)
      reading.delete(key)
      return store.write(key, object, options)
    },
    remove(key) {
      forget(key)
      reading.delete(key)
      return store.remove(key)
    },
  }
}
