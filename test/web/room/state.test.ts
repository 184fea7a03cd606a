import { describe, expect, test } from 'vitest'
import type { FrameResult, FrameState, Welcome } from '../../../protocol/events.ts'
import { limits } from '../../../protocol/limits.ts'
import type { Person } from '../../../protocol/person.ts'
import { canEdit, initialState, next, type SessionEvent, type SessionState } from '../../../web/room/state.ts'
import { buildWelcome, jo, mira } from '../builders.ts'

const frame = (over: Partial<FrameState> = {}): FrameState => ({
  ...{
    frameId: 'f1',
    state: 'empty',
    error: null,
    waitsForPen: false,
    ms: null,
    expectedMs: null,
    ahead: null,
    picture: null,
    painted: null,
  },
  ...over,
})
const result = (over: Partial<FrameResult> = {}): FrameResult => ({
  ...{ picture: 'p1', frameId: 'f1', file: 'hash', width: 64, height: 64, madeAt: 0 },
  recipe: { prompt: 'a house', seed: 1, steps: 4, guidance: 4, strength: 0.6, styles: [] },
  ...over,
})
const welcome = (over: Partial<Welcome> = {}) => buildWelcome({ frames: [frame()], ...over })

/** The state after these events, with the effects of the last one. */
function play(...events: readonly SessionEvent[]) {
  let step: ReturnType<typeof next> = { state: initialState, effects: [] }
  for (const event of events) step = next(step.state, event)
  return { ...step, does: step.effects.map(effect => effect.type) }
}
const welcomed = (over: Partial<Welcome> = {}, savedName = 'Mira'): SessionEvent => ({
  ...{ type: 'welcomed', savedName },
  welcome: welcome(over),
})
const opened: SessionEvent = { type: 'opened', isKnown: false }
const closed: SessionEvent = { type: 'turnedAway', code: 'room/missing', message: 'This link leads nowhere.' }

describe('entering a room', () => {
  test('goes from signing in over the socket to the welcome', () => {
    expect(play(opened).does).toEqual(['signIn'])
    expect(play(opened, { type: 'signedIn' }).does).toEqual(['openSocket'])
    const reached = play(opened, { type: 'signedIn' }, { type: 'socketOpened' })
    expect(reached.does).toEqual(['enter'])
    expect(reached.state.connection.type).toBe('connecting')
    const { state, does } = play(opened, { type: 'socketOpened' }, welcomed())
    expect(does).toEqual(['rememberRoom', 'sendOperations', 'loadHistories'])
    expect(state).toMatchObject({ connection: { type: 'online' }, name: 'Lake', people: [mira, jo] })
    expect(state.entered).toEqual({
      id: welcome().room.id,
      you: mira,
      links: welcome().links,
      addresses: [],
      canSend: false,
      model: welcome().model,
    })
    expect(state.frameStates.get('f1')).toEqual(frame())
  })

  test('asks nobody to sign in whom the server knows, and does if it has forgotten them, once', () => {
    const known: SessionEvent = { type: 'opened', isKnown: true }
    const stranger: SessionEvent = { type: 'socketLost', willRetry: false, isStranger: true }
    expect(play(known).does).toEqual(['openSocket'])
    const forgotten = play(known, stranger)
    expect(forgotten.does).toEqual(['signIn'])
    expect(forgotten.state.connection.type).toBe('connecting')
    expect(play(known, stranger, { type: 'signedIn' }).does).toEqual(['openSocket'])
    // A browser that keeps no cookies would ask for ever.
    expect(play(known, stranger, { type: 'signedIn' }, stranger).does).toEqual(['retryLater'])
    expect(play(opened, { type: 'signedIn' }, stranger).does).toEqual(['retryLater'])
  })

  test('gives a guest the name that this browser remembers, once', () => {
    const rename = { type: 'renameMe', name: 'Ada' }
    expect(play(welcomed({}, ' Ada ')).effects).toContainEqual(rename)
    expect(play(welcomed({}, 'Ada'), welcomed({}, 'Ada')).does).not.toContain('renameMe')
    expect(play(welcomed({ isGuest: false }, 'Ada')).does).not.toContain('renameMe')
  })

  test('tells who has no name yet what the others see, once', () => {
    const { effects } = play(welcomed({}, ' '))
    expect(effects.find(effect => effect.type === 'notify')).toMatchObject({ message: expect.stringContaining('Mira') })
    expect(play(welcomed({}, ''), welcomed({}, '')).does).not.toContain('notify')
  })

  test('ends for good where the page is turned away', () => {
    const { state, does } = play(opened, closed)
    expect(state.connection).toEqual({ type: 'closed', code: 'room/missing', message: 'This link leads nowhere.' })
    expect(does).toEqual(['closeSocket'])
    for (const event of [
      { type: 'socketLost', willRetry: false },
      { type: 'retryDue' },
      { type: 'signedIn' },
      { type: 'socketOpened' },
      welcomed(),
    ] satisfies SessionEvent[]) {
      const later = play(opened, closed, event)
      expect(later.state.connection.type).toBe('closed')
      expect(later.effects).toEqual([])
    }
  })
})

