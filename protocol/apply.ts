import { type ErrorCode, type ErrorPayload, errorPayload } from './errors.ts'
import { type FrameOptions, type FrameStyle, stylesOfFrame } from './frameOptions.ts'
import { byDepth, layerOf } from './layers.ts'
import { limits } from './limits.ts'
import { isMergeable, mergeField } from './mergeFields.ts'
import { mergeText } from './mergeText.ts'
import { isSameValue } from './sameValue.ts'
import type {
  Arrangement,
  Change,
  Element,
  ElementKind,
  LayerElement,
  NewElement,
  Operation,
  Scene,
  SceneElement,
  StrokeElement,
} from './scene.ts'

/** What an operation did: the new versions of the elements that it touched. Nothing else has changed. */
export type Applied =
  | { readonly ok: true; readonly changed: readonly SceneElement[] }
  | { readonly ok: false; readonly error: ErrorPayload }

/** The part of a map that applying reads, so that a draft over a map can stand in for one. */
export interface Elements {
  readonly size: number
  get(id: string): SceneElement | undefined
  values(): Iterable<SceneElement>
}

/** Fields that `change` may set, by kind. Ink itself (points, erasing, pressure) never changes; it grows by `extend`. */
export const changeable = {
  stroke: ['z', 'layer', 'color', 'size', 'x', 'y', 'scaleX', 'scaleY', 'rotation'],
  rectangle: ['z', 'layer', 'x', 'y', 'width', 'height', 'rotation', 'stroke', 'fill', 'size'],
  ellipse: ['z', 'layer', 'x', 'y', 'width', 'height', 'rotation', 'stroke', 'fill', 'size'],
  area: ['z', 'layer', 'x', 'y', 'width', 'height', 'rotation', 'color'],
  image: ['z', 'layer', 'x', 'y', 'width', 'height', 'rotation'],
  frame: [
    ...['z', 'x', 'y', 'width', 'height', 'name', 'prompt'],
    ...['strength', 'guidance', 'steps', 'seed', 'seedLocked', 'live', 'styles', 'paper', 'options'],
  ],
  layer: ['z', 'name', 'hidden', 'locked', 'opacity', 'unseen'],
} as const satisfies Record<ElementKind, readonly string[]>

/**
 * Validates and applies one operation of `author` to a scene; an invalid stroke or element is rejected here, on the server
 * and in browsers alike. Deterministic and total: server and browsers that apply the same
 * operations in the same order hold the same scene. The scene is not touched; `replaceElements` writes the outcome.
 */
export function applyOperation(scene: { readonly elements: Elements }, operation: Operation, author: string): Applied {
  const { elements } = scene
  switch (operation.type) {
    case 'add':
      return addElement(elements, operation.element, author)
    case 'extend':
      return extendStroke(elements, operation, author)
    case 'change':
      return changeElement(elements, operation.id, mergedChange(elements, operation), author)
    case 'arrange':
      return arrangeElements(elements, operation.changes, author)
    case 'edit':
      return editPrompt(elements, operation, author)
    case 'remove':
      return setRemoved(elements, operation.ids, true)
    case 'restore':
      return setRemoved(elements, operation.ids, false)
    default:
      return operation satisfies never
  }
}

/** A scene with these elements in place of their older versions. */
export function replaceElements(scene: Scene, changed: readonly SceneElement[]): Scene {
  if (changed.length === 0) return scene
  const elements = new Map(scene.elements)
  for (const element of changed) elements.set(element.id, element)
  return { elements }
}

/** What lies on the canvas, from back to front. */
export function visibleElements({ elements }: { readonly elements: Pick<Elements, 'values'> }): Element[] {
  const isThere = (element: SceneElement): element is Element => element.kind !== 'layer' && !element.removed
  return [...elements.values()].filter(isThere).sort(byDepth)
}

/** Number of points: they lie flat, three numbers each. */
export const countPoints = (ink: Pick<StrokeElement, 'points'>): number => ink.points.length / 3

/** Number of points that an element is made of. */
export function pointsOf(element: NewElement): number {
  if (element.kind === 'stroke') return countPoints(element)
  return element.kind === 'area' ? element.rings.reduce((sum, ring) => sum + ring.length / 2, 0) : 0
}

