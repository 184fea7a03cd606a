import { countPoints } from './apply.ts'
import { packColumn, unpackColumn } from './packColumn.ts'
import type { SceneElement, StrokeElement } from './scene.ts'

/** So many elements come first: who reads a stream shows them while the others are on their way. */
const elementsAtFirst = 100

/**
 * A scene as few bytes: all that is drawn, with the points of its strokes in columns, x, y and pressure in hundredths. What
 * is not in hundredths stays as it is, so that nothing is ever rounded.
 *
 *   u32 length · the first elements, and the same with the others if there are any. Of each:
 *   u32 length · JSON of the elements as tables, with the number of points in the place of the points of a packed stroke
 *   six times: u32 length · bytes, the high and the low part of x, of y, of pressure (packColumn.ts)
 */
export function packElements(elements: readonly SceneElement[]): Uint8Array {
  const others = elements.slice(elementsAtFirst)
  const parts = [elements.slice(0, elementsAtFirst), ...(others.length > 0 ? [others] : [])]
  return joinParts(parts.map(packPart))
}

function packPart(elements: readonly SceneElement[]): Uint8Array {
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
  return splitParts(packed).flatMap(unpackPart)
}

/** Yields the elements of each part as soon as its last byte has come; throws if the stream ends within one. */
export async function* unpackStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly SceneElement[]> {
  let [waiting, bytes]: [Uint8Array[], number] = [[], 0]
  /** With its length before it; unknown until that has come. */
  let wanted = 4
  for await (const chunk of chunks) {
    waiting.push(chunk)
    bytes += chunk.length
    while (bytes >= wanted) {
      const joined = joinBytes(waiting)
      const end = 4 + lengthAt(joined, 0)
      const isWhole = joined.length >= end
      if (isWhole) yield unpackPart(joined.subarray(4, end))
      waiting = [isWhole ? joined.subarray(end) : joined]
      bytes = waiting[0]!.length
      wanted = isWhole ? 4 : end
    }
  }
  if (bytes > 0) throw new Error(`Expected ${wanted} bytes of a packed scene, got ${bytes}: it was cut off.`)
}

function unpackPart(packed: Uint8Array): SceneElement[] {
  const [json, ...columns] = splitParts(packed)
  if (!json || columns.length !== 6) throw new Error(`Expected a packed scene of 7 parts, got ${columns.length + 1}.`)
  const axis = (part: number) => unpackColumn({ high: columns[part]!, low: columns[part + 1]! })
  const [x, y, pressure] = [axis(0), axis(2), axis(4)]
  // Written by `packElements`, which puts numbers in the place of points.
  const elements = fromTables(JSON.parse(new TextDecoder().decode(json)) as Table[]) as (SceneElement | PackedStroke)[]
  for (const element of elements) {
    if (element.kind !== 'stroke' || typeof element.points !== 'number') continue
    // A newcomer waits for this: the objects are nobody else's yet, and filling them in place saves a copy of each.
    const { points } = element
    Object.assign(element, { points: joinAxes(x(points), y(points), pressure(points)) })
  }
  return elements as SceneElement[]
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
  return joinBytes(
    parts.flatMap(part => {
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, part.length)
      return [length, part]
    }),
  )
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

const lengthAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)

function splitParts(joined: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < joined.length; at += 4 + parts.at(-1)!.length) {
    const part = joined.subarray(at + 4, at + 4 + lengthAt(joined, at))
    if (part.length < lengthAt(joined, at)) throw new Error('Expected a whole packed scene, got one that is cut off.')
    parts.push(part)
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
