import { boundsOf, unionOf } from '../../protocol/geometry.ts'
import type { Box, Brush, Element, NewElement } from '../../protocol/scene.ts'
import { contains } from './hit.ts'

/** What is copied of a canvas: text that any clipboard carries, over plain HTTP and from room to room. */
interface Clip {
  readonly fourstroke: 1
  /** From back to front. */
  readonly elements: readonly Copied[]
}
export type Copied = DistributiveOmit<Exclude<NewElement, { kind: 'layer' }>, 'id' | 'z' | 'layer'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** Elements, from back to front, as a text for the clipboard. */
export function clipOf(elements: readonly Element[]): string {
  const copied = elements.map(({ id, author, z, removed, ...rest }) => {
    // A layer is of one frame.
    const { layer, ...element } = { layer: null, ...rest }
    // A stroke that is still being drawn is copied as it is.
    return element.kind === 'stroke' ? { ...element, done: true } : element
  })
  const clip: Clip = { fourstroke: 1, elements: copied }
  return JSON.stringify(clip)
}

/** The elements in a text from the clipboard; null: it is another text. Whoever wrote it, what comes out can be drawn. */
export function readClip(text: string): readonly Copied[] | null {
  if (!text.startsWith('{"fourstroke":1,')) return null
  try {
    const { elements } = JSON.parse(text) as { elements?: unknown }
    return Array.isArray(elements) ? elements.filter(isCopied).map(withoutLayer) : null
  } catch {
    return null
  }
}

/** Scene units between what is copied and its copy. */
export const copyOffset = 24

/** How far to move a clip so that it is seen: a little beside what it was made of, or to the middle of the view. */
export function pasteOffset(elements: readonly Copied[], visible: Box): { readonly dx: number; readonly dy: number } {
  const around = unionOf(elements.map(element => boundsOf({ ...element, id: '', z: '', author: '', removed: false })))
  if (!around || contains(visible, around)) return { dx: copyOffset, dy: copyOffset }
  return {
    dx: visible.x + visible.width / 2 - around.x - around.width / 2,
    dy: visible.y + visible.height / 2 - around.y - around.height / 2,
  }
}

type Check = (value: unknown) => boolean
const number: Check = value => Number.isFinite(value)
const rotation: Check = value => value === undefined || (number(value) && Math.abs(value as number) <= Math.PI)
const boolean: Check = value => typeof value === 'boolean'
const text: Check = value => typeof value === 'string'
const color: Check = value => typeof value === 'string' && /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(value)
const colorOrNone: Check = value => value === null || color(value)
const points: Check = value => Array.isArray(value) && value.length % 3 === 0 && value.every(number)
const brushFields: Readonly<Record<keyof Brush, Check>> = {
  tip: text,
  opacity: number,
  flow: number,
  pressureOnSize: boolean,
  pressureOnOpacity: boolean,
}
const brush: Check = value => value === undefined || hasFields(value, brushFields)
const rings: Check = value =>
  Array.isArray(value) && value.every(ring => Array.isArray(ring) && ring.length >= 6 && ring.every(number))
const line: Check = value => Array.isArray(value) && value.length === 4 && value.every(number)
const gradient: Check = value => value === undefined || hasFields(value, { to: color, line })
const place = { x: number, y: number }
const box = { ...place, width: number, height: number }
const turnedBox = { ...box, rotation }
const shape = { ...turnedBox, stroke: colorOrNone, fill: colorOrNone, size: number }

/** What drawing relies on, by kind; the server checks all of it once more. */
const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  stroke: {
    ...{ ...place, color, size: number, erases: boolean, pressure: boolean, brush, points },
    ...{ scaleX: number, scaleY: number, rotation },
  },
  rectangle: shape,
  ellipse: shape,
  area: { ...turnedBox, color, rings, gradient },
  image: { ...turnedBox, file: text },
  frame: { ...box, name: text, prompt: text, strength: number, guidance: number, steps: number, seed: number },
}

const withoutLayer = (copied: Copied): Copied => {
  const { layer, ...rest } = { layer: null, ...copied }
  return rest
}

function isCopied(value: unknown): value is Copied {
  const kind = String((value as { kind?: unknown } | null)?.kind)
  return Object.hasOwn(checks, kind) && hasFields(value, checks[kind]!)
}

function hasFields(value: unknown, fields: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))
}