/** Points that an operation brings. */
export function countInk(operation: Operation): number {
  if (operation.type === 'extend') return countPoints(operation)
  return operation.type === 'add' ? pointsOf(operation.element) : 0
}

function addElement(elements: Elements, element: NewElement, author: string): Applied {
  if (elements.get(element.id)) return reject('element/exists')
  if (elements.size >= limits.maxElements) return reject('element/full')
  if (element.kind === 'stroke' && countPoints(element) > limits.maxPointsPerStroke) return reject('stroke/long')
  if (element.kind === 'frame' && !fitsFrame(element)) return reject('frame/size')
  const made: SceneElement = { ...element, author, removed: false }
  if (isOnLockedLayer(elements, made)) return reject('layer/locked')
  if (made.kind === 'layer') {
    if (elements.get(made.frame)?.kind !== 'frame') return reject('frame/missing')
    if (!haveRoom(elements, [made])) return reject('layer/full')
  }
  return { ok: true, changed: [lend(made, [], author)] }
}

function extendStroke(
  elements: Elements,
  { id, from, points, done }: Extract<Operation, { type: 'extend' }>,
  author: string,
): Applied {
  const stroke = elements.get(id)
  if (stroke?.kind !== 'stroke') return reject('element/missing')
  if (stroke.author !== author) return reject('stroke/not-yours')
  const count = countPoints(stroke)
  if (from > count) return reject('stroke/gap')
  // A repeat brings points that are already there; only what lies behind them is new.
  const fresh = points.slice((count - from) * 3)
  if (count + fresh.length / 3 > limits.maxPointsPerStroke) return reject('stroke/long')
  const isDone = stroke.done || done
  if (fresh.length === 0 && isDone === stroke.done) return unchanged
  return { ok: true, changed: [{ ...stroke, points: [...stroke.points, ...fresh], done: isDone }] }
}

function changeElement(
  elements: Elements,
  id: string,
  change: Change,
  author: string,
  { movedWith }: { readonly movedWith?: ReadonlySet<string> } = {},
): Applied {
  const element = elements.get(id)
  if (!element) return reject('element/missing')
  const allowed: readonly string[] = changeable[element.kind]
  const fields = Object.entries(change)
  if (fields.some(([field]) => !allowed.includes(field))) return reject('element/field')
  if (fields.every(([field, value]) => isSameValue(fieldOf(element, field), value))) return unchanged
  // The fields were just checked against the kind, which TypeScript cannot follow through a spread.
  const before = element.kind === 'frame' ? stylesOfFrame(element) : []
  const next = lend({ ...element, ...change } as SceneElement, before, author)
  const isLocked = (one: SceneElement) => isOnLockedLayer(elements, one, movedWith)
  if (isLocked(element) || isLocked(next)) return reject('layer/locked')
  if (next.kind === 'frame' && !fitsFrame(next)) return reject('frame/size')
  // Each change alone had room for what it adds.
  if (next.kind === 'frame' && (next.styles?.length ?? 0) > limits.maxStylesPerFrame) return reject('style/many')
  if (next.kind === 'frame' && (next.options?.regions?.length ?? 0) > limits.maxRegions) return reject('region/many')
  return { ok: true, changed: [next] }
}

/** What a change comes to where others have changed other parts of the same styles or options. */
function mergedChange(elements: Elements, { id, change, from }: Extract<Operation, { type: 'change' }>): Change {
  const element = elements.get(id)
  if (!from || !element) return change
  const fields = Object.entries(change).map(([field, to]) => {
    const isMerged = isMergeable(field) && field in from
    return [field, isMerged ? mergeField(field, from[field], fieldOf(element, field), to) : to]
  })
  return Object.fromEntries(fields)
}

function arrangeElements(elements: Elements, changes: readonly Arrangement[], author: string): Applied {
  const changed: SceneElement[] = []
  const movedWith = new Set(changes.map(({ id }) => id))
  let isKnown = false
  for (const { id, change } of changes) {
    if (!elements.get(id)) continue
    isKnown = true
    const applied = changeElement(elements, id, change, author, { movedWith })
    if (!applied.ok) return applied
    changed.push(...applied.changed)
  }
  return isKnown ? { ok: true, changed } : reject('element/missing')
}

