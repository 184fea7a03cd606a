import { useSyncExternalStore } from 'react'

/** A value that tells when it changed. The canvas listens to it directly, React through `useStore`. */
export interface Readable<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

/** A value that anybody who holds it may change. */
export interface Store<T> extends Readable<T> {
  set(next: T): void
  update(change: (value: T) => T): void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  const store: Store<T> = {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    update: change => store.set(change(value)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return store
}

/** One field of a store's value; tells only when that field is another one. */
export function fieldOf<T, K extends keyof T>(store: Readable<T>, key: K): Readable<T[K]> {
  return {
    get: () => store.get()[key],
    subscribe(listener) {
      let last = store.get()[key]
      return store.subscribe(() => {
        const now = store.get()[key]
        if (Object.is(now, last)) return
        last = now
        listener()
      })
    },
  }
}

/** Resolves once the value is as it should be; at once if it is so already. */
export function until<T>(store: Readable<T>, isReached: (value: T) => boolean): Promise<void> {
  return new Promise(resolve => {
    if (isReached(store.get())) return resolve()
    const stop = store.subscribe(() => {
      if (!isReached(store.get())) return
      stop()
      resolve()
    })
  })
}

export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}
