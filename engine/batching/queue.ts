/**
 * Who may use the device: a value and what each event makes of it, without a clock, a runtime or a listener, so that any
 * situation can be written down in a test and printed in a debugger.
 *
 * As many pictures as the largest batch holds have a slot at a time. A free slot goes to interactive and live requests
 * before background ones, and within a priority to the owner whose last slot was given longest ago. A background request
 * gives its slot up for the other priorities, and a long one gives it up after some steps if anybody waits.
 */
import type { Priority } from '../types/engine.ts'

/** One picture, as far as the queue is concerned. */
export interface QueuedRequest {
  readonly id: number
  readonly owner: string
  readonly priority: Priority
  readonly liveKey?: string | undefined
  /** Place in the order of arrival; a replacement inherits it. */
  readonly arrival: number
  /** Has had a slot at least once. */
  readonly isStarted: boolean
  /** Steps since it got its slot. */
  readonly stepsInSlot: number
}

export interface QueueState {
  /** Pictures that may be painted at a time. */
  readonly slots: number
  /** In the order in which they came or lost their slot. */
  readonly waiting: readonly QueuedRequest[]
  /** Those with a slot, in the order in which they got it. */
  readonly active: readonly QueuedRequest[]
  /** Per owner, the number of the last slot that was given to them; forgotten when all is done. */
  readonly lastSlotOf: ReadonlyMap<string, number>
  readonly slotsTaken: number
  readonly arrivals: number
}

export type QueueEvent =
  /** Takes the place of a waiting request with the same `liveKey`, if there is one (`replacedBy`). */
  | ({ readonly type: 'requested' } & Pick<QueuedRequest, 'id' | 'owner' | 'priority' | 'liveKey'>)
  /** The picture has ended, however it did. */
  | { readonly type: 'ended'; readonly id: number }
  | { readonly type: 'stepped'; readonly id: number }
  /** Free and contested slots are given out. */
  | { readonly type: 'scheduled' }
  /** The device turned out to hold fewer pictures, or more. */
  | { readonly type: 'resized'; readonly slots: number }

/** Steps that a picture may take in its slot while others wait. */
export const maxStepsInSlot = 8

export function emptyQueue(slots: number): QueueState {
  return { slots, waiting: [], active: [], lastSlotOf: new Map(), slotsTaken: 0, arrivals: 0 }
}

export function nextQueue(state: QueueState, event: QueueEvent): QueueState {
  switch (event.type) {
    case 'requested':
      return withRequest(state, event)
    case 'ended':
      return { ...state, waiting: without(state.waiting, event.id), active: without(state.active, event.id) }
    case 'stepped': {
      const step = (request: QueuedRequest) =>
        request.id === event.id ? { ...request, stepsInSlot: request.stepsInSlot + 1 } : request
      return { ...state, active: state.active.map(step) }
    }
    case 'scheduled':
      return scheduled(state)
    case 'resized':
      return { ...state, slots: event.slots }
    default:
      throw new Error(`Unknown event: ${JSON.stringify(event satisfies never)}`)
  }
}

/** The waiting request that a newer one with this key takes the place of; one that was started finishes. */
export function replacedBy({ waiting }: QueueState, liveKey: string | undefined): QueuedRequest | undefined {
  if (liveKey === undefined) return undefined
  return waiting.find(request => !request.isStarted && request.liveKey === liveKey)
}

/** How many go before each request that has not started yet, in the order in which they will get a slot. */
export function places(state: QueueState): { readonly id: number; readonly ahead: number }[] {
  const order = [...state.waiting].sort((a, b) => (isBefore(state, a, b) ? -1 : 1))
  return order
    .map(({ id, isStarted }, place) => ({ id, isStarted, ahead: state.active.length + place }))
    .filter(({ isStarted }) => !isStarted)
    .map(({ id, ahead }) => ({ id, ahead }))
}

/** 0 goes first. */
export function rankOf({ priority }: Pick<QueuedRequest, 'priority'>): number {
  return priority === 'background' ? 1 : 0
}

function withRequest(state: QueueState, { id, owner, priority, liveKey }: QueueEvent & { type: 'requested' }) {
  const older = replacedBy(state, liveKey)
  const arrival = older?.arrival ?? state.arrivals
  const request: QueuedRequest = { id, owner, priority, liveKey, arrival, isStarted: false, stepsInSlot: 0 }
  return {
    ...state,
    waiting: [...(older ? without(state.waiting, older.id) : state.waiting), request],
    arrivals: older ? state.arrivals : state.arrivals + 1,
  }
}

function scheduled(state: QueueState): QueueState {
  let next = state
  for (const request of state.active) if (mustLeave(next, request)) next = evicted(next, request)
  while (next.active.length < next.slots && next.waiting.length > 0) next = admitted(next)
  const isIdle = next.waiting.length === 0 && next.active.length === 0
  return isIdle ? { ...next, lastSlotOf: new Map() } : next
}

function mustLeave({ slots, waiting, active }: QueueState, request: QueuedRequest): boolean {
  if (active.length < slots) return false
  const isOutranked = waiting.some(other => rankOf(other) < rankOf(request))
  const isLong = request.stepsInSlot >= maxStepsInSlot
  return isOutranked || (isLong && waiting.some(other => rankOf(other) <= rankOf(request)))
}

function evicted(state: QueueState, request: QueuedRequest): QueueState {
  return { ...state, active: without(state.active, request.id), waiting: [...state.waiting, request] }
}

/** Gives a slot to whoever is first. */
function admitted(state: QueueState): QueueState {
  const first = state.waiting.reduce((best, other) => (isBefore(state, other, best) ? other : best))
  const slotsTaken = state.slotsTaken + 1
  return {
    ...state,
    waiting: without(state.waiting, first.id),
    active: [...state.active, { ...first, isStarted: true, stepsInSlot: 0 }],
    lastSlotOf: new Map(state.lastSlotOf).set(first.owner, slotsTaken),
    slotsTaken,
  }
}

function isBefore({ lastSlotOf }: QueueState, a: QueuedRequest, b: QueuedRequest): boolean {
  const turn = ({ owner }: QueuedRequest) => lastSlotOf.get(owner) ?? 0
  return (rankOf(a) - rankOf(b) || turn(a) - turn(b) || a.arrival - b.arrival) < 0
}

function without(requests: readonly QueuedRequest[], id: number): readonly QueuedRequest[] {
  return requests.filter(request => request.id !== id)
}
