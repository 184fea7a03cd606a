import { applyOperation, countInk, countPoints, type Elements } from '../protocol/apply.ts'
import { type ErrorPayload, errorPayload } from '../protocol/errors.ts'
import type { OperationBatch, OperationsStored, Reply, StoredOperation, Welcome } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { Element, Operation, Scene } from '../protocol/scene.ts'
import type { FileHash, PersonId, RoomId, Studio } from '../studio/studio.ts'
import { createGuard } from './guard.ts'
import { accept, reject } from './replies.ts'
import { type Client, entryOf, type FrameRecord, operationOf, readSnapshot, snapshotOf } from './roomRecord.ts'
import { missingStyle } from './stylePermission.ts'

/**
 * What is drawn in one room: the scene, its clock and its log. Operations are put in order here, stored, and only then
 * shown to anybody. Who is here is the concern of rooms.ts.
 */
export interface Room {
  readonly id: RoomId
  readonly scene: Scene
  readonly clock: number
  /** The frames' pictures as the last snapshot knew them. */
  readonly frameRecords: Readonly<Record<string, FrameRecord>>
  /** Puts a batch in line. The reply comes after everybody has been told. */
  operate(author: PersonId, client: string, batch: OperationBatch): Promise<Reply<OperationsStored>>
  /** Operations of the server's own, in a person's name. */
  operateFor(author: PersonId, operations: readonly Operation[]): Promise<void>
  /** Binds a page to its person; false if it is another's. */
  claim(client: string, person: PersonId): boolean
  /** What a page must know that has seen everything up to `clock`. */
  welcome(client: string, clock: number | null): Pick<Welcome, 'clock' | 'seq' | 'scene'>
  /** Stores what is in line, then a snapshot. */
  close(): Promise<void>
}

export interface RoomEvents {
  /** Operations have been stored. `before`: the elements they touched, as they were. */
  stored(operations: readonly StoredOperation[], before: ReadonlyMap<string, Element | undefined>): void
  /** What the next snapshot should know about the frames. */
  frameRecords(): Readonly<Record<string, FrameRecord>>
  failed(words: string, cause: unknown): void
}

/**
 * Operations after which a snapshot is worth its while, larger scenes later; it waits for a pause, because everybody
 * would wait for it (50 ms for a few hundred strokes), but not for ever.
 */
const snapshotAfter = (elements: number) => Math.max(1_000, elements / 2)
const pauseMs = 1_000
const maxWithoutPause = 10
/** Operations kept in memory for pages that reconnect; who has missed more gets the whole scene. */
const maxRecent = 5_000

/**
 * Changes gather for a moment, unseen by the eye, and are stored and told together: ten people who draw cost a third of
 * what they cost one by one.
 */
const gatherMs = 8

/** The client under which the server's own operations are counted. */
export const serverClient = 'server'

interface Waiting {
  readonly author: PersonId
  readonly client: string
  /** null: the server's own, numbered when their turn comes. */
  readonly seq: number | null
  readonly operations: readonly Operation[]
  readonly answer: (reply: Reply<OperationsStored>) => void
}

