import { type Applied, applyOperation, countInk, countPoints } from './apply.ts'
import { type ErrorPayload, UserError } from './errors.ts'
import type { OperationBatch, OperationsStored, Reply, StoredOperation, StoredOperations, Welcome } from './events.ts'
import { limits } from './limits.ts'
import type { Element, Operation, Scene } from './scene.ts'

/**
 * A browser's side of the scene: shows my operations at once, sends them in order, and puts them on top again whenever
 * the server's order turns out differently. Pure: whoever owns the socket carries messages to and from it.
 *
 *   on connect      → emit room:enter with `clock` → `entered(welcome)`, then send
 *   scene:operated  → `operated(facts)`; false means that facts are missing: enter again
 *   my operation    → `operate(operation)`, then send
 *   send            → while (batch = nextBatch()) emit scene:operate, its reply → `answered(batch, reply)`
 *   on disconnect   → `disconnected()`
 */
export interface SceneSync {
  /** What to show: everything stored, with what is mine and not stored yet on top. The same object for ever, filled anew. */
  readonly scene: Scene
  /** Counts changes of `scene`. */
  readonly version: number
  /** The last stored operation that this page has, or null before the first welcome. */
  readonly clock: number | null
  /** My operations that are not stored yet. */
  readonly pending: number
  entered(welcome: Pick<Welcome, 'you' | 'clock' | 'seq' | 'scene'>): void
  /** Applies an operation of mine at once; a rejected one changes nothing and is not sent. */
  operate(operation: Operation): Applied
  /** What to send now; null when there is nothing, or enough is on its way. */
  nextBatch(): OperationBatch | null
  /** `rejected`: operations of mine that the server did not take and that are gone. `retry`: wait a moment, then send again. */
  answered(
    batch: OperationBatch,
    reply: Reply<OperationsStored>,
  ): { readonly retry: boolean; readonly rejected: readonly ErrorPayload[] }
  /** False if facts are missing in between: enter again. */
  operated(facts: StoredOperations): boolean
  disconnected(): void
  /** Calls back with the ids that may look different; returns what stops it. */
  subscribe(listener: (changed: ReadonlySet<string>) => void): () => void
}

/** Batches on their way at once: enough to keep ink flowing over a slow line. */
const batchesInFlight = 4

interface Pending {
  readonly operation: Operation
  /** Its number while it is on its way. */
  seq: number | null
  /** Once sent it keeps its content for ever: the server may have it already, and will know it by its number. */
  wasSent: boolean
}

