import { applyOperation } from './apply.ts'
import type { StoredOperation } from './events.ts'
import type { Operation, Scene, SceneElement } from './scene.ts'
import { createSceneElements } from './sceneElements.ts'

/** The stored scene, and on top of it what I have done that is not stored yet. */
export interface PredictedScene {
  /** The same object for ever, filled anew. */
  readonly scene: Scene
  /** Counts changes of `scene`. */
  readonly version: number
  /** Everything stored, in place of what was; says which ids may differ. */
  replace(elements: readonly SceneElement[]): Set<string>
  /** The same beside what is stored. */
  extend(elements: readonly SceneElement[]): Set<string>
  /** A stored operation was accepted once, in this order; where it changes only what this page never had, nothing happens. Adds the ids that it changed. */
  store(operation: StoredOperation, changed: Set<string>): void
  /** Shows what is stored again where it changed, and these operations of `author` on top of it. */
  rebase(changed: Set<string>, pending: readonly Operation[], author: string): void
  /** Shows these on top, at once. */
  show(elements: readonly SceneElement[]): void
  /** Calls back with the ids that may look different; returns what stops it. */
  subscribe(listener: (changed: ReadonlySet<string>) => void): () => void
}

export function createPredictedScene(): PredictedScene {
  let stored = createSceneElements()
  const shown = new Map<string, SceneElement>()
  const scene: Scene = { elements: shown }
  /** Ids that pending operations have touched in `shown`. */
  let touched = new Set<string>()
  let version = 0
  const listeners = new Set<(changed: ReadonlySet<string>) => void>()

  function emit(changed: ReadonlySet<string>) {
    if (changed.size === 0) return
    version++
    for (const listener of listeners) listener(changed)
  }

  function put(elements: readonly SceneElement[]) {
    for (const element of elements) {
      shown.set(element.id, element)
      touched.add(element.id)
    }
  }

  return {
    scene,
    get version() {
      return version
    },

    replace(elements) {
      const changed = new Set(stored.all.keys())
      stored = createSceneElements(elements)
      for (const id of stored.all.keys()) changed.add(id)
      return changed
    },

    extend(elements) {
      stored.put(elements)
      return new Set(elements.map(({ id }) => id))
    },

    store({ operation, author, restored }, changed) {
      const applied = applyOperation({ elements: stored.all }, operation, author)
      const elements = restored ?? (applied.ok ? applied.changed : [])
      for (const { id } of elements) changed.add(id)
      for (const id of stored.put(elements)) changed.add(id)
    },

    rebase(changed, pending, author) {
      for (const id of touched) changed.add(id)
      for (const id of changed) {
        const element = stored.all.get(id)
        if (element) shown.set(id, element)
        else shown.delete(id)
      }
      touched = new Set()
      for (const operation of pending) {
        // What has become impossible since shows nothing; the server will refuse it and say why.
        const applied = applyOperation(scene, operation, author)
        if (applied.ok) put(applied.changed)
      }
      for (const id of touched) changed.add(id)
      emit(changed)
    },

    show(elements) {
      put(elements)
      emit(new Set(elements.map(element => element.id)))
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
