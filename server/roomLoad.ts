import { type Applied, applyOperation, type Elements, pointsOf } from '../protocol/apply.ts'
import type { StoredOperation } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { SceneElement } from '../protocol/scene.ts'
import type { RoomId, RoomLog, RoomRecord } from '../studio/studio.ts'
import {
  type Client,
  type FrameRecord,
  operationOf,
  type ReadSnapshot,
  readSnapshot,
  snapshotOf,
} from './roomRecord.ts'
import { repairElements } from './roomRepair.ts'

/** What a room begins with: its last snapshot and what was stored since. */
export interface LoadedRoom {
  readonly elements: Map<string, SceneElement>
  /** Oldest first: whoever was counted last stands last. */
  readonly clients: Map<string, Client>
  readonly clock: number
  /** Operations since the snapshot, for pages that reconnect. */
  readonly recent: readonly StoredOperation[]
  /** Pages that have seen less than this start afresh. */
  readonly freshFrom: number
  readonly frameRecords: Readonly<Record<string, FrameRecord>>
  /** The clock of each element's last change, as far as it is known; what is not named has not changed for long. */
  readonly changedAt: Map<string, number>
}

/**
 * Reads a room. What of it cannot be read is left out, told to `report`, and stored as it is then: one row that a hand or
 * a disk has broken closes no room.
 */
export async function loadRoom(
  log: RoomLog,
  id: RoomId,
  report: (message: string, cause: unknown) => void,
): Promise<LoadedRoom> {
  const { unreadable, recent, ...loaded } = await readRoom(log, id)
  if (unreadable.length > 0) {
    const parts = unreadable.slice(0, reportedParts).join(', ')
    report(
      'A room could not be read whole',
      new Error(`Expected JSON that can be read in room ${id}, not in ${parts}.`),
    )
  }
  const { elements, clients, clock, changedAt, frameRecords: frames } = loaded
  if (!tidy(elements) && unreadable.length === 0) return { ...loaded, recent, freshFrom: 0 }
  // Stored before anything builds on it: the log is replayed onto the same scene that it was accepted on.
  await log.snapshot(id, clock, snapshotOf({ elements: elements.values(), clients, frames, newer: [...changedAt] }))
  return { ...loaded, recent: [], freshFrom: clock + 1 }
}

/** What is stored of a room, as it is; `unreadable`: what of it had to be left out. */
export async function readRoom(
  log: Pick<RoomLog, 'load'>,
  id: RoomId,
): Promise<Omit<LoadedRoom, 'freshFrom'> & { readonly unreadable: readonly string[] }> {
  const { record, snapshot, isNewest } = await readRecord(log, id)
  const unreadable: string[] = isNewest ? [] : ['its newest snapshot']
  if (!snapshot.isWhole) unreadable.push('elements of its snapshot')
  const elements = new Map(snapshot.elements.map(element => [element.id, element]))
  const clients = new Map<string, Client>(snapshot.clients.map(([client, person, seq]) => [client, { person, seq }]))
  // What was stored had room when it was: as much as has been forgotten since.
  const scene = { elements: { size: 0, get: (one: string) => elements.get(one), values: () => elements.values() } }
  const changedAt = new Map(snapshot.newer ?? [])
  const recent: StoredOperation[] = []
  let clock = record.snapshot?.clock ?? 0
  for (const operation of record.operations.map(operationOf)) {
    if (operation.clock <= clock) continue
    clock = operation.clock
    countOperation(clients, operation.client, { person: operation.author, seq: operation.seq })
    const applied = replay(scene, operation)
    if (!applied) {
      unreadable.push(`its operation ${clock}`)
      continue
    }
    const changed = applied.ok ? applied.changed : []
    for (const element of changed) {
      elements.set(element.id, element)
      changedAt.set(element.id, operation.clock)
    }
    recent.push(operation.operation.type === 'restore' ? { ...operation, restored: changed } : operation)
  }
  return { elements, clients, clock, changedAt, recent, frameRecords: snapshot.frames, unreadable }
}

/** Of what cannot be read, in the log. */
const reportedParts = 20

/**
 * The newest snapshot that can be read and what was stored after it. A room has two, and operations are kept until both
 * hold them: with one that cannot be read nothing is lost.
 */
async function readRecord(
  log: Pick<RoomLog, 'load'>,
  id: RoomId,
): Promise<{ readonly record: RoomRecord; readonly snapshot: ReadSnapshot; readonly isNewest: boolean }> {
  let record = await log.load(id)
  let snapshot = readSnapshot(record.snapshot)
  const isNewest = snapshot !== null
  while (!snapshot) {
    record = await log.load(id, { before: record.snapshot!.clock })
    snapshot = readSnapshot(record.snapshot)
  }
  return { record, snapshot, isNewest }
}

/** What an operation of the log changes; `undefined` if it cannot be read. */
function replay(scene: { readonly elements: Elements }, { operation, author }: StoredOperation): Applied | undefined {
  try {
    // What is no operation makes it throw, or comes back as it is.
    const applied: Partial<Applied> = applyOperation(scene, operation, author)
    return applied.ok === undefined ? undefined : (applied as Applied)
  } catch {
    return undefined
  }
}

/**
 * While nobody is here, what cannot be read is repaired, and in a room that is half full what was removed makes room for
 * new elements. Whether anything has changed.
 */
function tidy(elements: Map<string, SceneElement>): boolean {
  const repaired = repairElements(elements.values())
  for (const element of repaired) elements.set(element.id, element)
  const isHalfFull = elements.size > limits.maxElements / 2 || pointsIn(elements.values()) > limits.maxPointsPerRoom / 2
  if (isHalfFull) {
    for (const element of elements.values()) if (element.removed) elements.delete(element.id)
    for (const one of elements.values()) if (one.kind === 'layer' && !elements.has(one.frame)) elements.delete(one.id)
  }
  return repaired.length > 0 || isHalfFull
}

/** Remembers the last operation of a page; the map's order is by who was counted last. */
export function countOperation(clients: Map<string, Client>, client: string, counted: Client): void {
  clients.delete(client)
  clients.set(client, counted)
}

/** Points in all strokes and areas, removed ones included: they may come back. */
function pointsIn(elements: Iterable<SceneElement>): number {
  let points = 0
  for (const element of elements) points += pointsOf(element)
  return points
}