export function createSceneSync(client: string): SceneSync {
  /** What the server has stored, up to `clock`. */
  let stored = new Map<string, Element>()
  let clock: number | null = null
  /** `stored` with `pending` applied. */
  const shown = new Map<string, Element>()
  const scene: Scene = { elements: shown }
  let pending: Pending[] = []
  /** Ids that `pending` has touched in `shown`. */
  let touched = new Set<string>()
  let me = ''
  let isEntered = false
  let nextSeq = 1
  let inFlight = new Set<OperationBatch>()
  let version = 0
  const listeners = new Set<(changed: ReadonlySet<string>) => void>()

  function tell(changed: ReadonlySet<string>) {
    if (changed.size === 0) return
    version++
    for (const listener of listeners) listener(changed)
  }

  /** Applies to `stored`; a stored operation was accepted once, in this order, so it is accepted here. */
  function store({ operation, author, clock: at }: StoredOperation, changed: Set<string>) {
    const applied = applyOperation({ elements: stored }, operation, author)
    for (const element of applied.ok ? applied.changed : []) {
      stored.set(element.id, element)
      changed.add(element.id)
    }
    clock = at
  }

  /** Shows `stored` again where it changed, and what is pending on top of it. */
  function rebase(changed: Set<string>) {
    for (const id of touched) changed.add(id)
    for (const id of changed) {
      const element = stored.get(id)
      if (element) shown.set(id, element)
      else shown.delete(id)
    }
    touched = new Set()
    for (const { operation } of pending) {
      // What has become impossible meanwhile shows nothing; the server will refuse it and say why.
      const applied = applyOperation(scene, operation, me)
      if (applied.ok) show(applied.changed)
    }
    for (const id of touched) changed.add(id)
    tell(changed)
  }

  function show(elements: readonly Element[]) {
    for (const element of elements) {
      shown.set(element.id, element)
      touched.add(element.id)
    }
  }

  const drop = (isGone: (one: Pending) => boolean) => {
    pending = pending.filter(one => !isGone(one))
  }

  return {
    scene,
    get version() {
      return version
    },
    get clock() {
      return clock
    },
    get pending() {
      return pending.length
    },

    entered(welcome) {
      me = welcome.you.id
      const changed = new Set<string>()
      if (welcome.scene.type === 'all') {
        for (const id of stored.keys()) changed.add(id)
        stored = new Map(welcome.scene.elements.map(element => [element.id, element]))
        for (const id of stored.keys()) changed.add(id)
      } else {
        for (const fact of welcome.scene.operations) if (fact.clock > (clock ?? 0)) store(fact, changed)
      }
      clock = welcome.clock
      // What the server has counted is settled, stored or refused. The rest is numbered anew behind it.
      drop(one => one.seq !== null && one.seq <= welcome.seq)
      for (const one of pending) one.seq = null
      nextSeq = welcome.seq + 1
      inFlight = new Set()
      isEntered = true
      rebase(changed)
    },

    operate(operation) {
      const parts = split(operation)
      const applied = applyOperation(scene, operation, me)
      if (!applied.ok) return applied
      for (const part of parts) {
        const last = pending.at(-1)
        const joined = last && !last.wasSent ? join(last.operation, part) : null
        if (joined) pending.pop()
        pending.push({ operation: joined ?? part, seq: null, wasSent: false })
      }
      show(applied.changed)
      tell(new Set(applied.changed.map(element => element.id)))
      return applied
    },

    nextBatch() {
      if (!isEntered || inFlight.size >= batchesInFlight) return null
      const waiting = pending.filter(one => one.seq === null)
      const taken = waiting.slice(0, countFitting(waiting))
      if (taken.length === 0) return null
      const batch: OperationBatch = { seq: nextSeq, operations: taken.map(one => one.operation) }
      for (const one of taken) {
        one.seq = nextSeq++
        one.wasSent = true
      }
      inFlight.add(batch)
      return batch
    },

    answered(batch, reply) {
      // An answer from before a reconnect or a retry: what it said has been settled since.
      if (!inFlight.delete(batch)) return { retry: false, rejected: [] }
      const end = batch.seq + batch.operations.length
      const isOfBatch = (one: Pending) => one.seq !== null && one.seq >= batch.seq && one.seq < end
      if (reply.ok) {
        // Facts come before the answer, so what is left of the batch was refused, now or when it was first sent.
        const before = pending.length
        if (reply.value.clock <= (clock ?? 0)) drop(isOfBatch)
        if (pending.length < before) rebase(new Set())
        return { retry: false, rejected: reply.value.rejected.map(({ error }) => error) }
      }
      // The same batch may be sent again.
      const retry = UserError.from(reply.error).passes
      if (!retry) drop(isOfBatch)
      // The server stopped before this batch: everything from here on is sent again under the same numbers.
      for (const one of pending) if (one.seq !== null && one.seq >= batch.seq) one.seq = null
      nextSeq = batch.seq
      inFlight = new Set()
      rebase(new Set())
      return { retry, rejected: retry ? [] : [reply.error] }
    },

    operated({ operations }) {
      if (!isEntered) return true
      const changed = new Set<string>()
      let isWhole = true
      for (const fact of operations) {
        if (fact.clock <= clock!) continue
        if (fact.clock !== clock! + 1) {
          isWhole = false
          break
        }
        store(fact, changed)
        if (fact.client === client) drop(one => one.seq === fact.seq)
      }
      rebase(changed)
      return isWhole
    },

    disconnected() {
      isEntered = false
      inFlight = new Set()
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** How many of these go into one message, by its limits: operations, points and bytes. */
function countFitting(waiting: readonly Pending[]): number {
  let points = 0
  let bytes = 0
  let count = 0
  for (const { operation } of waiting) {
    points += countInk(operation)
    // A character is at most three bytes in UTF-8; half of the message stays free for its envelope.
    bytes += JSON.stringify(operation).length * 3
    if (count > 0 && (points > limits.maxPointsPerMessage || bytes > limits.maxMessageBytes / 2)) break
    if (++count === limits.maxOperationsPerMessage) break
  }
  return count
}

/** A long stroke travels as its beginning and extensions, a long list of ids in parts. */
function split(operation: Operation): Operation[] {
  if (operation.type === 'remove' || operation.type === 'restore') {
    return chunks(operation.ids, limits.maxIdsPerOperation).map(ids => ({ ...operation, ids }))
  }
  if (countInk(operation) <= limits.maxPointsPerMessage) return [operation]
  const perPart = limits.maxPointsPerMessage * 3
  if (operation.type === 'extend') {
    const parts = chunks(operation.points, perPart)
    return parts.map((points, index) => ({
      ...operation,
      from: operation.from + index * limits.maxPointsPerMessage,
      points,
      done: operation.done && index === parts.length - 1,
    }))
  }
  if (operation.type !== 'add' || operation.element.kind !== 'stroke') return [operation]
  const { element } = operation
  const beginning: Operation = {
    type: 'add',
    element: { ...element, points: element.points.slice(0, perPart), done: false },
  }
  return [
    beginning,
    ...split({
      type: 'extend',
      id: element.id,
      from: limits.maxPointsPerMessage,
      points: element.points.slice(perPart),
      done: element.done,
    }),
  ]
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

/** Two operations as one, while neither has been sent: offline, a stroke is one message and a drag only where it ended. */
function join(first: Operation, second: Operation): Operation | null {
  if (second.type === 'change') {
    if (first.type !== 'change' || first.id !== second.id) return null
    return { ...first, change: { ...first.change, ...second.change } }
  }
  if (second.type !== 'extend' || countInk(first) + countInk(second) > limits.maxPointsPerMessage) return null
  if (first.type === 'extend' && first.id === second.id && first.from + countInk(first) === second.from) {
    return { ...first, points: [...first.points, ...second.points], done: first.done || second.done }
  }
  if (first.type !== 'add' || first.element.kind !== 'stroke' || first.element.id !== second.id) return null
  if (countPoints(first.element) !== second.from) return null
  const { element } = first
  const points = [...element.points, ...second.points]
  return { type: 'add', element: { ...element, points, done: element.done || second.done } }
}
