import { describe, expect, it } from 'vitest'
import {
  nextPaintJobs,
  noPaintJobs,
  type PaintJobsEffect,
  type PaintJobsEvent,
  type PaintJobsState,
} from '../../../engine/process/paintJobs.ts'

const requested = (id: number): PaintJobsEvent => ({ type: 'requested', id })
const started = (id: number): PaintJobsEvent => ({ type: 'progressed', id, progress: { type: 'started' } })
const stepped = (id: number, step: number): PaintJobsEvent => ({
  type: 'progressed',
  id,
  progress: { type: 'stepped', step, steps: 4, timestep: 999, ms: 1 },
})
const queued = (id: number): PaintJobsEvent => ({ type: 'progressed', id, progress: { type: 'queued', ahead: 1 } })
const ready: PaintJobsEvent = { type: 'processReady' }
const crashed: PaintJobsEvent = { type: 'processCrashed' }
const cancelled = (id: number): PaintJobsEvent => ({ type: 'cancelled', id })
const ended = (id: number): PaintJobsEvent => ({ type: 'ended', id, result: { type: 'cancelled' } })

/** What the last event asks for, after all before. */
function last(...events: readonly PaintJobsEvent[]): { state: PaintJobsState; effects: string[] } {
  let step = { state: noPaintJobs, effects: [] as readonly PaintJobsEffect[] }
  for (const event of events) step = nextPaintJobs(step.state, event)
  return { state: step.state, effects: step.effects.map(effectText) }
}

function effectText(effect: PaintJobsEffect): string {
  const detail =
    effect.type === 'end' ? ` ${effect.result.type}` : effect.type === 'report' ? ` ${effect.progress.type}` : ''
  return `${effect.type} ${effect.id}${detail}`
}

describe('a requested picture', () => {
  it('waits for a process, and is sent to it in the order of arrival', () => {
    expect(last(requested(1)).effects).toEqual([])
    expect(last(requested(1), requested(2), ready).effects).toEqual(['send 1', 'send 2'])
    expect(last(ready, requested(3)).effects).toEqual(['send 3'])
  })

  it('ends at once when it is cancelled before it was sent; afterwards the process is told', () => {
    expect(last(requested(1), cancelled(1)).effects).toEqual(['end 1 cancelled'])
    const { state, effects } = last(ready, requested(1), started(1), cancelled(1))
    expect(effects).toEqual(['cancel 1'])
    expect(nextPaintJobs(state, stepped(1, 1)).effects).toEqual([])
    expect(last(cancelled(7)).effects).toEqual([])
  })

  it('ends once', () => {
    expect(last(ready, requested(1), ended(1)).effects).toEqual(['end 1 cancelled'])
    expect(last(ready, requested(1), ended(1), ended(1)).effects).toEqual([])
  })
})

describe('after a death for want of memory', () => {
  const outOfMemory: PaintJobsEvent = { type: 'processCrashed', isMemoryDeath: true }

  it('the picture that was being painted is refused at once, and those that waited go on', () => {
    const { state, effects } = last(ready, requested(1), started(1), requested(2), outOfMemory)
    expect(effects).toEqual(['end 1 failed'])
    expect(state.jobs.map(({ id }) => id)).toEqual([2])
  })

  it('of several each is tried alone, until one of them kills alone', () => {
    const both = [ready, requested(1), requested(2), started(1), started(2), outOfMemory, ready]
    expect(last(...both).effects).toEqual(['send 1'])
    expect(last(...both, started(1), outOfMemory).effects).toEqual(['end 1 failed'])
  })
})

describe('after a crash', () => {
  it('a picture is sent to the next process, and reports nothing twice', () => {
    const before = [ready, requested(1), started(1), stepped(1, 1), stepped(1, 2), crashed, ready]
    expect(last(...before).effects).toEqual(['send 1'])
    for (const repeated of [queued(1), started(1), stepped(1, 1), stepped(1, 2)]) {
      expect(last(...before, repeated).effects).toEqual([])
    }
    expect(last(...before, stepped(1, 3)).effects).toEqual(['report 1 stepped'])
  })

  it('those that were being painted are sent one after another, the others at once', () => {
    const before = [ready, requested(1), requested(2), requested(3), started(1), started(2), crashed, ready]
    expect(last(...before).effects).toEqual(['send 1', 'send 3'])
    expect(last(...before, ended(1)).effects).toEqual(['end 1 cancelled', 'send 2'])
  })

  it('one that was being painted twice fails, and only that one', () => {
    const before = [ready, requested(1), requested(2), started(1), started(2), crashed, ready, started(1), crashed]
    const { state, effects } = last(...before)
    expect(effects).toEqual(['end 1 failed'])
    expect(state.jobs).toMatchObject([{ id: 2, state: 'queued', crashes: 1 }])
  })

  it('one that was cancelled meanwhile ends as cancelled', () => {
    expect(last(ready, requested(1), started(1), cancelled(1), crashed).effects).toEqual(['end 1 cancelled'])
  })
})

it('all end when no process follows', () => {
  const stopped: PaintJobsEvent = { type: 'stopped', result: { type: 'failed', code: 'engine/stopped', message: '' } }
  const { state, effects } = last(ready, requested(1), requested(2), stopped)
  expect(effects).toEqual(['end 1 failed', 'end 2 failed'])
  expect(state).toEqual(noPaintJobs)
})
