/**
 * A drawing as a file that another room can open: what lies on the canvas from back to front, with layers, papers, words
 * and the images that all of it needs. It says nothing of who drew what, and what was removed is not in it.
 */
import { explain, operation } from './checks.ts'
import { keyAbove } from './depth.ts'
import { masksIn } from './frameOptions.ts'
import { byDepth, byStack } from './layers.ts'
import { limits } from './limits.ts'
import type { LayerElement, NewElement, Operation, SceneElement } from './scene.ts'

/** Of the form of the file; a page that knows only older ones says so. */
export const roomFileVersion = 1

/** An element without its author and depth: the file's order says what lies above what. Its id is good within the file. */
export type FileElement = DistributiveOmit<NewElement, 'z'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

export interface RoomFile {
  readonly fourstroke: 'room'
  readonly version: typeof roomFileVersion
  readonly name: string
  /** Frames, strokes and the rest from back to front; behind them layers, those of one frame from the lowest to the highest. */
  readonly elements: readonly FileElement[]
  /** Images by the name that elements give them, as base64. */
  readonly files: Readonly<Record<string, string>>
}

/** The elements of a file in its own order, with ids that follow from it: equal drawings give equal elements. */
export function fileElements(elements: Iterable<SceneElement>): FileElement[] {
  const all = [...elements].filter(({ removed }) => !removed)
  const drawn = all.filter(({ kind }) => kind !== 'layer').sort(byDepth)
  const frames = drawn.filter(({ kind }) => kind === 'frame').map(({ id }) => id)
  const layers = all
    .filter((one): one is LayerElement => one.kind === 'layer' && frames.includes(one.frame))
    .sort((a, b) => frames.indexOf(a.frame) - frames.indexOf(b.frame) || byStack(a, b))
  const ids = new Map([...drawn, ...layers].map(({ id }, index) => [id, `e${index}`]))
  return [...drawn, ...layers].map((element): FileElement => {
    const { author: _, removed: __, z: ___, ...rest } = element
    // Which fields belong to which kind is as it was; TypeScript loses it in the spread.
    const plain = { ...rest, id: ids.get(element.id)! } as FileElement
    switch (plain.kind) {
      case 'layer':
        return { ...plain, frame: ids.get(plain.frame)! }
      case 'frame':
        return withoutLenders(plain)
      default: {
        const { layer, ...ink } = plain
        const on = layer ? ids.get(layer) : undefined
        const done = ink.kind === 'stroke' ? { done: true } : {}
        return { ...ink, ...done, ...(on !== undefined && { layer: on }) } as FileElement
      }
    }
  })
}

type FileFrame = Extract<FileElement, { kind: 'frame' }>

/** Who has lent a style is for the next room to find out. */
function withoutLenders({ styles, options, paper, ...frame }: FileFrame): FileFrame {
  const plain = (all: NonNullable<FileFrame['styles']>) => all.map(({ style, weight }) => ({ style, weight }))
  const regions = options?.regions?.map(region => ({
    ...region,
    ...(region.styles && { styles: plain(region.styles) }),
  }))
  return {
    ...frame,
    ...(paper && { paper }),
    ...(styles && styles.length > 0 && { styles: plain(styles) }),
    ...(options && Object.keys(options).length > 0 && { options: { ...options, ...(regions && { regions }) } }),
  }
}

/** The images that elements need, each once. */
export function filesOf(elements: Iterable<FileElement>): string[] {
  const files = [...elements].flatMap(element => {
    if (element.kind === 'image') return [element.file]
    if (element.kind !== 'frame') return []
    return [...(element.paper?.kind === 'picture' ? [element.paper.file] : []), ...masksIn(element.options ?? {})]
  })
  return [...new Set(files)]
}

/** Why a file cannot be opened: each page says it in its own words; the message is for developers. */
export class RoomFileError extends Error {
  readonly reason: RoomFileProblem

  constructor(reason: RoomFileProblem, message: string) {
    super(message)
    this.name = 'RoomFileError'
    this.reason = reason
  }
}
type RoomFileProblem =
  /** It is something else. */
  | { readonly type: 'form' }
  | { readonly type: 'version'; readonly version: string }
  /** `place`: where in the file, such as `elements.3`. */
  | { readonly type: 'damaged'; readonly place: string }

/** Reads a file; throws a `RoomFileError`. */
export function readRoomFile(text: string): RoomFile {
  const file = parse(text)
  if (file?.fourstroke !== 'room') {
    throw new RoomFileError({ type: 'form' }, 'Expected a drawing of Fourstroke, exported as JSON.')
  }
  if (file.version !== roomFileVersion) {
    const version = String(file.version)
    throw new RoomFileError({ type: 'version', version }, `Expected version ${roomFileVersion}, got ${version}.`)
  }
  const { name, elements, files } = file
  if (!Array.isArray(elements) || elements.length > limits.maxElements) {
    throw damagedAt('elements', `Expected a list of at most ${limits.maxElements}.`)
  }
  for (const [index, element] of elements.entries()) {
    const problem = problemIn(element)
    if (problem !== null) throw damagedAt(`elements.${index}`, problem)
  }
  if (new Set(elements.map(({ id }) => id)).size < elements.length)
    throw damagedAt('elements', 'Expected each id once.')
  if (!isTexts(files)) throw damagedAt('files', 'Expected images as base64 by their names.')
  return { fourstroke: 'room', version: roomFileVersion, name: typeof name === 'string' ? name : '', elements, files }
}

