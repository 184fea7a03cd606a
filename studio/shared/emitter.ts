import { createGuard } from '../../protocol/guard.ts'

/** Who listens to which id. */
export interface Emitter<Id, Event> {
  emit(id: Id, event: Event): void
  on(id: Id, listener: (event: Event) => void): () => void
}

/** An emitter with a set of listeners per id. */
export function createEmitter<Id, Event>(onError: (error: unknown) => void): Emitter<Id, Event> {
  const listeners = new Map<Id, Set<(event: Event) => void>>()
  const guard = createGuard((_, error) => onError(error))
  return {
    emit(id, event) {
      for (const listener of [...(listeners.get(id) ?? [])]) listener(event)
    },
    on(id, listener) {
      // A listener that fails must not keep what happened from being written down.
      const guarded = guard('An event could not be handled', listener)
      const all = listeners.get(id) ?? new Set()
      listeners.set(id, all.add(guarded))
      return () => {
        all.delete(guarded)
        if (all.size === 0 && listeners.get(id) === all) listeners.delete(id)
      }
    },
  }
}
