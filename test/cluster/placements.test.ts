import { describe, expect, it } from 'vitest'
import {
  nextPlacements,
  noPlacements,
  type PlacementEffect,
  type PlacementEvent,
  type Placements,
} from '../../cluster/placements.ts'

const picture = (id: number, owner = 'ann'): PlacementEvent => ({
  ...{ type: 'requested', id, kind: 'picture', owner, priority: 'interactive' },
})
const live = (id: number): PlacementEvent => ({
  ...{ type: 'requested', id, kind: 'picture', owner: 'ann', priority: 'live', liveKey: 'frame' },
})
const slots = (count: number): PlacementEvent => ({ type: 'resized', slots: { picture: count, learning: 1 } })
const taken = (placement: number, engine = 'a'): PlacementEvent => ({ type: 'taken', placement, engine })
const leased = (id: number, engine = 'a'): PlacementEvent => ({ type: 'leased', id, engine })
const started = (placement: number): PlacementEvent => ({ type: 'progressed', placement, summary: { type: 'started' } })
const stepped = (placement: number, step: number): PlacementEvent => ({
  ...{ type: 'progressed', placement, summary: { type: 'stepped', step } },
})
const ended = (placement: number): PlacementEvent => ({ type: 'ended', placement })
const gone = (engine = 'a', isDraining = false): PlacementEvent => ({ type: 'engineLost', engine, isDraining })
const cancelled = (id: number): PlacementEvent => ({ type: 'cancelled', id })

/** What the last event asks for, after all before. */
function last(...events: readonly PlacementEvent[]): { state: Placements; effects: string[] } {
  let step = { state: noPlacements, effects: [] as readonly PlacementEffect[] }
  for (const event of events) step = nextPlacements(step.state, event)
  return { state: step.state, effects: step.effects.map(effectText) }
}

function effectText(effect: PlacementEffect): string {
  switch (effect.type) {
    case 'offer':
    case 'withdraw':
      return `${effect.type} #${effect.placement}`
    case 'send':
      return `send ${effect.id} #${effect.placement} to ${effect.engine}`
    case 'cancel':
      return `cancel #${effect.placement} at ${effect.engine}`
    case 'reportQueued':
      return `queued ${effect.id} behind ${effect.ahead}`
    case 'end':
      return `end ${effect.id} ${effect.result.type}`
    default:
      return `${effect.type} ${effect.id}`
  }
}

describe('a durable picture', () => {
  it('is offered as soon as there is an engine, and goes to whoever takes its ticket first', () => {
    expect(last(picture(1)).effects).toEqual([])
    expect(last(picture(1), slots(2)).effects).toEqual(['offer #1'])
    expect(last(slots(2), picture(1), taken(1)).effects).toEqual(['send 1 #1 to a'])
    expect(last(slots(2), picture(1), taken(1), taken(1, 'b')).effects).toEqual([])
  })

  it('waits for room among the tickets, where owners take turns', () => {
    const before = [slots(2), picture(1), picture(2), picture(3), picture(4), picture(5, 'bob')]
    expect(last(...before).effects).toEqual([])
    expect(last(...before, { type: 'ticked' }).effects).toEqual([
      'queued 5 behind 2',
      'queued 3 behind 3',
      'queued 4 behind 4',
    ])
    expect(last(...before, taken(1), ended(1)).effects).toEqual(['settle 1', 'offer #3'])
    expect(last(...before, taken(1), ended(1), taken(3)).effects).toEqual(['send 5 #3 to a'])
  })

  it('is offered anew when its ticket is lost, and the old ticket is worth nothing', () => {
    const before = [slots(1), picture(1), { type: 'ticketLost', placement: 1 } as const]
    expect(last(...before).effects).toEqual(['offer #2'])
    expect(last(...before, taken(1)).effects).toEqual([])
    expect(last(...before, taken(2)).effects).toEqual(['send 1 #2 to a'])
  })

  it('is withdrawn when it is cancelled before it was taken; afterwards at its engine', () => {
    expect(last(picture(1), cancelled(1)).effects).toEqual(['end 1 cancelled'])
    expect(last(slots(1), picture(1), cancelled(1)).effects).toEqual(['withdraw #1', 'end 1 cancelled'])
    expect(last(slots(1), picture(1), taken(1), cancelled(1)).effects).toEqual(['cancel #1 at a'])
    expect(last(slots(1), picture(1), taken(1), cancelled(1), gone()).effects).toEqual(['end 1 cancelled'])
  })

  it('gives its ticket up for one that is more urgent', () => {
    const background: PlacementEvent = {
      ...{ type: 'requested', id: 1, kind: 'picture', owner: 'ann', priority: 'background' },
    }
    expect(last(slots(1), background, picture(2)).effects).toEqual(['withdraw #1', 'offer #2'])
  })
})