function editPrompt(
  elements: Elements,
  { id, from, to }: Extract<Operation, { type: 'edit' }>,
  author: string,
): Applied {
  const frame = elements.get(id)
  if (!frame) return reject('element/missing')
  if (frame.kind !== 'frame') return reject('element/field')
  const prompt = mergeText(from, frame.prompt, to)
  if (prompt.length > limits.maxPromptCharacters) return reject('prompt/long')
  return changeElement(elements, id, { prompt }, author)
}

function setRemoved(elements: Elements, ids: readonly string[], removed: boolean): Applied {
  const known = [...new Set(ids)].map(id => elements.get(id)).filter(element => element !== undefined)
  if (known.length === 0) return reject('element/missing')
  const changed = known
    .filter(element => element.removed !== removed)
    .map((element): SceneElement => ({ ...element, removed }))
  if (changed.some(element => isLockedItself(element) || isOnLockedLayer(elements, element)))
    return reject('layer/locked')
  if (!removed && !haveRoom(elements, changed.filter(isLayer))) return reject('layer/full')
  return { ok: true, changed }
}

const isLayer = (element: SceneElement): element is LayerElement => element.kind === 'layer'

/** A layer cannot be taken away with what is locked on it; one that comes back may be locked. */
const isLockedItself = (element: SceneElement): boolean => isLayer(element) && element.locked && element.removed

/** Whether the lock of its layer holds an element. Where its frame goes, in the same operation, it goes too. */
function isOnLockedLayer(elements: Elements, element: SceneElement, movedWith?: ReadonlySet<string>): boolean {
  if (isLayer(element)) return false
  const layer = layerOf(element, elements)
  return layer?.locked === true && !movedWith?.has(layer.frame)
}

/** Whether these layers, which are not there yet, fit into their frames. */
function haveRoom(elements: Elements, layers: readonly LayerElement[]): boolean {
  const counts = new Map<string, number>()
  for (const { frame } of layers) counts.set(frame, (counts.get(frame) ?? 0) + 1)
  if (counts.size === 0) return true
  for (const element of elements.values()) {
    if (isLayer(element) && !element.removed && counts.has(element.frame)) {
      counts.set(element.frame, counts.get(element.frame)! + 1)
    }
  }
  return [...counts.values()].every(count => count <= limits.maxLayersPerFrame)
}

/** Notes in a frame who has put which style there: whoever did so first, as long as it stays. */
function lend(element: SceneElement, before: readonly FrameStyle[], author: string): SceneElement {
  if (element.kind !== 'frame') return element
  const lenderOf = (style: string) => before.find(one => one.style === style)?.by ?? author
  const lent = (styles: readonly FrameStyle[]) =>
    styles.map(({ style, weight }) => ({ style, weight, by: lenderOf(style) }))
  const { styles, options } = element
  return {
    ...element,
    ...(styles && { styles: lent(styles) }),
    ...(options?.regions && { options: lendToRegions(options, lent) }),
  }
}

function lendToRegions(
  { regions = [], ...options }: FrameOptions,
  lent: (styles: readonly FrameStyle[]) => FrameStyle[],
): FrameOptions {
  return {
    ...options,
    regions: regions.map(({ styles, ...region }) => ({ ...region, ...(styles && { styles: lent(styles) }) })),
  }
}

/** The value of a field that may not belong to the element's kind. */
export const fieldOf = (element: SceneElement, field: string): unknown =>
  Object.hasOwn(element, field) ? element[field as keyof SceneElement] : undefined

const unchanged: Applied = { ok: true, changed: [] }
const reject = (code: ErrorCode): Applied => ({ ok: false, error: errorPayload(code) })

function fitsFrame({ width, height }: { readonly width: number; readonly height: number }): boolean {
  const fits = (length: number) => length >= limits.minFrameSize && length <= limits.maxFrameSize
  return fits(width) && fits(height)
}
