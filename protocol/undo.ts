import { fieldOf } from './apply.ts'
import { isMergeable, mergeField } from './mergeFields.ts'
import { mergeText } from './mergeText.ts'
import { isSameValue } from './sameValue.ts'
import type { Change, Operation, Scene } from './scene.ts'

/**
 * Undo is per author: it takes back what I did and nothing that others did since.
 * The undo stack holds what each operation of mine meant; its inverse is made from whatever the scene has become.
 */
type UndoEntry =
  | { readonly type: 'appear'; readonly ids: readonly string[] }
  | { readonly type: 'vanish'; readonly ids: readonly string[] }
  /** One element, or many that were arranged together. */
  | { readonly type: 'change'; readonly changes: readonly ChangeEntry[] }
  | { readonly type: 'edit'; readonly id: string; readonly from: string; readonly to: string }

interface ChangeEntry {
  readonly id: string
  readonly from: Change
  readonly to: Change
}

/** What was done in one gesture and is undone in one press. */
type Gesture = readonly UndoEntry[]

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
  let done: { readonly name: string | undefined; readonly entries: Gesture }[] = []
  let undone: Gesture[] = []
  return {
    get canUndo() {
      return done.length > 0
    },
    get canRedo() {
      return undone.length > 0
    },
    record(before, operation, name) {
      const entry = entryOf(before, operation)
      if (!entry) return
      undone = []
      const last = done.at(-1)
      if (name !== undefined && last?.name === name) {
        const entries = join(last.entries, entry)
        // A stroke that was cancelled never was: undo goes to the gesture before it.
        done = entries.length > 0 ? done.with(-1, { name, entries }) : done.slice(0, -1)
      } else done = [...done, { name, entries: [entry] }].slice(-maxGestures)
    },
    undo(scene) {
      // A gesture that others have overtaken entirely would be a press without effect: go on to the one before.
      for (let gesture = done.pop(); gesture; gesture = done.pop()) {
        undone.push(gesture.entries)
        const operations = perform(scene, gesture.entries.map(reverse).reverse())
        if (operations.length > 0) return operations
      }
      return []
    },
    redo(scene) {
      for (let entries = undone.pop(); entries; entries = undone.pop()) {
        done.push({ name: undefined, entries })
        const operations = perform(scene, entries)
        if (operations.length > 0) return operations
      }
      return []
    },
  }
}

/** What an operation is about to mean. Extending belongs to the stroke's own appearance, so it is no entry. */
function entryOf(before: Scene, operation: Operation): UndoEntry | null {
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
      return changeEntry(before, [operation])
    case 'arrange':
      return changeEntry(before, operation.changes)
    case 'edit':
      return operation
    default:
      return operation satisfies never
  }
}

function changeEntry(
  before: Scene,
  changes: readonly { readonly id: string; readonly change: Change }[],
): UndoEntry | null {
  const entries = changes.flatMap(({ id, change }): ChangeEntry[] => {
    const element = before.elements.get(id)
    if (!element) return []
    const fields = Object.keys(change).map(field => [field, fieldOf(element, field) ?? absent(field)])
    return [{ id, from: Object.fromEntries(fields), to: change }]
  })
  return entries.length > 0 ? { type: 'change', changes: entries } : null
}

/** What a frame says that has never had styles, paper or options, and an element that was never turned and on no layer. */
const absent = (field: string) => ({ styles: [], paper: null, options: null, rotation: 0, layer: null })[field]

/**
 * One drag is hundreds of changes of the same element: only its first and last values matter. What appears and vanishes
 * in one gesture has done nothing.
 */
