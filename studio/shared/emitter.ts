/** Who listens to which id. */
export interface Emitter<Id, Event> {
  emit(id: Id, event: Event): void
  on(id: Id, listener: (event: Event) => void): () => void
}

/** An emitter with a set of listeners per id. */
export function createEmitter<Id, Event>(onError: (error: unknown) => void): Emitter<Id, Event> {
  const listeners = new Map<Id, Set<(event: Event) => void>>()
  return {
    emit(id, event) {
      for (const listener of [...(listeners.get(id) ?? [])]) {
        // A listener that fails must not keep what happened from being written down.
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    on(id, listener) {
      const all = listeners.get(id) ?? new Set()
      listeners.set(id, all.add(listener))
      return () => {
        all.delete(listener)
        if (all.size === 0 && listeners.get(id) === all) listeners.delete(id)
      }
    },
  }
}
