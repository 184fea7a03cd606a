import type { StyleId } from '../shared/ids.ts'

/** Who wants to hear that something about a style has changed. */
export interface Changes {
  changed(style: StyleId): void
  onChange(listener: (style: StyleId) => void): () => void
}

/** Tells listeners of this program. */
export function createChanges(onError: (error: unknown) => void): Changes {
  const listeners = new Set<(style: StyleId) => void>()
  return {
    changed(style) {
      for (const listener of [...listeners]) {
        // One that fails must not keep the others from hearing of it.
        try {
          listener(style)
        } catch (error) {
          onError(error)
        }
      }
    },

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