export async function openRoom(studio: Studio, id: RoomId, events: RoomEvents): Promise<Room> {
  const record = await studio.rooms.load(id)
  const snapshot = readSnapshot(record)
  const elements = new Map(snapshot.elements.map(element => [element.id, element]))
  const clients = new Map<string, Client>(snapshot.clients.map(([client, person, seq]) => [client, { person, seq }]))
  const scene: Scene = { elements }
  let clock = record.snapshot?.clock ?? 0
  let recent: StoredOperation[] = []
  for (const operation of record.operations.map(operationOf)) {
    if (operation.clock <= clock) continue
    const applied = applyOperation(scene, operation.operation, operation.author)
    for (const element of applied.ok ? applied.changed : []) elements.set(element.id, element)
    count(operation.client, operation.author, operation.seq)
    recent.push(operation)
    clock = operation.clock
  }
  let sinceSnapshot = recent.length
  // While nobody is here, what was removed makes room for new elements. Pages from before then start afresh.
  let freshFrom = 0
  if (elements.size > limits.maxElements / 2 || inkOf(elements.values()) > limits.maxPointsPerRoom / 2) {
    for (const element of elements.values()) if (element.removed) elements.delete(element.id)
    freshFrom = clock + 1
    recent = []
    // Stored before anything builds on it: the log is replayed onto the same scene that it was accepted on.
    await studio.rooms.snapshot(id, clock, snapshotOf(elements.values(), clients, snapshot.frames))
    sinceSnapshot = 0
  }

  const guard = createGuard(events.failed)
  /** Points in all strokes, removed ones included: they may come back. */
  let ink = inkOf(elements.values())
  let waiting: Waiting[] = []
  let storing: Promise<void> | null = null
  let pause: NodeJS.Timeout | null = null
  let snapshotting = Promise.resolve()

  function count(client: string, person: string, seq: number) {
    clients.delete(client)
    clients.set(client, { person, seq })
  }

  /** Empties the line, as many batches per transaction as have come meanwhile. Never rejects. */
  async function storeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      await new Promise(resolve => setTimeout(resolve, gatherMs))
      const batches = waiting
      waiting = []
      const answers = await storeBatches(batches)
      for (const [index, batch] of batches.entries()) batch.answer(answers[index]!)
      if (sinceSnapshot >= snapshotAfter(elements.size) * maxWithoutPause) await takeSnapshot()
    }
    // In the same breath as the last look at the line: whoever comes now starts anew.
    storing = null
    if (sinceSnapshot >= snapshotAfter(elements.size)) {
      pause = setTimeout(guard('A snapshot could not be taken', takeSnapshot), pauseMs)
      pause.unref()
    }
  }

  async function storeBatches(batches: readonly Waiting[]): Promise<Reply<OperationsStored>[]> {
    const draft = createDraft(elements)
    const counts = new Map<string, Client>()
    const stored: StoredOperation[] = []
    let moreInk = 0
    const outcomes: (Reply<never> | OperationsStored['rejected'])[] = []
    try {
      for (const batch of batches) {
        const last = counts.get(batch.client)?.seq ?? clients.get(batch.client)?.seq ?? 0
        const first = batch.seq ?? last + 1
        if (first > last + 1) {
          outcomes.push(reject('room/order'))
          continue
        }
        const rejected: { index: number; error: ErrorPayload }[] = []
        for (const [index, operation] of batch.operations.entries()) {
          const seq = first + index
          // Counted before: stored or refused, it is settled.
          if (seq <= last) continue
          counts.set(batch.client, { person: batch.author, seq })
          const points = countInk(operation)
          const isOverfull = points > 0 && ink + moreInk + points > limits.maxPointsPerRoom
          const error = isOverfull
            ? errorPayload('room/ink')
            : ((await missingFile(studio, operation)) ??
              (await missingStyle(studio, operation, batch.author, draft.scene.elements)))
          const applied = error ? { ok: false as const, error } : applyOperation(draft.scene, operation, batch.author)
          if (!applied.ok) {
            rejected.push({ index, error: applied.error })
            continue
          }
          for (const element of applied.changed) draft.set(element)
          moreInk += points
          const { author, client } = batch
          stored.push({ clock: clock + stored.length + 1, client, seq, author, operation })
        }
        outcomes.push(rejected)
      }
      await append(stored)
    } catch (error) {
      events.failed('Operations could not be stored', error)
      return batches.map(() => reject('room/unsaved'))
    }
    const before = draft.commit()
    for (const [client, { person, seq }] of counts) count(client, person, seq)
    ink += moreInk
    clock += stored.length
    sinceSnapshot += stored.length
    recent = [...recent, ...stored].slice(-maxRecent)
    if (stored.length > 0) tell(stored, before)
    return outcomes.map(one => ('ok' in one ? one : accept({ clock, rejected: one })))
  }

  function tell(stored: readonly StoredOperation[], before: ReadonlyMap<string, Element | undefined>) {
    try {
      events.stored(stored, before)
    } catch (error) {
      // It is stored: whoever was not told catches up by clock.
      events.failed('Stored operations could not be told', error)
    }
  }

  async function append(stored: readonly StoredOperation[]): Promise<void> {
    if (stored.length === 0) return
    const written = await studio.rooms.append(id, stored.map(entryOf))
    if (written.length !== stored.length) {
      throw new Error(
        `Expected to store ${stored.length} operations, stored ${written.length}: is another server on it?`,
      )
    }
  }

  function takeSnapshot(): Promise<void> {
    sinceSnapshot = 0
    snapshotting = storeSnapshot()
    return snapshotting
  }

  /** Never rejects. Where it fails nothing is lost: the log is longer, and the next snapshot catches up. */
  async function storeSnapshot() {
    try {
      await studio.rooms.snapshot(id, clock, snapshotOf(elements.values(), clients, events.frameRecords()))
    } catch (error) {
      events.failed('A snapshot could not be stored', error)
    }
  }

  function enqueue(batch: Omit<Waiting, 'answer'>): Promise<Reply<OperationsStored>> {
    return new Promise(answer => {
      waiting.push({ ...batch, answer })
      if (pause) clearTimeout(pause)
      storing ??= storeWaiting()
    })
  }

  return {
    id,
    scene,
    get clock() {
      return clock
    },
    frameRecords: snapshot.frames,
    operate: (author, client, { seq, operations }) => enqueue({ author, client, seq, operations }),
    async operateFor(author, operations) {
      const reply = await enqueue({ author, client: serverClient, seq: null, operations })
      const error = reply.ok ? reply.value.rejected[0]?.error : reply.error
      if (error) throw new Error(`The server's own operation was rejected: ${error.message}`)
    },
    claim(client, person) {
      const known = clients.get(client)
      if (client === serverClient || (known && known.person !== person)) return false
      if (!known) count(client, person, 0)
      return true
    },
    welcome(client, since) {
      const seq = clients.get(client)?.seq ?? 0
      const oldest = recent[0]?.clock ?? clock + 1
      const isCovered = since !== null && since >= freshFrom && since <= clock && since >= oldest - 1
      if (!isCovered) return { clock, seq, scene: { type: 'all', elements: [...elements.values()] } }
      return { clock, seq, scene: { type: 'since', operations: recent.filter(one => one.clock > since) } }
    },
    async close() {
      await storing
      if (pause) clearTimeout(pause)
      await snapshotting
      if (sinceSnapshot > 0) await takeSnapshot()
    },
  }
}

function inkOf(elements: Iterable<Element>): number {
  let points = 0
  for (const element of elements) if (element.kind === 'stroke') points += countPoints(element)
  return points
}

/** An image must be on the server before it is on the canvas. */
async function missingFile(studio: Studio, operation: Operation): Promise<ErrorPayload | null> {
  if (operation.type !== 'add' || operation.element.kind !== 'image') return null
  return (await studio.pictures.files.has(operation.element.file as FileHash)) ? null : errorPayload('file/missing')
}

/** Elements over a map that stays as it is until `commit`: nothing is true before it is stored. */
function createDraft(elements: Map<string, Element>) {
  const drafted = new Map<string, Element>()
  let added = 0
  const view: Elements = {
    get size() {
      return elements.size + added
    },
    get: id => drafted.get(id) ?? elements.get(id),
  }
  return {
    scene: { elements: view },
    set(element: Element) {
      if (!view.get(element.id)) added++
      drafted.set(element.id, element)
    },
    /** Makes it true; returns what was there before. */
    commit(): Map<string, Element | undefined> {
      const before = new Map<string, Element | undefined>()
      for (const [id, element] of drafted) {
        before.set(id, elements.get(id))
        elements.set(id, element)
      }
      return before
    },
  }
}
