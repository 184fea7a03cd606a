import { applyOperation, pointsOf } from '../protocol/apply.ts'
import type { StoredOperation } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { Element, Scene } from '../protocol/scene.ts'
import type { RoomId, Studio } from '../studio/studio.ts'
import { type Client, type FrameRecord, operationOf, readSnapshot, snapshotOf } from './roomRecord.ts'
import { repairElements } from './roomRepair.ts'

/** What a room begins with: its last snapshot and what was stored since. */
export interface LoadedRoom {
  readonly elements: Map<string, Element>
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

export async function loadRoom(studio: Pick<Studio, 'rooms'>, id: RoomId): Promise<LoadedRoom> {
  const record = await studio.rooms.load(id)
  const snapshot = readSnapshot(record)
  const elements = new Map(snapshot.elements.map(element => [element.id, element]))
  const clients = new Map<string, Client>(snapshot.clients.map(([client, person, seq]) => [client, { person, seq }]))
  const scene: Scene = { elements }
  const changedAt = new Map(snapshot.newer ?? [])
  const recent: StoredOperation[] = []
  let clock = record.snapshot?.clock ?? 0
  for (const operation of record.operations.map(operationOf)) {
    if (operation.clock <= clock) continue
    const applied = applyOperation(scene, operation.operation, operation.author)
    const changed = applied.ok ? applied.changed : []
    for (const element of changed) {
      elements.set(element.id, element)
      changedAt.set(element.id, operation.clock)
    }
    countOperation(clients, operation.client, { person: operation.author, seq: operation.seq })
    recent.push(operation.operation.type === 'restore' ? { ...operation, restored: changed } : operation)
    clock = operation.clock
  }
  const loaded = { elements, clients, clock, changedAt, frameRecords: snapshot.frames }
  if (!tidy(elements)) return { ...loaded, recent, freshFrom: 0 }
  // Stored before anything builds on it: the log is replayed onto the same scene that it was accepted on.
  await studio.rooms.snapshot(
    id,
    clock,
    snapshotOf({ elements: elements.values(), clients, frames: snapshot.frames, newer: [...changedAt] }),
  )
  return { ...loaded, recent: [], freshFrom: clock + 1 }
}

/**
 * While nobody is here, what cannot be read is repaired, and in a room that is half full what was removed makes room for
 * new elements. Whether anything has changed.
 */
function tidy(elements: Map<string, Element>): boolean {
  const repaired = repairElements(elements.values())
  for (const element of repaired) elements.set(element.id, element)
  const isHalfFull = elements.size > limits.maxElements / 2 || pointsIn(elements.values()) > limits.maxPointsPerRoom / 2
  if (isHalfFull) for (const element of elements.values()) if (element.removed) elements.delete(element.id)
  return repaired.length > 0 || isHalfFull
}

/** Remembers the last operation of a page; the map's order is by who was counted last. */
export function countOperation(clients: Map<string, Client>, client: string, counted: Client): void {
  clients.delete(client)
  clients.set(client, counted)
}

/** Points in all strokes and areas, removed ones included: they may come back. */
export function pointsIn(elements: Iterable<Element>): number {
  let points = 0
  for (const element of elements) points += pointsOf(element)
  return points
}
