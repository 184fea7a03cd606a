import { applyOperation, countInk, type Elements } from '../protocol/apply.ts'
import { type ErrorPayload, errorPayload } from '../protocol/errors.ts'
import type { OperationsStored, Reply, StoredOperation } from '../protocol/events.ts'
import { masksIn } from '../protocol/frameOptions.ts'
import { limits } from '../protocol/limits.ts'
import type { Operation, SceneElement } from '../protocol/scene.ts'
import { asFileHash, type PersonId, type RoomId, type Studio } from '../studio/studio.ts'
import { reject } from './replies.ts'
import type { Client } from './roomRecord.ts'
import { missingStyle } from './stylePermission.ts'

/** Operations of one page, in the order in which they were made. */
export interface Batch {
  readonly author: PersonId
  readonly client: string
  /** Of the first operation. null: the server's own, numbered when their turn comes. */
  readonly seq: number | null
  readonly operations: readonly Operation[]
}

/** The room as it is stored. */
interface StoredScene {
  readonly id: RoomId
  readonly elements: ReadonlyMap<string, SceneElement>
  readonly clients: ReadonlyMap<string, Client>
  readonly clock: number
  /** In all strokes. */
  readonly points: number
}

/** What batches would change. Nothing of it is true before it is stored. */
export interface SceneDraft {
  /** Those that were accepted, numbered by the clock. */
  readonly operations: readonly StoredOperation[]
  /** Per batch: rejected as a whole, or the operations of it that were. */
  readonly outcomes: readonly (Reply<never> | OperationsStored['rejected'])[]
  /** Per page: the last of its operations that is settled, stored or rejected. */
  readonly clients: ReadonlyMap<string, Client>
  /** The elements that it touches, as they would be. */
  readonly changed: readonly SceneElement[]
}

/** Checks batches against a room, one after the other, each on what the ones before it would change. */
export async function draftBatches(studio: Studio, scene: StoredScene, batches: readonly Batch[]): Promise<SceneDraft> {
  const draft = createElementDraft(scene.elements)
  const clients = new Map<string, Client>()
  const stored: StoredOperation[] = []
  let addedPoints = 0

  async function errorOf(operation: Operation, author: PersonId): Promise<ErrorPayload | null> {
    const points = countInk(operation)
    if (points > 0 && scene.points + addedPoints + points > limits.maxPointsPerRoom) return errorPayload('room/ink')
    return (
      (await missingFile(studio, operation, { room: scene.id, author })) ??
      (await missingStyle(studio, operation, author, draft.scene.elements))
    )
  }

  async function draftBatch({ author, client, seq: sent, operations }: Batch): Promise<SceneDraft['outcomes'][number]> {
    const last = clients.get(client)?.seq ?? scene.clients.get(client)?.seq ?? 0
    const first = sent ?? last + 1
    if (first > last + 1) return reject('room/order')
    const rejected: OperationsStored['rejected'][number][] = []
    for (const [index, operation] of operations.entries()) {
      const seq = first + index
      // Counted before: stored or rejected, it is settled.
      if (seq <= last) continue
      clients.set(client, { person: author, seq })
      const error = await errorOf(operation, author)
      const applied = error ? { ok: false as const, error } : applyOperation(draft.scene, operation, author)
      if (!applied.ok) {
        rejected.push({ index, error: applied.error })
        continue
      }
      for (const element of applied.changed) draft.set(element)
      addedPoints += countInk(operation)
      const restored = operation.type === 'restore' ? { restored: applied.changed } : {}
      stored.push({ clock: scene.clock + stored.length + 1, client, seq, author, operation, ...restored })
    }
    return rejected
  }

  const outcomes: SceneDraft['outcomes'][number][] = []
  for (const batch of batches) outcomes.push(await draftBatch(batch))
  return { operations: stored, outcomes, clients, changed: draft.changed() }
}

/** An image must be on the server before it is on the canvas, and be one that its author may see: then the room may. */
async function missingFile(
  { rooms }: Studio,
  operation: Operation,
  { room, author }: { readonly room: RoomId; readonly author: PersonId },
): Promise<ErrorPayload | null> {
  for (const file of filesIn(operation)) {
    if (!(await rooms.addFile(room, asFileHash(file), author))) return errorPayload('file/missing')
  }
  return null
}

/** The files that an operation puts into the room. */
function filesIn(operation: Operation): string[] {
  if (operation.type === 'add' && operation.element.kind === 'image') return [operation.element.file]
  const isFrame = operation.type === 'add' && operation.element.kind === 'frame'
  const content = isFrame ? operation.element : operation.type === 'change' ? operation.change : {}
  const { paper, options } = content
  return [...(paper?.kind === 'picture' ? [paper.file] : []), ...masksIn(options ?? {})]
}

/** Elements over a map that stays as it is. */
function createElementDraft(elements: ReadonlyMap<string, SceneElement>) {
  const drafted = new Map<string, SceneElement>()
  let added = 0
  const view: Elements = {
    get size() {
      return elements.size + added
    },
    get: id => drafted.get(id) ?? elements.get(id),
    *values() {
      for (const [id, element] of elements) yield drafted.get(id) ?? element
      for (const [id, element] of drafted) if (!elements.has(id)) yield element
    },
  }
  return {
    scene: { elements: view },
    set(element: SceneElement) {
      if (!view.get(element.id)) added++
      drafted.set(element.id, element)
    },
    changed: () => [...drafted.values()],
  }
}
