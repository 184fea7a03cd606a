import { fieldOf, isSameValue } from './apply.ts'
import { mergeText } from './mergeText.ts'
import type { Change, Operation, Scene } from './scene.ts'

/**
 * Undo is per author: it takes back what I did and nothing that others did since.
 * A deed is what an operation of mine meant; it can be performed again or reversed on whatever the scene has become.
 */
type Deed =
  | { readonly type: 'appear'; readonly ids: readonly string[] }
  | { readonly type: 'vanish'; readonly ids: readonly string[] }
  /** One element, or many that were arranged together. */
  | { readonly type: 'change'; readonly changes: readonly ChangeDeed[] }
  | { readonly type: 'edit'; readonly id: string; readonly from: string; readonly to: string }

interface ChangeDeed {
  readonly id: string
  readonly from: Change
  readonly to: Change
}

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
    case 'change':
      return changeDeed(before, [operation])
    case 'arrange':
      return changeDeed(before, operation.changes)
    case 'edit':
      return operation
    default:
      return operation satisfies never
  }
}

function changeDeed(before: Scene, changes: readonly { readonly id: string; readonly change: Change }[]): Deed | null {
  const deeds = changes.flatMap(({ id, change }): ChangeDeed[] => {
    const element = before.elements.get(id)
    if (!element) return []
    const fields = Object.keys(change).map(field => [field, fieldOf(element, field) ?? absent(field)])
    return [{ id, from: Object.fromEntries(fields), to: change }]
  })
  return deeds.length > 0 ? { type: 'change', changes: deeds } : null
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
  const last = deeds.at(-1)
  // What others have typed in between stays when mine is taken back.
  if (deed.type === 'edit' && last?.type === 'edit' && last.id === deed.id && last.to === deed.from) {
    return deeds.with(-1, { ...deed, from: last.from })
  }
  if (deed.type !== 'change') return [...deeds, deed]
  const index = deeds.findLastIndex(one => one.type === 'change' && isOfSame(one.changes, deed.changes))
  const earlier = deeds[index]
  if (earlier?.type !== 'change') return [...deeds, deed]
  const changes = deed.changes.map(({ id, from, to }, place) => {
    const first = earlier.changes[place]!
    return { id, from: { ...from, ...first.from }, to: { ...first.to, ...to } }
  })
  return deeds.with(index, { type: 'change', changes })
}

const isOfSame = (some: readonly ChangeDeed[], others: readonly ChangeDeed[]): boolean =>
  some.length === others.length && some.every(({ id }, index) => id === others[index]!.id)

function reverse(deed: Deed): Deed {
  if (deed.type === 'edit') return { ...deed, from: deed.to, to: deed.from }
  if (deed.type === 'change') {
    return { ...deed, changes: deed.changes.map(({ id, from, to }) => ({ id, from: to, to: from })) }
  }
  return { ...deed, type: deed.type === 'appear' ? 'vanish' : 'appear' }
}

/** The operations that a gesture still asks for: what others have changed since is theirs and stays. */
function perform(scene: Scene, deeds: Gesture): Operation[] {
  return deeds.flatMap((deed): Operation[] => {
    if (deed.type === 'edit') {
      const frame = scene.elements.get(deed.id)
      const isLeft = frame?.kind === 'frame' && mergeText(deed.from, frame.prompt, deed.to) !== frame.prompt
      return isLeft ? [deed] : []
    }
    if (deed.type === 'change') {
      const changes = deed.changes.flatMap(one => changeLeft(scene, one))
      // Only what was arranged together is more than one.
      if (changes.length > 1) return [{ type: 'arrange', changes }]
      return changes.map(one => ({ type: 'change', ...one }))
    }
    const appears = deed.type === 'appear'
    const ids = deed.ids.filter(id => scene.elements.get(id)?.removed === appears)
    return ids.length > 0 ? [{ type: appears ? 'restore' : 'remove', ids }] : []
  })
}

function changeLeft(scene: Scene, { id, from, to }: ChangeDeed): { readonly id: string; readonly change: Change }[] {
  const element = scene.elements.get(id)
  const mine = Object.entries(to).filter(
    ([field]) => element && isSameValue(fieldOf(element, field), from[field as keyof Change]),
  )
  return mine.length > 0 ? [{ id, change: Object.fromEntries(mine) }] : []
}
