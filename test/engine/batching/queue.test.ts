import { describe, expect, it } from 'vitest'
import {
  emptyQueue,
  maxStepsInSlot,
  nextQueue,
  places,
  type QueueEvent,
  type QueueState,
  replacedBy,
} from '../../../engine/batching/queue.ts'

type Overrides = Partial<QueueEvent & { type: 'requested' }>

const requested = (id: number, overrides: Overrides = {}): QueueEvent => ({
  type: 'requested',
  id,
  owner: `${id}`,
  priority: 'interactive',
  liveKey: undefined,
  ...overrides,
})
const stepped = (id: number, times = 1): QueueEvent[] => Array.from({ length: times }, () => ({ type: 'stepped', id }))
const scheduled: QueueEvent = { type: 'scheduled' }
const ended = (id: number): QueueEvent => ({ type: 'ended', id })

const applied = (state: QueueState, ...events: readonly QueueEvent[]) => events.reduce(nextQueue, state)
const activeIds = (state: QueueState) => state.active.map(({ id }) => id)
const waitingIds = (state: QueueState) => state.waiting.map(({ id }) => id)

/** The order in which all of them get the only slot, each ending as soon as it has it. */
function turns(state: QueueState): number[] {
  const order: number[] = []
  for (let queue = applied(state, scheduled); queue.active.length > 0; ) {
    order.push(...activeIds(queue))
    queue = applied(queue, ...activeIds(queue).map(ended), scheduled)
  }
  return order
}

describe('the slots', () => {
  it('are given to as many as there are, in the order of arrival', () => {
    const queue = applied(emptyQueue(2), requested(1), requested(2), requested(3), scheduled)
    expect([activeIds(queue), waitingIds(queue)]).toEqual([[1, 2], [3]])
    expect(activeIds(applied(queue, ended(1), scheduled))).toEqual([2, 3])
  })

  it('go round among owners, not to who asked for most', () => {
    const greedy = [1, 2, 3].map(id => requested(id, { owner: 'greedy' }))
    const modest = [4, 5].map(id => requested(id, { owner: 'modest' }))
    expect(turns(applied(emptyQueue(1), ...greedy, ...modest))).toEqual([1, 4, 2, 5, 3])
  })

  it('forget whose turn it was when all is done', () => {
    const busy = applied(emptyQueue(1), requested(1, { owner: 'a' }), scheduled)
    expect([...busy.lastSlotOf]).toEqual([['a', 1]])
    expect(applied(busy, ended(1), scheduled).lastSlotOf.size).toBe(0)
  })

  it('go to interactive and live requests before background ones, whoever came first', () => {
    const events = [requested(1, { priority: 'background' }), requested(2), requested(3, { priority: 'live' })]
    expect(turns(applied(emptyQueue(1), ...events))).toEqual([2, 3, 1])
  })

  it('become fewer when the device holds fewer: who has one keeps it until somebody waits', () => {
    const queue = applied(
      emptyQueue(4),
      requested(1),
      requested(2),
      scheduled,
      { type: 'resized', slots: 1 },
      scheduled,
    )
    expect(activeIds(queue)).toEqual([1, 2])
  })
})

describe('eviction', () => {
  it('takes the slot of background work as soon as somebody else waits', () => {
    const queue = applied(emptyQueue(1), requested(1, { priority: 'background' }), scheduled, requested(2), scheduled)
    expect([activeIds(queue), waitingIds(queue)]).toEqual([[2], [1]])
  })

  it('leaves background work alone while a slot is free', () => {
    const queue = applied(emptyQueue(2), requested(1, { priority: 'background' }), scheduled, requested(2), scheduled)
    expect(activeIds(queue)).toEqual([1, 2])
  })

  it('takes a slot after so many steps, for an equal, and gives it back in turn', () => {
    const one = applied(
      emptyQueue(1),
      requested(1),
      scheduled,
      requested(2),
      ...stepped(1, maxStepsInSlot - 1),
      scheduled,
    )
    expect(activeIds(one)).toEqual([1])
    const other = applied(one, ...stepped(1), scheduled)
    expect([activeIds(other), waitingIds(other)]).toEqual([[2], [1]])
    const back = applied(other, ended(2), scheduled)
    expect(back.active).toMatchObject([{ id: 1, isStarted: true, stepsInSlot: 0 }])
  })

  it('never takes a slot for a background request', () => {
    const long = applied(emptyQueue(1), requested(1), scheduled, ...stepped(1, 40))
    expect(activeIds(applied(long, requested(2, { priority: 'background' }), scheduled))).toEqual([1])
    expect(activeIds(applied(long, scheduled))).toEqual([1])
  })
})

describe('a live request', () => {
  const live = { priority: 'live', liveKey: 'frame', owner: 'a' } as const

  it('takes the place of an older one that waits, and inherits its arrival', () => {
    const before = applied(emptyQueue(1), requested(1), scheduled, requested(2, live), requested(3))
    expect(replacedBy(before, 'frame')?.id).toBe(2)
    const queue = applied(before, requested(4, live))
    expect(queue.waiting).toMatchObject([
      { id: 3, arrival: 2 },
      { id: 4, arrival: 1 },
    ])
    expect(places(queue)).toEqual([
      { id: 4, ahead: 1 },
      { id: 3, ahead: 2 },
    ])
  })

  it('does not replace one that was started, nor another frame, nor requests without a key', () => {
    const started = applied(emptyQueue(1), requested(1, live), scheduled, requested(2), ...stepped(1, 8), scheduled)
    expect(waitingIds(started)).toEqual([1])
    expect(replacedBy(started, 'frame')).toBeUndefined()
    const waiting = applied(emptyQueue(1), requested(1), requested(2, live))
    expect(replacedBy(waiting, 'other')).toBeUndefined()
    expect(replacedBy(waiting, undefined)).toBeUndefined()
  })
})

describe('places', () => {
  it('count those with a slot and those who come before, and leave out whoever has begun', () => {
    const busy = applied(emptyQueue(1), requested(1), scheduled, requested(2), ...stepped(1, 8), scheduled)
    const queue = applied(busy, requested(3), requested(4, { priority: 'background' }))
    expect(activeIds(queue)).toEqual([2])
    expect(places(queue)).toEqual([
      { id: 3, ahead: 1 },
      { id: 4, ahead: 3 },
    ])
  })
})

it('leaves the state before as it was', () => {
  const before = Object.freeze(applied(emptyQueue(1), requested(1), scheduled))
  const printed = JSON.stringify(before)
  applied(before, requested(2), ...stepped(1, 9), scheduled, ended(1))
  expect(JSON.stringify(before)).toBe(printed)
})