describe('losing the connection', () => {
  test('leaves trying again to the socket where it does so by itself', () => {
    const { state, does } = play(welcomed(), { type: 'socketLost', willRetry: true })
    expect(state.connection.type).toBe('offline')
    expect(does).toEqual([])
  })

  test('signs in anew after a pause where the server hung up', () => {
    expect(play(welcomed(), { type: 'socketLost', willRetry: false }).does).toEqual(['retryLater'])
    expect(play(welcomed(), { type: 'socketLost', willRetry: false }, { type: 'retryDue' }).does).toEqual(['signIn'])
  })

  test('takes the others’ pointers off the page and keeps what is known', () => {
    const { state } = play(
      welcomed(),
      { type: 'cursorsMoved', moved: [{ person: 'jo', at: { x: 1, y: 2 } }] },
      { type: 'socketLost', willRetry: true },
    )
    expect(state.cursors.size).toBe(0)
    expect(state.entered).not.toBeNull()
    expect(state.people).toEqual([mira, jo])
  })

  test('waits for a server that stops, and not for one that closes the room', () => {
    const stopping: SessionEvent = { type: 'roomClosed', code: 'room/stopping', message: 'Stopping.' }
    expect(play(welcomed(), stopping).state.connection.type).toBe('online')
    const gone = play(welcomed(), { type: 'roomClosed', code: 'room/removed', message: 'You were removed.' })
    expect(gone.state.connection).toEqual({ type: 'closed', code: 'room/removed', message: 'You were removed.' })
    expect(gone.does).toEqual(['closeSocket'])
  })

  test('forgets a room that is deleted, so that its link is not offered again', () => {
    const gone = play(welcomed(), { type: 'roomClosed', code: 'room/deleted', message: 'It was deleted.' })
    expect(gone.state.connection).toMatchObject({ type: 'closed', code: 'room/deleted' })
    expect(gone.does).toEqual(['closeSocket', 'forgetRoom'])
  })

  test('enters again over a gap in the operations', () => {
    expect(play(welcomed(), { type: 'gapFound' }).does).toEqual(['enter'])
  })

  test('does nothing any more once the person has left', () => {
    expect(play(welcomed(), { type: 'left' }).does).toEqual(['closeSocket'])
    for (const event of [
      { type: 'socketLost', willRetry: false },
      { type: 'signedIn' },
      closed,
    ] satisfies SessionEvent[]) {
      expect(play(welcomed(), { type: 'left' }, event)).toMatchObject({
        state: { connection: { type: 'left' } },
        effects: [],
      })
    }
  })
})

describe('the people of a room', () => {
  test('show their pointers, and never my own', () => {
    const at = { x: 5, y: 6 }
    const moved = [
      { person: 'jo', at },
      { person: 'mira', at },
    ]
    const { state } = play(welcomed(), { type: 'cursorsMoved', moved })
    expect([...state.cursors]).toEqual([['jo', at]])
    const gone = next(state, { type: 'cursorsMoved', moved: [{ person: 'jo', at: null }] })
    expect(gone.state.cursors.size).toBe(0)
  })

  test('take their pointer along when they leave', () => {
    const { state } = play(
      welcomed(),
      { type: 'cursorsMoved', moved: [{ person: 'jo', at: { x: 1, y: 1 } }] },
      { type: 'peopleChanged', people: [mira] },
    )
    expect(state.cursors.size).toBe(0)
  })

  test('may become somebody else: my own name and role follow', () => {
    const watching: Person = { ...mira, name: 'M.', role: 'viewer' }
    const { state } = play(welcomed(), { type: 'peopleChanged', people: [watching] })
    expect(state.entered?.you).toEqual(watching)
    expect([canEdit(play(welcomed()).state), canEdit(state), canEdit(initialState)]).toEqual([true, false, false])
  })

  test('rename the room for everybody, and the browser remembers it', () => {
    expect(play(welcomed({ palette: ['#111111'] })).state.palette).toEqual(['#111111'])
    const palette = ['#111111', '#222222']
    expect(play(welcomed(), { type: 'paletteChanged', palette }).state.palette).toEqual(palette)
    const { state, effects } = play(welcomed(), { type: 'roomRenamed', name: 'Sea' })
    expect(state.name).toBe('Sea')
    expect(effects).toEqual([{ type: 'rememberRoom', name: 'Sea' }])
  })
})

describe('the frames of a room', () => {
  test('each have their own state', () => {
    const { state } = play(
      welcomed(),
      { type: 'frameStateChanged', state: frame({ frameId: 'f2', state: 'rendering', ahead: 2 }) },
      { type: 'frameStateChanged', state: frame({ state: 'fresh', ms: 80 }) },
    )
    expect([...state.frameStates.values()].map(one => one.state)).toEqual(['fresh', 'rendering'])
  })

  test('show the newest result first, each once, and no more than are stored', () => {
    const many = Array.from({ length: limits.maxResultsPerFrame }, (_, index) => result({ picture: `p${index}` }))
    const { state } = play(
      { type: 'historyLoaded', frameId: 'f1', results: many },
      { type: 'resultSaved', result: result({ picture: 'p3', madeAt: 9 }) },
      { type: 'resultSaved', result: result({ picture: 'new' }) },
    )
    const shown = state.results.get('f1')!.map(one => one.picture)
    expect(shown.slice(0, 3)).toEqual(['new', 'p3', 'p0'])
    expect(shown).toHaveLength(limits.maxResultsPerFrame)
    expect(new Set(shown).size).toBe(shown.length)
  })
})

describe('counting what is not stored yet', () => {
  test('changes nothing where nothing has changed, so that no button is drawn again', () => {
    const counted: SessionEvent = { type: 'sceneCounted', unsent: 2, undo: true, redo: false }
    const { state } = play(counted)
    expect(state).toMatchObject({ unsent: 2, undoable: { undo: true, redo: false } })
    expect(next(state, counted).state.undoable).toBe(state.undoable)
  })

  test('a state can be printed, and set up anew from what was printed', () => {
    const { state } = play(welcomed(), { type: 'sceneCounted', unsent: 1, undo: true, redo: false })
    const copy: SessionState = structuredClone(state)
    expect(next(copy, { type: 'roomRenamed', name: 'Sea' }).state).toEqual(
      next(state, { type: 'roomRenamed', name: 'Sea' }).state,
    )
  })
})
