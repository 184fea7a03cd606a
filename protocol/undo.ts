import { fieldOf, isSameValue } from './apply.ts'
import type { Change, Operation, Scene } from './scene.ts'

/**
 * Undo is per author: it takes back what I did and nothing that others did since.
 * A deed is what an operation of mine meant; it can be performed again or reversed on whatever the scene has become.
 */
type Deed =
  | { readonly type: 'appear'; readonly ids: readonly string[] }
  | { readonly type: 'vanish'; readonly ids: readonly string[] }
  | { readonly type: 'change'; readonly id: string; readonly from: Change; readonly to: Change }

/** What was done in one gesture and is undone in one press. */
type Gesture = readonly Deed[]

/** Gestures that undo remembers. */
const maxGestures = 200

export interface UndoHistory {
  readonly canUndo: boolean
  readonly canRedo: boolean
  /**
   * Remembers an operation of mine, given the scene just before it. Operations with the same `gesture` (a drag, a stroke
   * with its extensions) are undone together.
   */
  record(before: Scene, operation: Operation, gesture?: string): void
  /** Operations that take back my last gesture; none if others have overtaken all of it. Send them, do not record them. */
  undo(scene: Scene): Operation[]
  redo(scene: Scene): Operation[]
}

export function createUndoHistory(): UndoHistory {
  let done: { readonly name: string | undefined; readonly deeds: Gesture }[] = []
  let undone: Gesture[] = []
  return {
    get canUndo() {
      return done.length > 0
    },
    get canRedo() {
      return undone.length > 0
    },
    record(before, operation, name) {
      const deed = deedOf(before, operation)
      if (!deed) return
      undone = []
      const last = done.at(-1)
      if (name !== undefined && last?.name === name) {
        const deeds = join(last.deeds, deed)
        // A stroke that was cancelled never was: undo goes to the gesture before it.
        done = deeds.length > 0 ? done.with(-1, { name, deeds }) : done.slice(0, -1)
      } else done = [...done, { name, deeds: [deed] }].slice(-maxGestures)
    },
    undo(scene) {
      // A gesture that others have overtaken entirely would be a press without effect: go on to the one before.
      for (let gesture = done.pop(); gesture; gesture = done.pop()) {
        undone.push(gesture.deeds)
        const operations = perform(scene, gesture.deeds.map(reverse).reverse())
        if (operations.length > 0) return operations
      }
      return []
    },
    redo(scene) {
      for (let deeds = undone.pop(); deeds; deeds = undone.pop()) {
        done.push({ name: undefined, deeds })
        const operations = perform(scene, deeds)
        if (operations.length > 0) return operations
      }
      return []
    },
  }
}

/** What an operation is about to mean. Extending belongs to the stroke's own appearance, so it is no deed. */
function deedOf(before: Scene, operation: Operation): Deed | null {
  const present = (ids: readonly string[], removed: boolean) =>
    ids.filter(id => before.elements.get(id)?.removed === removed)
  switch (operation.type) {
    case 'add':
      return { type: 'appear', ids: [operation.element.id] }
    case 'extend':
      return null
    case 'remove':
      return { type: 'vanish', ids: present(operation.ids, false) }
    case 'restore':
      return { type: 'appear', ids: present(operation.ids, true) }
    case 'change': {
      const element = before.elements.get(operation.id)
      if (!element) return null
      const fields = Object.keys(operation.change).map(field => [field, fieldOf(element, field) ?? absent(field)])
      return { type: 'change', id: element.id, from: Object.fromEntries(fields), to: operation.change }
    }
    default:
      return operation satisfies never
  }
}

/** What a frame says that has never had any styles. */
const absent = (field: string) => (field === 'styles' ? [] : undefined)

/**
 * One drag is hundreds of changes of the same element: only its first and last values matter. What appears and vanishes
 * in one gesture has done nothing.
 */
function join(deeds: Gesture, deed: Deed): Gesture {
  if (deed.type === 'vanish') {
    const isTakenBack = (one: Deed) => one.type === 'appear' && one.ids.every(id => deed.ids.includes(id))
    const left = deeds.filter(one => !isTakenBack(one))
    const appeared = new Set(deeds.filter(isTakenBack).flatMap(one => (one.type === 'appear' ? one.ids : [])))
    const ids = deed.ids.filter(id => !appeared.has(id))
    return ids.length > 0 ? [...left, { ...deed, ids }] : left
  }
  const index = deeds.findLastIndex(one => one.type === 'change' && deed.type === 'change' && one.id === deed.id)
  const earlier = deeds[index]
  if (earlier?.type !== 'change' || deed.type !== 'change') return [...deeds, deed]
  return deeds.with(index, { ...deed, from: { ...deed.from, ...earlier.from }, to: { ...earlier.to, ...deed.to } })
}

function reverse(deed: Deed): Deed {
  if (deed.type === 'change') return { ...deed, from: deed.to, to: deed.from }
  return { ...deed, type: deed.type === 'appear' ? 'vanish' : 'appear' }
}

/** The operations that a gesture still asks for: what others have changed since is theirs and stays. */
function perform(scene: Scene, deeds: Gesture): Operation[] {
  return deeds.flatMap((deed): Operation[] => {
    if (deed.type === 'change') {
      const element = scene.elements.get(deed.id)
      const mine = Object.entries(deed.to).filter(
        ([field]) => element && isSameValue(fieldOf(element, field), deed.from[field as keyof Change]),
      )
      return mine.length > 0 ? [{ type: 'change', id: deed.id, change: Object.fromEntries(mine) }] : []
    }
    const appears = deed.type === 'appear'
    const ids = deed.ids.filter(id => scene.elements.get(id)?.removed === appears)
    return ids.length > 0 ? [{ type: appears ? 'restore' : 'remove', ids }] : []
  })
}
