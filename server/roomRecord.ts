import type { StoredOperation } from '../protocol/events.ts'
import type { Element, Operation } from '../protocol/scene.ts'
import type { OperationEntry, RoomRecord } from '../studio/studio.ts'

/** What a room's snapshot holds: the scene, and what else must survive a restart. Ours alone, written and read here. */
export interface Snapshot {
  readonly version: 1
  readonly elements: readonly Element[]
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

export function readSnapshot(record: RoomRecord): Snapshot {
  const empty: Snapshot = { version: 1, elements: [], clients: [], frames: {} }
  if (!record.snapshot) return empty
  // Written by `snapshotOf`; the version is all that could differ.
  const snapshot = JSON.parse(record.snapshot.scene as string) as Snapshot
  if (snapshot.version !== 1) throw new Error(`Expected a room snapshot of version 1, got ${snapshot.version}`)
  return snapshot
}

/** As text: the database's client takes a text in a millisecond, and 100 ms to walk through a scene of 300 strokes. */
export function snapshotOf({
  elements,
  clients,
  frames,
  newer = [],
}: Pick<Snapshot, 'frames' | 'newer'> & {
  readonly elements: Iterable<Element>
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
