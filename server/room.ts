import type { OperationBatch, OperationsStored, Reply, StoredOperation, Welcome } from '../protocol/events.ts'
import type { Operation, Scene, SceneElement } from '../protocol/scene.ts'
import { createSceneElements } from '../protocol/sceneElements.ts'
import { type PersonId, type RoomId, type RoomLog, RoomTakenError, type Studio } from '../studio/studio.ts'
import { createPackedScene, type PackedScene } from './packedScene.ts'
import { accept, reject } from './replies.ts'
import { countOperation, loadRoom } from './roomLoad.ts'
import { type FrameRecord, snapshotOf } from './roomRecord.ts'
import { createRoomSnapshots } from './roomSnapshots.ts'
import { createRoomWriter } from './roomWriter.ts'
import { type Batch, draftBatches, type SceneDraft } from './sceneDraft.ts'

/**
 * What is drawn in one room: the scene, its clock and its log. Operations are put in order here, stored, and only then
 * shown to anybody. Who is here is the concern of rooms.ts.
 */
export interface Room {
  readonly id: RoomId
  readonly scene: Scene
  /** What is there, without what was removed, by id. */
  readonly present: ReadonlyMap<string, SceneElement>
  readonly clock: number
  /** The frames' pictures as the last snapshot knew them. */
  readonly frameRecords: Readonly<Record<string, FrameRecord>>
  /** Queues a batch. The reply comes after everybody has been sent its operations. */
  operate(author: PersonId, client: string, batch: OperationBatch): Promise<Reply<OperationsStored>>
  /** Operations of the server's own, in a person's name. */
  operateFor(author: PersonId, operations: readonly Operation[]): Promise<void>
  /** Binds a page to its person; false if it is another's. */
  claim(client: string, person: PersonId): boolean
  /** Await it before `welcome`, so that nothing waits in between. */
  prepareWelcome(clock: number | null): Promise<void>
  /** The same before `firstScene`. */
  prepareFirstScene(): Promise<void>
  /** The scene as it was packed last; null where who enters with its clock would get everything anew. */
  readonly firstScene: PackedScene['firstScene']
  /** What a page must know that has seen everything up to `clock`. */
  welcome(client: string, clock: number | null): Pick<Welcome, 'clock' | 'seq' | 'scene' | 'newer'>
  /** Stores what is queued, then a snapshot. */
  close(): Promise<void>
}

export interface RoomEvents {
  /** Operations have been stored. `before`: the elements they touched, as they were. */
  stored(operations: readonly StoredOperation[], before: ReadonlyMap<string, SceneElement | undefined>): void
  /** What the next snapshot should know about the frames. */
  frameRecords(): Readonly<Record<string, FrameRecord>>
  /** The lowest clock up to which a frame's picture shows what is drawn; null: there are no pictures. */
  paintedUpTo(): number | null
  /** What is in memory is not what is stored: another server has written the room. It is to be closed, and read anew. */
  lost(): void
  failed(message: string, cause: unknown): void
}

/** Operations held in memory for pages that reconnect; who has missed more gets the whole scene. */
const maxRecent = 5_000

/**
 * Changes gather for a moment, unseen by the eye, and are stored and sent together: ten people who draw cost a third of
 * what they cost one by one.
 */
const gatherMs = 8

/** The client under which the server's own operations are counted. */
export const serverClient = 'server'

interface WaitingBatch extends Batch {
  readonly answer: (reply: Reply<OperationsStored>) => void
}

