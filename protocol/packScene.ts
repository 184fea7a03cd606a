import { countPoints } from './apply.ts'
import type { Element, StrokeElement } from './scene.ts'

/**
 * A scene as few bytes: all that is drawn, with the points of its strokes in columns. A pen moves on nearly as it came, so
 * of x, y and pressure (in hundredths) the change of the change is written, as a varint: mostly one byte, and alike enough
 * for deflate to halve it. What is not in hundredths stays as it is, so that nothing is ever rounded.
 *
 *   u32 length · JSON of the elements as tables, with the number of points in the place of the points of a packed stroke
 *   three times: u32 length · varints of all packed strokes, x, then y, then pressure
 */
export function packElements(elements: readonly Element[]): Uint8Array {
  const columns = [createColumn(), createColumn(), createColumn()] as const
  const header = elements.map(element => {
    if (element.kind !== 'stroke' || !isPackable(element)) return element
    for (const [axis, column] of columns.entries()) packColumn(column, element.points, axis)
    return { ...element, points: countPoints(element) }
  })
  const parts = [new TextEncoder().encode(JSON.stringify(toTables(header))), ...columns.map(column => column.bytes())]
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  const view = new DataView(packed.buffer)
  let at = 0
  for (const part of parts) {
    view.setUint32(at, part.length)
    packed.set(part, at + 4)
    at += 4 + part.length
  }
  return packed
}

export function unpackElements(packed: Uint8Array): Element[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const parts: Uint8Array[] = []
  for (let at = 0; at < packed.length; at += 4 + parts.at(-1)!.length) {
    parts.push(packed.subarray(at + 4, at + 4 + view.getUint32(at)))
  }
  const [json, ...columns] = parts
  if (!json || columns.length !== 3) throw new Error(`Expected a packed scene of 4 parts, got ${parts.length}.`)
  const readers = columns.map(createReader)
  // Written by `packElements`, which puts numbers in the place of points.
  const header = fromTables(JSON.parse(new TextDecoder().decode(json)) as Table[]) as (Element | PackedStroke)[]
  return header.map(element => {
    if (element.kind !== 'stroke' || typeof element.points !== 'number') return element as Element
    const points = new Array<number>(element.points * 3)
    for (const [axis, read] of readers.entries()) unpackColumn(read, points, axis)
    return { ...element, points }
  })
}

type PackedStroke = Omit<StrokeElement, 'points'> & { readonly points: number }

/** Objects with the same fields, field by field: what is alike stands together. */
interface Table {
  readonly fields: readonly string[]
  /** As many as fields, each with a value for each object. */
  readonly columns: readonly (readonly unknown[])[]
}

function toTables(objects: readonly object[]): Table[] {
  const groups = new Map<string, object[]>()
  for (const object of objects) {
    const key = Object.keys(object).join()
    const group = groups.get(key)
    if (group) group.push(object)
    else groups.set(key, [object])
  }
  return [...groups.values()].map(group => {
    const fields = Object.keys(group[0]!)
    const rows = group.map(object => Object.values(object))
    return { fields, columns: fields.map((_, index) => rows.map(row => row[index])) }
  })
}

function fromTables(tables: readonly Table[]): object[] {
  return tables.flatMap(({ fields, columns }) =>
    (columns[0] ?? []).map((_, row) => Object.fromEntries(fields.map((field, index) => [field, columns[index]![row]]))),
  )
}

/** Every number in hundredths, small enough for 32 bits. */
const isPackable = ({ points }: StrokeElement): boolean =>
  points.every(value => Math.round(value * 100) / 100 === value && Math.abs(value) <= 1e6)

function packColumn(column: Column, points: readonly number[], axis: number): void {
  let last = 0
  let lastStep = 0
  for (let i = axis; i < points.length; i += 3) {
    const value = Math.round(points[i]! * 100)
    const step = value - last
    column.push(step - lastStep)
    last = value
    lastStep = step
  }
}

function unpackColumn(read: () => number, points: number[], axis: number): void {
  let last = 0
  let lastStep = 0
  for (let i = axis; i < points.length; i += 3) {
    lastStep += read()
    last += lastStep
    points[i] = last / 100
  }
}

interface Column {
  push(value: number): void
  bytes(): Uint8Array
}

function createColumn(): Column {
  let bytes = new Uint8Array(1024)
  let length = 0
  return {
    push(value) {
      if (length + 5 > bytes.length) {
        const larger = new Uint8Array(bytes.length * 2)
        larger.set(bytes)
        bytes = larger
      }
      // Zigzag: small numbers of either sign are small.
      let rest = value < 0 ? -2 * value - 1 : 2 * value
      while (rest >= 128) {
        bytes[length++] = (rest % 128) + 128
        rest = Math.floor(rest / 128)
      }
      bytes[length++] = rest
    },
    bytes: () => bytes.subarray(0, length),
  }
}

function createReader(bytes: Uint8Array): () => number {
  let at = 0
  return () => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error('Expected more points in a packed scene.')
      value += (byte % 128) * scale
      if (byte < 128) break
      scale *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
