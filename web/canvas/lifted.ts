import type { Element } from '../../protocol/scene.ts'

/** Elements under a pen or being dragged: each stands in for the scene's own version until it is put down. */
export interface LiftedElements {
  readonly elements: ReadonlyMap<string, Element>
  lift(element: Element): void
  drop(id: string): void
  subscribe(listener: () => void): () => void
}

export function createLifted(): LiftedElements {
  const elements = new Map<string, Element>()
  const listeners = new Set<() => void>()
  function announce(): void {
    for (const listener of listeners) listener()
  }
  return {
    elements,
    lift(element) {
      elements.set(element.id, element)
      announce()
    },
    drop(id) {
      if (elements.delete(id)) announce()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
