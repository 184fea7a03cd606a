import type { AskId, PictureFact } from './studio.ts'

type Listener = (fact: PictureFact) => void

/** Who listens to which ask. */
export interface Facts {
  tell(ask: AskId, fact: PictureFact): void
  listen(ask: AskId, listener: Listener): () => void
}

export function openFacts(onBug: (error: unknown) => void): Facts {
  const listeners = new Map<AskId, Set<Listener>>()
  return {
    tell(ask, fact) {
      for (const listener of [...(listeners.get(ask) ?? [])]) {
        // A listener that fails must not keep a picture from being written down.
        try {
          listener(fact)
        } catch (error) {
          onBug(error)
        }
      }
    },
    listen(ask, listener) {
      const all = listeners.get(ask) ?? new Set()
      listeners.set(ask, all.add(listener))
      return () => {
        all.delete(listener)
        if (all.size === 0 && listeners.get(ask) === all) listeners.delete(ask)
      }
    },
  }
}