const damagedAt = (place: string, problem: string): RoomFileError =>
  new RoomFileError({ type: 'damaged', place }, `At ${place}: ${problem}`)

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && Object.values(value).every(text => typeof text === 'string')

/** What is wrong with an element, checked as the server checks it; null: nothing. Long strokes are looked at in pieces. */
function problemIn(element: unknown): string | null {
  const whole: Record<string, unknown> = { ...(element as object | null), z: keyAbove(null) }
  const { points } = whole
  const most = limits.maxPointsPerMessage * 3
  const pieces = Array.isArray(points) && points.length > most ? chunksOf(points, most) : [points]
  if (Array.isArray(points) && points.length > limits.maxPointsPerStroke * 3) {
    return `Expected at most ${limits.maxPointsPerStroke} points in a stroke.`
  }
  for (const piece of pieces) {
    const one = piece === undefined ? whole : { ...whole, points: piece }
    const checked = operation.safeParse({ type: 'add', element: one })
    if (!checked.success) return explain(checked.error).replace('At element.', 'At ')
  }
  return null
}

const chunksOf = (numbers: readonly unknown[], length: number): unknown[][] =>
  Array.from({ length: Math.ceil(numbers.length / length) }, (_, index) =>
    numbers.slice(index * length, (index + 1) * length),
  )

export interface Opening {
  /** A new id for each element. */
  newId(): string
  /** The depth above which everything is laid; null: there is nothing yet. */
  readonly above: string | null
  /** What the room calls an image of the file; undefined: it could not be brought here. */
  fileOf(file: string): string | undefined
  /** Whether a style may be used here. */
  mayUse(style: string): boolean
  readonly dx: number
  readonly dy: number
}

/** What adds the elements of a file to a room, as one gesture: frames, layers, ink, and then the locks of layers. */
export function openingOf(elements: readonly FileElement[], opening: Opening): Operation[] {
  const ids = new Map(elements.map(({ id }) => [id, opening.newId()]))
  let z = opening.above
  const adds: NewElement[] = []
  const locks: Operation[] = []
  for (const element of elements) {
    const here = movedHere(element, opening)
    if (!here) continue
    z = keyAbove(z)
    const id = ids.get(element.id)!
    const added = { ...here, id, z } as NewElement
    if (added.kind === 'layer') {
      // Nothing could be laid on a locked one.
      if (added.locked) locks.push({ type: 'change', id, change: { locked: true } })
      adds.push({ ...added, locked: false, frame: ids.get(added.frame) ?? added.frame })
    } else if (added.kind === 'frame') adds.push(added)
    else adds.push({ ...added, ...(added.layer && { layer: ids.get(added.layer) ?? null }) })
  }
  const turn = { frame: 0, layer: 1 } as const
  const turnOf = ({ kind }: NewElement) => (kind === 'frame' || kind === 'layer' ? turn[kind] : 2)
  const inOrder = adds.toSorted((a, b) => turnOf(a) - turnOf(b))
  return [...inOrder.map((element): Operation => ({ type: 'add', element })), ...locks]
}

/** The element with what it needs here; null: the image that it is has not come along. */
function movedHere(element: FileElement, { fileOf, mayUse, dx, dy }: Opening): FileElement | null {
  if (element.kind === 'layer') return element
  const moved = { ...element, x: element.x + dx, y: element.y + dy }
  if (moved.kind === 'image') {
    const file = fileOf(moved.file)
    return file === undefined ? null : { ...moved, file }
  }
  return moved.kind === 'frame' ? frameHere(moved, { fileOf, mayUse }) : moved
}

function frameHere(
  { paper, options, styles, ...frame }: FileFrame,
  { fileOf, mayUse }: Pick<Opening, 'fileOf' | 'mayUse'>,
): FileFrame {
  const usable = styles?.filter(({ style }) => mayUse(style)) ?? []
  const picture = paper?.kind === 'picture' ? fileOf(paper.file) : undefined
  const paperHere = paper?.kind === 'picture' ? (picture === undefined ? null : { ...paper, file: picture }) : paper
  const { maskImage, regions, ...others } = options ?? {}
  const mask = maskImage === undefined ? undefined : fileOf(maskImage)
  const regionsHere = (regions ?? []).flatMap(({ mask: own, styles: regional, ...region }) => {
    const here = fileOf(own)
    // Without those that stayed behind it has fewer of its own, and not those of its frame.
    const left = regional?.filter(({ style }) => mayUse(style))
    return here === undefined ? [] : [{ ...region, mask: here, ...(left && { styles: left }) }]
  })
  const optionsHere = {
    ...others,
    ...(mask !== undefined && { maskImage: mask }),
    ...(regionsHere.length > 0 && { regions: regionsHere }),
  }
  return {
    ...frame,
    ...(paperHere && { paper: paperHere }),
    ...(usable.length > 0 && { styles: usable }),
    ...(Object.keys(optionsHere).length > 0 && { options: optionsHere }),
  }
}