/** `log`: where the room is read and written, if not as by a server that is alone. */
export async function openRoom(
  studio: Studio,
  id: RoomId,
  events: RoomEvents,
  log: RoomLog = studio.rooms,
): Promise<Room> {
  const { clients, freshFrom, frameRecords, changedAt, ...loaded } = await loadRoom(log, id, events.failed)
  const sceneElements = createSceneElements(loaded.elements.values())
  const { all: elements, present } = sceneElements
  const scene: Scene = { elements }
  let { clock } = loaded
  const recent = [...loaded.recent]
  let waiting: WaitingBatch[] = []
  let storing: Promise<void> | null = null
  const writer = createRoomWriter(log, id, events.lost)
  const snapshots = createRoomSnapshots({
    since: recent.length,
    countElements: () => elements.size,
    store: () => writer.snapshot(clock, snapshotText),
    failed: events.failed,
  })

  const packed = createPackedScene({
    present,
    get clock() {
      return clock
    },
    since: operationsSince,
  })

  function snapshotText(): string {
    return snapshotOf({ elements: elements.values(), clients, frames: events.frameRecords(), newer: newerElements() })
  }

  /** What the frames' pictures do not show yet. */
  function newerElements(): (readonly [string, number])[] {
    const upTo = events.paintedUpTo()
    return upTo === null ? [] : [...changedAt].filter(([, at]) => at > upTo)
  }

  /** null: not all of them are known any more. */
  function operationsSince(since: number): readonly StoredOperation[] | null {
    const oldest = recent[0]?.clock ?? clock + 1
    const isCovered = since <= clock && since >= oldest - 1
    return isCovered ? recent.filter(one => one.clock > since) : null
  }

  /** What a page has missed that has seen everything up to a clock; null: too much. */
  const missedSince = (since: number) => (since >= freshFrom ? operationsSince(since) : null)

  /** Empties the queue, as many batches per transaction as have come meanwhile. Never rejects. */
  async function storeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      await new Promise(resolve => setTimeout(resolve, gatherMs))
      const batches = waiting
      waiting = []
      const answers = await storeBatches(batches)
      for (const [index, batch] of batches.entries()) batch.answer(answers[index]!)
      await snapshots.takeIfOverdue()
    }
    // Nothing has waited since the queue was seen empty: whoever comes now starts anew.
    storing = null
    snapshots.takeInPause()
  }

  async function storeBatches(batches: readonly Batch[]): Promise<Reply<OperationsStored>[]> {
    let draft: SceneDraft
    try {
      draft = await draftBatches(studio, { id, elements, clients, clock, points: sceneElements.points }, batches)
      await writer.append(draft.operations)
    } catch (error) {
      if (!(error instanceof RoomTakenError)) events.failed('Operations could not be stored', error)
      return batches.map(() => reject('room/unsaved'))
    }
    const { operations, outcomes } = draft
    const before = new Map(draft.changed.map(({ id }) => [id, elements.get(id)]))
    const forgotten = sceneElements.put(draft.changed)
    for (const [client, counted] of draft.clients) countOperation(clients, client, counted)
    clock += operations.length
    snapshots.count(operations.length)
    for (const element of before.keys()) changedAt.set(element, clock)
    for (const element of forgotten) changedAt.delete(element)
    recent.push(...operations)
    // Seldom, as all of them are moved.
    if (recent.length > maxRecent * 1.5) recent.splice(0, recent.length - maxRecent)
    if (operations.length > 0) emitStored(operations, before)
    return outcomes.map(one => ('ok' in one ? one : accept({ clock, rejected: one })))
  }

  function emitStored(operations: readonly StoredOperation[], before: ReadonlyMap<string, SceneElement | undefined>) {
    try {
      events.stored(operations, before)
    } catch (error) {
      // They are stored: whoever did not get them catches up by clock.
      events.failed('Stored operations could not be sent', error)
    }
  }

  function enqueue(batch: Batch): Promise<Reply<OperationsStored>> {
    return new Promise(answer => {
      waiting.push({ ...batch, answer })
      snapshots.endPause()
      storing ??= storeWaiting()
    })
  }

  return {
    id,
    scene,
    present,
    get clock() {
      return clock
    },
    frameRecords,
    operate: (author, client, { seq, operations }) => enqueue({ author, client, seq, operations }),
    async operateFor(author, operations) {
      const reply = await enqueue({ author, client: serverClient, seq: null, operations })
      const error = reply.ok ? reply.value.rejected[0]?.error : reply.error
      if (error) throw new Error(`The server's own operation was rejected: ${error.message}`)
    },
    claim(client, person) {
      const known = clients.get(client)
      if (client === serverClient || (known && known.person !== person)) return false
      if (!known) countOperation(clients, client, { person, seq: 0 })
      return true
    },
    prepareWelcome: async since => (since === null ? packed.prepare() : undefined),
    prepareFirstScene: () => packed.prepare({ isAlone: true }),
    get firstScene() {
      const scene = packed.firstScene
      return scene && missedSince(scene.clock) ? scene : null
    },
    welcome(client, since) {
      const known = { clock, seq: clients.get(client)?.seq ?? 0, newer: newerElements() }
      const operations = since === null ? null : missedSince(since)
      const scene = operations ? { type: 'since' as const, operations } : since === null ? packed.welcome : null
      return { ...known, scene: scene ?? { type: 'all', elements: [...elements.values()] } }
    },
    async close() {
      await storing
      await snapshots.close()
    },
  }
}
