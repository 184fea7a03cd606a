import { countPoints } from './apply.ts'
import { packColumn, unpackColumn } from './packColumn.ts'
import type { SceneElement, StrokeElement } from './scene.ts'

/**
 * A scene as few bytes: all that is drawn, with the points of its strokes in columns, x, y and pressure in hundredths. What
 * is not in hundredths stays as it is, so that nothing is ever rounded.
 *
 *   u32 length · JSON of the elements as tables, with the number of points in the place of the points of a packed stroke
 *   six times: u32 length · bytes, the high and the low part of x, of y, of pressure (packColumn.ts)
 */
export function packElements(elements: readonly SceneElement[]): Uint8Array {
  const columns: Int32Array[][] = [[], [], []]
  // Points lie in the order in which their elements come out of the tables.
  const header = alike(elements)
    .flat()
    .map(element => {
      if (element.kind !== 'stroke' || !isPackable(element)) return element
      for (const [axis, column] of columns.entries()) column.push(hundredthsOf(element.points, axis))
      return { ...element, points: countPoints(element) }
    })
  const packed = columns.map(packColumn).flatMap(({ high, low }) => [high, low])
  return joinParts([new TextEncoder().encode(JSON.stringify(toTables(header))), ...packed])
}

export function unpackElements(packed: Uint8Array): SceneElement[] {
  return [...unpackInParts(packed, Number.POSITIVE_INFINITY)].flat()
}

/** The same in two parts, so that the first so many elements can be seen while the others are unpacked. */
export function* unpackInParts(packed: Uint8Array, first: number): Generator<readonly SceneElement[]> {
  const [json, ...columns] = splitParts(packed)
  if (!json || columns.length !== 6) throw new Error(`Expected a packed scene of 7 parts, got ${columns.length + 1}.`)
  const axis = (part: number) => unpackColumn({ high: columns[part]!, low: columns[part + 1]! })
  const [x, y, pressure] = [axis(0), axis(2), axis(4)]
  // Written by `packElements`, which puts numbers in the place of points.
  const elements = fromTables(JSON.parse(new TextDecoder().decode(json)) as Table[]) as (SceneElement | PackedStroke)[]
  for (const part of [elements.slice(0, first), elements.slice(first)]) {
    for (const element of part) {
      if (element.kind !== 'stroke' || typeof element.points !== 'number') continue
      // A newcomer waits for this: the objects are nobody else's yet, and filling them in place saves a copy of each.
      const { points } = element
      Object.assign(element, { points: joinAxes(x(points), y(points), pressure(points)) })
    }
    yield part as SceneElement[]
  }
}

/** Hundredths of each axis as `x, y, pressure` of one point after the other. */
function joinAxes(x: Int32Array, y: Int32Array, pressure: Int32Array): number[] {
  const points = new Array<number>(x.length * 3)
  for (let index = 0; index < x.length; index++) {
    points[index * 3] = x[index]! / 100
    points[index * 3 + 1] = y[index]! / 100
    points[index * 3 + 2] = pressure[index]! / 100
  }
  return points
}

/** Every third number from `axis` on. */
function hundredthsOf(points: readonly number[], axis: number): Int32Array {
  const hundredths = new Int32Array(points.length / 3)
  for (let index = 0; index < hundredths.length; index++) {
    hundredths[index] = Math.round(points[index * 3 + axis]! * 100)
  }
  return hundredths
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  const view = new DataView(joined.buffer)
  let at = 0
  for (const part of parts) {
    view.setUint32(at, part.length)
    joined.set(part, at + 4)
    at += 4 + part.length
  }
  return joined
}

function splitParts(joined: Uint8Array): Uint8Array[] {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength)
  const parts: Uint8Array[] = []
  for (let at = 0; at < joined.length; at += 4 + parts.at(-1)!.length) {
    parts.push(joined.subarray(at + 4, at + 4 + view.getUint32(at)))
  }
  return parts
}

type PackedStroke = Omit<StrokeElement, 'points'> & { readonly points: number }

/** Objects with the same fields, field by field: what is alike stands together. */
interface Table {
  readonly fields: readonly string[]
  /** As many as fields, each with a value for each object. */
  readonly columns: readonly (readonly unknown[])[]
}

/** Objects with the same fields together, in the order in which the first of each kind comes. */
function alike<T extends object>(objects: readonly T[]): T[][] {
  const groups = new Map<string, T[]>()
  for (const object of objects) {
    const key = Object.keys(object).join()
    const group = groups.get(key)
    if (group) group.push(object)
    else groups.set(key, [object])
  }
  return [...groups.values()]
}

function toTables(objects: readonly object[]): Table[] {
  return alike(objects).map(group => {
    const fields = Object.keys(group[0]!)
    const rows = group.map(object => Object.values(object))
    return { fields, columns: fields.map((_, index) => rows.map(row => row[index])) }
  })
}

function fromTables(tables: readonly Table[]): object[] {
  return tables.flatMap(({ fields, columns }) =>
    (columns[0] ?? []).map((_, row) => {
      const object: Record<string, unknown> = {}
      for (let index = 0; index < fields.length; index++) object[fields[index]!] = columns[index]![row]
      return object
    }),
  )
}

/** Every number in hundredths, small enough for 32 bits. */
const isPackable = ({ points }: StrokeElement): boolean =>
  points.every(value => Math.round(value * 100) / 100 === value && Math.abs(value) <= 1e6)
