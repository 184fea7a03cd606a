import { changeable } from '../protocol/apply.ts'
import type { StoredOperation } from '../protocol/events.ts'
import type { Operation, SceneElement } from '../protocol/scene.ts'
import { type OperationEntry, objectIn, parseJson, type RoomRecord } from '../studio/studio.ts'

/** What a room's snapshot holds: the scene, and what else must survive a restart. Ours alone, written and read here. */
export interface Snapshot {
  readonly version: 1
  readonly elements: readonly SceneElement[]
  /** Per client: whose it is and the last operation counted, so that nothing sent twice is applied twice. */
  readonly clients: readonly (readonly [client: string, person: string, seq: number])[]
  /** Per frame: the picture it shows and the hash of the input that it was made from. */
  readonly frames: Readonly<Record<string, FrameRecord>>
  /** Elements that have changed after the pictures of the frames, with their clocks; absent in older snapshots. */
  readonly newer?: readonly (readonly [id: string, clock: number])[]
}
export interface FrameRecord {
  readonly picture: string
  readonly input: string
  /** The frame's newest picture then; if there is a newer one, this record is out of date. */
  readonly newest: string
  /** The room's clock that it was painted at; absent in records that are older than this field. */
  readonly clock?: number
  /** It was restored over `input`, and painted from something else. */
  readonly isRestored?: boolean
}

/** Clients remembered per room; older ones have long since closed their page. */
const maxClients = 2_000

/** A snapshot as it was read, and whether every element of it could be. */
export interface ReadSnapshot extends Snapshot {
  readonly isWhole: boolean
}

/**
 * What a room's snapshot says, without elements that cannot be read; `null` if it is no snapshot.
 *
 * @throws Error for one that a newer version has written: it must not be overwritten.
 */
export function readSnapshot(stored: RoomRecord['snapshot']): ReadSnapshot | null {
  if (!stored) return { version: 1, elements: [], clients: [], frames: {}, isWhole: true }
  const { version, elements, clients, frames, newer } = objectIn(
    typeof stored.scene === 'string' ? parseJson(stored.scene) : stored.scene,
  )
  if (typeof version === 'number' && version > 1)
    throw new Error(`Expected a room snapshot of version 1, got ${version}`)
  if (version !== 1 || !Array.isArray(elements)) return null
  const readable = elements.filter(isElement)
  return {
    version,
    elements: readable,
    clients: listIn(clients).filter(isClient),
    frames: Object.fromEntries(Object.entries(objectIn(frames)).filter(isFrameRecord)),
    newer: listIn(newer).filter(isChange),
    isWhole: readable.length === elements.length,
  }
}

const listIn = (stored: unknown): readonly unknown[] => (Array.isArray(stored) ? stored : [])

/** Whether it can be told apart, placed and counted; what else a page cannot draw does not keep it from the rest. */
function isElement(stored: unknown): stored is SceneElement {
  const { id, kind, author, points, rings } = objectIn(stored)
  if (typeof id !== 'string' || typeof author !== 'string' || typeof kind !== 'string') return false
  if (!Object.hasOwn(changeable, kind)) return false
  if (kind === 'area') return Array.isArray(rings) && rings.every(Array.isArray)
  return kind !== 'stroke' || Array.isArray(points)
}

function isClient(stored: unknown): stored is Snapshot['clients'][number] {
  const [client, person, seq] = listIn(stored)
  return typeof client === 'string' && typeof person === 'string' && Number.isFinite(seq)
}

function isChange(stored: unknown): stored is NonNullable<Snapshot['newer']>[number] {
  const [id, clock] = listIn(stored)
  return typeof id === 'string' && Number.isFinite(clock)
}

function isFrameRecord(entry: [string, unknown]): entry is [string, FrameRecord] {
  const { picture, input, newest } = objectIn(entry[1])
  return [picture, input, newest].every(each => typeof each === 'string')
}

/** As text: the database's client takes a text in a millisecond, and 100 ms to walk through a scene of 300 strokes. */
export function snapshotOf({
  elements,
  clients,
  frames,
  newer = [],
}: Pick<Snapshot, 'frames' | 'newer'> & {
  readonly elements: Iterable<SceneElement>
  readonly clients: ReadonlyMap<string, Client>
}): string {
  const recent = [...clients].slice(-maxClients)
  const snapshot: Snapshot = {
    version: 1,
    elements: [...elements],
    clients: recent.map(([client, { person, seq }]) => [client, person, seq] as const),
    frames,
    newer,
  }
  return JSON.stringify(snapshot)
}

/** One page of one person, and how many of its operations are settled. */
export interface Client {
  readonly person: string
  readonly seq: number
}

/** An operation as the database keeps it, and back. */
export const entryOf = ({ clock, client, seq, author, operation }: StoredOperation): OperationEntry => ({
  clock,
  key: `${client}:${seq}`,
  // Authors are people of the studio; the protocol knows their ids as plain strings.
  author: author as OperationEntry['author'],
  operation,
})

export function operationOf({ clock, key, author, operation }: OperationEntry): StoredOperation {
  const colon = key.lastIndexOf(':')
  // It was checked when it came in, and only then stored.
  return {
    clock,
    client: key.slice(0, colon),
    seq: Number(key.slice(colon + 1)),
    author,
    operation: operation as Operation,
  }
}