function join(entries: Gesture, entry: UndoEntry): Gesture {
  if (entry.type === 'vanish') {
    const isTakenBack = (one: UndoEntry) => one.type === 'appear' && one.ids.every(id => entry.ids.includes(id))
    const left = entries.filter(one => !isTakenBack(one))
    const appeared = new Set(entries.filter(isTakenBack).flatMap(one => (one.type === 'appear' ? one.ids : [])))
    const ids = entry.ids.filter(id => !appeared.has(id))
    return ids.length > 0 ? [...left, { ...entry, ids }] : left
  }
  const last = entries.at(-1)
  // What others have typed in between stays when mine is taken back.
  if (entry.type === 'edit' && last?.type === 'edit' && last.id === entry.id && last.to === entry.from) {
    return entries.with(-1, { ...entry, from: last.from })
  }
  if (entry.type !== 'change') return [...entries, entry]
  const index = entries.findLastIndex(one => one.type === 'change' && isOfSame(one.changes, entry.changes))
  const earlier = entries[index]
  if (earlier?.type !== 'change') return [...entries, entry]
  const changes = entry.changes.map(({ id, from, to }, place) => {
    const first = earlier.changes[place]!
    return { id, from: { ...from, ...first.from }, to: { ...first.to, ...toAfter(first.to, from, to) } }
  })
  // What is as it was, as when a stroke is cancelled for which something else had to change, has done nothing.
  const isNothing = changes.every(({ from, to }) =>
    Object.entries(to).every(([field, value]) => isSameValue(value, from[field as keyof Change])),
  )
  return isNothing ? entries.toSpliced(index, 1) : entries.with(index, { type: 'change', changes })
}

/** What a second change makes of what the first one made; of styles and options, what others did in between is not mine. */
function toAfter(first: Change, from: Change, to: Change): Change {
  const fields = Object.entries(to).map(([field, value]) => {
    const isInBoth = isMergeable(field) && field in first
    return [field, isInBoth ? mergeField(field, from[field], first[field], value) : value]
  })
  return Object.fromEntries(fields)
}

const isOfSame = (some: readonly ChangeEntry[], others: readonly ChangeEntry[]): boolean =>
  some.length === others.length && some.every(({ id }, index) => id === others[index]!.id)

function reverse(entry: UndoEntry): UndoEntry {
  if (entry.type === 'edit') return { ...entry, from: entry.to, to: entry.from }
  if (entry.type === 'change') {
    return { ...entry, changes: entry.changes.map(({ id, from, to }) => ({ id, from: to, to: from })) }
  }
  return { ...entry, type: entry.type === 'appear' ? 'vanish' : 'appear' }
}

/** The operations that a gesture still asks for: what others have changed since is theirs and stays. */
function perform(scene: Scene, entries: Gesture): Operation[] {
  return entries.flatMap((entry): Operation[] => {
    if (entry.type === 'edit') {
      const frame = scene.elements.get(entry.id)
      const isLeft = frame?.kind === 'frame' && mergeText(entry.from, frame.prompt, entry.to) !== frame.prompt
      return isLeft ? [entry] : []
    }
    if (entry.type === 'change') {
      const changes = entry.changes.flatMap(one => changeLeft(scene, one))
      // Only what was arranged together is more than one.
      if (changes.length > 1) return [{ type: 'arrange', changes }]
      return changes.map(one => ({ type: 'change', ...one }))
    }
    const appears = entry.type === 'appear'
    const ids = entry.ids.filter(id => scene.elements.get(id)?.removed === appears)
    return ids.length > 0 ? [{ type: appears ? 'restore' : 'remove', ids }] : []
  })
}

function changeLeft(scene: Scene, { id, from, to }: ChangeEntry): { readonly id: string; readonly change: Change }[] {
  const element = scene.elements.get(id)
  if (!element) return []
  const mine = Object.entries(to).flatMap(([field, value]): (readonly [string, unknown])[] => {
    const now = fieldOf(element, field)
    const before = from[field as keyof Change]
    if (!isMergeable(field)) return isSameValue(now, before) ? [[field, value]] : []
    const merged = mergeField(field, before, now, value)
    return isSameValue(merged, now ?? absent(field)) ? [] : [[field, merged]]
  })
  return mine.length > 0 ? [{ id, change: Object.fromEntries(mine) }] : []
}
