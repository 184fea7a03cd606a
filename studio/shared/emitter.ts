/** Who listens to which id. */
export interface Facts<Id, Fact> {
  tell(id: Id, fact: Fact): void
  listen(id: Id, listener: (fact: Fact) => void): () => void
}

export function openFacts<Id, Fact>(onBug: (error: unknown) => void): Facts<Id, Fact> {
  const listeners = new Map<Id, Set<(fact: Fact) => void>>()
  return {
    tell(id, fact) {
      for (const listener of [...(listeners.get(id) ?? [])]) {
        // A listener that fails must not keep what happened from being written down.
        try {
          listener(fact)
        } catch (error) {
          onBug(error)
        }
      }
    },
    listen(id, listener) {
      const all = listeners.get(id) ?? new Set()
      listeners.set(id, all.add(listener))
      return () => {
        all.delete(listener)
        if (all.size === 0 && listeners.get(id) === all) listeners.delete(id)
      }
    },
  }
}
