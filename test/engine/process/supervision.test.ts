import { describe, expect, it } from 'vitest'
import {
  firstSupervision,
  nextSupervision,
  type RestartLimits,
  restReasonOf,
  type Supervision,
  type SupervisionEffect,
  type SupervisionEvent,
} from '../../../engine/process/supervision.ts'

const limits: RestartLimits = {
  firstDelayMs: 100,
  maxDelayMs: 350,
  maxCrashes: 4,
  coolDownMs: 60_000,
  startSilenceMs: 5000,
}

/** What comes of one event after the other, with all effects in their order. */
function outcome(events: readonly SupervisionEvent[], first: Supervision = firstSupervision) {
  let state = first
  const effects: SupervisionEffect[] = []
  for (const event of events) {
    const step = nextSupervision(state, event, limits)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects }
}

const started: SupervisionEvent = { type: 'started' }
const ended = (how = 'code 1'): SupervisionEvent => ({ type: 'ended', how })
const ticked = (ms: number): SupervisionEvent => ({ type: 'ticked', ms })
const heard = (maxSilenceMs?: number): SupervisionEvent => ({
  type: 'heartbeat',
  ...(maxSilenceMs !== undefined && { maxSilenceMs }),
})

describe('a process that ends', () => {
  it('is started again after pauses that grow up to a limit, and then rests', () => {
    const { state, effects } = outcome([
      started,
      ended(),
      started,
      ended(),
      ended('an error at its start: EAGAIN'),
      ended(),
    ])
    expect(effects.flatMap(effect => (effect.type === 'start' ? [effect.afterMs] : []))).toEqual([100, 200, 350])
    expect(effects.filter(({ type }) => type === 'crashed')).toHaveLength(4)
    expect(effects.slice(-2)).toMatchObject([
      { type: 'gaveUp', message: expect.stringContaining('4 times in a row') },
      { type: 'rest', ms: 60_000 },
    ])
    expect(state).toMatchObject({ restarts: 3, process: { type: 'resting' } })
  })

  it('that had finished something begins with the first pause again', () => {
    const { effects } = outcome([started, ended(), started, { type: 'worked' }, ended()])
    expect(effects.flatMap(effect => (effect.type === 'start' ? [effect.afterMs] : []))).toEqual([100, 100])
  })

  it('is left alone while the engine rests or is closed', () => {
    const resting = outcome([started, { type: 'gaveUp', message: 'No model.' }])
    expect(resting.effects).toEqual([
      { type: 'kill' },
      { type: 'gaveUp', message: 'No model.' },
      { type: 'rest', ms: 60_000 },
    ])
    expect(outcome([ended()], resting.state).effects).toEqual([])
    expect(outcome([{ type: 'rested' }], resting.state).effects).toEqual([{ type: 'start', afterMs: 0 }])
    const closed: SupervisionEvent[] = [started, { type: 'closed' }, ended(), { type: 'gaveUp', message: '' }]
    expect(outcome([...closed, { type: 'rested' }]).effects).toEqual([])
  })
})

describe('a process that is silent', () => {
  it('for longer than it said is killed, and counts as crashed when it has ended', () => {
    const silent = outcome([started, heard(1000), ticked(500), ticked(500)])
    expect(silent.effects).toEqual([])
    const killed = outcome([ticked(500)], silent.state)
    expect(killed.effects).toEqual([{ type: 'kill' }])
    expect(killed.state.hangs).toBe(1)
    expect(outcome([ticked(500), heard(9000), ended('signal SIGKILL')], killed.state).effects).toEqual([
      { type: 'crashed', how: 'no sign of life for 2 s', isMemoryDeath: false },
      { type: 'start', afterMs: 100 },
    ])
  })

  it('before its first word has as long as a start may take', () => {
    expect(outcome([started, ticked(5000)]).effects).toEqual([])
    expect(outcome([started, ticked(5001)]).effects).toEqual([{ type: 'kill' }])
  })

  it('lives as long as any of its messages comes', () => {
    const events = Array.from({ length: 20 }, () => [ticked(900), heard()]).flat()
    expect(outcome([started, heard(1000), ...events]).effects).toEqual([])
  })

  it('and outlives even SIGKILL is abandoned', () => {
    const events = Array.from({ length: 21 }, () => ticked(500))
    expect(outcome([started, heard(100), ...events]).effects).toEqual([{ type: 'kill' }, { type: 'abandon' }])
  })
})

describe('a process that dies for want of memory', () => {
  const killed: SupervisionEvent = { type: 'ended', how: 'signal SIGKILL', isMemoryDeath: true }

  it('while it loads the model is not started a third time, and the reason is there for people', () => {
    const once = outcome([started, killed])
    expect(once.effects).toMatchObject([{ type: 'crashed', isMemoryDeath: true }, { type: 'start' }])
    expect(restReasonOf(once.state)).toBeNull()
    const twice = outcome([started, killed, started, killed])
    expect(twice.effects.slice(-2)).toMatchObject([
      { type: 'gaveUp', message: expect.stringContaining('ran out of memory') },
      { type: 'rest', ms: 10 * limits.coolDownMs },
    ])
    expect(restReasonOf(twice.state)).toContain('each time that it loaded the model')
    // After the rest one attempt is enough.
    const again = outcome([{ type: 'rested' }, started, killed], twice.state)
    expect(again.state.process.type).toBe('resting')
    const better = outcome([{ type: 'rested' }, started, { type: 'loaded' }], twice.state)
    expect(better.state).toMatchObject({ loadDeaths: 0, isLoading: false })
  })

  it('while it works is started again: what it worked on is refused, not the model', () => {
    const events = [started, { type: 'loaded' } as const, killed, started, { type: 'loaded' } as const, killed]
    expect(outcome(events).effects.at(-1)).toMatchObject({ type: 'start' })
  })
})