describe('an engine that dies', () => {
  const before = [slots(4), picture(1), picture(2), taken(1), taken(2, 'b'), started(1), stepped(1, 1), stepped(1, 2)]

  it('leaves its pictures to others, which repeat no step and no start', () => {
    expect(last(...before, gone()).effects).toEqual(['offer #3'])
    const later = [...before, gone(), taken(3, 'b')]
    for (const repeated of [started(3), stepped(3, 1), stepped(3, 2)])
      expect(last(...later, repeated).effects).toEqual([])
    expect(last(...later, stepped(3, 3)).effects).toEqual(['report 1'])
  })

  it('is ignored from then on', () => {
    for (const late of [stepped(1, 3), ended(1)]) expect(last(...before, gone(), late).effects).toEqual([])
    expect(last(...before, gone(), taken(3, 'b'), ended(3), ended(3)).effects).toEqual([])
  })

  it('is blamed on a picture only if two more have died of it', () => {
    const twice = [...before, gone(), taken(3, 'b'), started(3), gone('b'), taken(4, 'c'), started(4)]
    expect(last(...twice, gone('c')).effects).toEqual(['end 1 failed'])
    expect(last(...twice, ended(4)).effects).toEqual(['settle 1'])
  })

  it('is not blamed on what it had not begun', () => {
    const engines = ['b', 'c', 'd', 'e']
    let events: PlacementEvent[] = [slots(1), picture(1), taken(1, 'a'), gone('a')]
    for (const [i, engine] of engines.entries()) events = [...events, taken(i + 2, engine), gone(engine)]
    expect(last(...events).effects).toEqual(['offer #6'])
  })
})

it('an engine that leaves finishes what it paints, and gives back the rest and what it learns', () => {
  const learning: PlacementEvent = { type: 'requested', id: 3, kind: 'learning', owner: 'ann', priority: 'background' }
  const before = [slots(4), picture(1), picture(2), learning, taken(1), taken(2), taken(3), started(1), started(3)]
  const leaves = last(...before, gone('a', true))
  expect(leaves.effects).toEqual(['cancel #2 at a', 'offer #4', 'cancel #3 at a', 'offer #5'])
  expect(last(...before, gone('a', true), ended(1)).effects).toEqual(['settle 1'])
})

describe('a live frame', () => {
  it('goes to an engine at once, without a ticket', () => {
    expect(last(slots(1), live(1)).effects).toEqual(['lease 1'])
    expect(last(slots(1), live(1), leased(1)).effects).toEqual(['send 1 #1 to a'])
  })

  it('waits while an older one is on its way, and the newest replaces what waits', () => {
    const before = [slots(1), live(1), leased(1), live(2)]
    expect(last(...before).effects).toEqual([])
    expect(last(...before, live(3)).effects).toEqual(['end 2 replaced'])
    expect(last(...before, live(3), { type: 'received', placement: 1 }).effects).toEqual(['lease 3'])
  })

  it('that nobody can take waits for an engine, and moves when its own dies', () => {
    expect(last(live(1), { type: 'engineJoined' }).effects).toEqual(['lease 1'])
    expect(last(live(1), leased(1), gone()).effects).toEqual(['lease 1'])
  })
})

it('all end when the program does', () => {
  const { state, effects } = last(slots(1), picture(1), picture(2), live(3), leased(3), { type: 'closed' })
  expect(effects).toEqual(['end 1 cancelled', 'end 2 cancelled', 'end 3 cancelled'])
  expect(state.jobs.size).toBe(0)
})
