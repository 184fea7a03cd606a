import { countInk, countPoints } from './apply.ts'
import type { OperationBatch } from './events.ts'
import { limits } from './limits.ts'
import { isMergeable, mergeField } from './mergeFields.ts'
import type { Operation } from './scene.ts'

/** Batches on their way at once: enough to keep ink flowing over a slow line. */
const batchesInFlight = 4

interface Pending {
  readonly operation: Operation
  /** Its number while it is on its way. */
  seq: number | null
  /** Once sent it keeps its content for ever: the server may have it already, and will know it by its number. */
  wasSent: boolean
}

/** My operations that are not stored yet, in order, and the numbers under which they are sent. */
export interface PendingOperations {
  readonly length: number
  operations(): Operation[]
  /** Puts one behind the others, in parts that fit into a message; joined with the last one while that has not been sent. */
  push(operation: Operation): void
  /** What to send now; null when there is nothing, or enough is on its way. */
  nextBatch(): OperationBatch | null
  /** False if it is not on its way any more: an answer from before a reconnect or a retry. */
  arrived(batch: OperationBatch): boolean
  /** Drops what is left of a batch, or the one with a number; says whether anything was dropped. */
  drop(batch: OperationBatch): boolean
  dropNumbered(seq: number): void
  /** The server stopped before `seq`: everything from there on is sent again under the same numbers. */
  sendAgainFrom(seq: number): void
  /** What the server has counted, up to `seq`, is settled, stored or refused. The rest is numbered anew behind it. */
  settleUpTo(seq: number): void
  /** Nothing is on its way any more. */
  disconnected(): void
}

export function createPendingOperations(): PendingOperations {
  let pending: Pending[] = []
  let nextSeq = 1
  let inFlight = new Set<OperationBatch>()

  function remove(isGone: (one: Pending) => boolean): boolean {
    const before = pending.length
    pending = pending.filter(one => !isGone(one))
    return pending.length < before
  }

  return {
    get length() {
      return pending.length
    },
    operations: () => pending.map(({ operation }) => operation),

    push(operation) {
      for (const part of split(operation)) {
        const index = joinable(pending, part)
        const joined = index === null ? null : join(pending[index]!.operation, part)
        const one: Pending = { operation: joined ?? part, seq: null, wasSent: false }
        if (joined) pending[index!] = one
        else pending.push(one)
      }
    },

    nextBatch() {
      if (inFlight.size >= batchesInFlight) return null
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

    arrived: batch => inFlight.delete(batch),

    drop({ seq, operations }) {
      return remove(one => one.seq !== null && one.seq >= seq && one.seq < seq + operations.length)
    },
    dropNumbered(seq) {
      remove(one => one.seq === seq)
    },

    sendAgainFrom(seq) {
      for (const one of pending) if (one.seq !== null && one.seq >= seq) one.seq = null
      nextSeq = seq
      inFlight = new Set()
    },
    settleUpTo(seq) {
      remove(one => one.seq !== null && one.seq <= seq)
      for (const one of pending) one.seq = null
      nextSeq = seq + 1
      inFlight = new Set()
    },
    disconnected() {
      inFlight = new Set()
    },
  }
}

/**
 * Where in the queue an operation may be joined to: at its end, as long as that has not been sent. A large selection travels
 * in parts that have nothing in common, so a part is looked for among those at the end.
 */
function joinable(pending: readonly Pending[], operation: Operation): number | null {
  for (let index = pending.length - 1; index >= 0; index--) {
    const { operation: earlier, wasSent } = pending[index]!
    if (wasSent) return null
    if (operation.type !== 'arrange' || earlier.type !== 'arrange') return index
    const [first] = operation.changes
    if (earlier.changes.some(({ id }) => id === first?.id)) return index
    const ids = new Set(operation.changes.map(({ id }) => id))
    if (earlier.changes.some(({ id }) => ids.has(id))) return null
  }
  return null
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
  if (operation.type === 'arrange') {
    return chunks(operation.changes, limits.maxArranged).map(changes => ({ type: 'arrange', changes }))
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
    return joinChanges(first, second)
  }
  if (second.type === 'arrange') {
    if (first.type !== 'arrange' || first.changes.length !== second.changes.length) return null
    if (!first.changes.every(({ id }, index) => id === second.changes[index]!.id)) return null
    const changes = second.changes.map(({ id, change }, index) => {
      return { id, change: { ...first.changes[index]!.change, ...change } }
    })
    return { type: 'arrange', changes }
  }
  if (second.type === 'edit') {
    const isNext = first.type === 'edit' && first.id === second.id && first.to === second.from
    return isNext ? { ...first, to: second.to } : null
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

type ChangeOperation = Extract<Operation, { type: 'change' }>

/** Of styles and options the second one adds what it changes of them: the rest of what it saw may be others'. */
function joinChanges(first: ChangeOperation, second: ChangeOperation): ChangeOperation {
  const change = Object.entries(second.change).map(([field, to]) => {
    const isInBoth = isMergeable(field) && field in first.change && second.from && field in second.from
    return [field, isInBoth ? mergeField(field, second.from![field], first.change[field], to) : to]
  })
  const from = { ...second.from, ...first.from }
  return {
    ...first,
    change: { ...first.change, ...Object.fromEntries(change) },
    ...(Object.keys(from).length > 0 && { from }),
  }
}
