import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorPayload } from '../../protocol/errors.ts'
import type { FrameInput } from '../../server/frameInput.ts'
import {
  createFramePainting,
  type FrameEffect,
  type FrameEvent,
  type FramePainting,
  type FramePicture,
  lookAgainMs,
  next,
  type PendingSave,
  penRestMs,
  restedMs,
  settledMs,
  typingPauseMs,
} from '../../server/frameReducer.ts'
import type { JobId, PersonId, PictureId } from '../../studio/studio.ts'

// No sockets, timers, studio or engine: a state, events, and what the reducer wants done about them.
const ada = 'ada' as PersonId
const ben = 'ben' as PersonId
const job = 'job' as JobId
const picture = (hash: string | null, ms = 40): FramePicture => ({
  shown: { frameId: 'f', clock: 1, step: null, ms, box: { x: 0, y: 0, width: 64, height: 64 }, type: 'image/webp' },
  image: new Uint8Array(),
  inputHash: hash,
  settings: 'same',
  size: '64x64',
  isFiner: false,
})
// The reducer looks at these fields alone and hands the rest on.
const input = (
  hash: string,
  {
    live = true,
    prompt = 'a red house',
    clock = 1,
    settings = 'same',
    size = '64x64',
    isFiner = false,
    barePicture = null as string | null,
  } = {},
) =>
  ({ hash, clock, settings, size, isFiner, barePicture, frame: { live }, recipe: { prompt } }) as unknown as FrameInput
const save = (hash: string) => ({ by: ada, inputHash: hash }) as unknown as PendingSave

const touched = (
  by = ada,
  options: { isLive?: boolean; isTyping?: boolean; isDrawing?: boolean } = {},
): FrameEvent => ({
  ...{ type: 'touched', by, isLive: true, isTyping: false, ...options },
})
const looked = (what: FrameInput | null, expectedMs: number | null = null): FrameEvent => ({
  ...{ type: 'looked', input: what, startedAt: 0, expectedMs },
})
const painted = (hash: string): FrameEvent => ({
  ...{ type: 'livePainted', input: hash, save: save(hash), outcome: { type: 'finished', picture: picture(hash) } },
})
const ended = (hash: string, outcome: 'cancelled' | 'replaced'): FrameEvent => ({
  ...{ type: 'livePainted', input: hash, save: null, outcome: { type: outcome } },
})

const saved = (id: string, hash: string): FrameEvent => ({
  ...{ type: 'saved', id: id as PictureId, input: hash, clock: 1, result: null },
})
const restoredAs = (
  id: string,
  shown: FramePicture,
  over: { hash: string; clock: number } | null = null,
): FrameEvent => ({ type: 'restored', id: id as PictureId, picture: shown, file: `file of ${id}`, over })

function play(...events: FrameEvent[]) {
  return playFrom(createFramePainting('f', ada), ...events)
}
function playFrom(start: FramePainting, ...events: FrameEvent[]) {
  let state = start
  const effects: FrameEffect[] = []
  for (const event of events) {
    const step = next(state, event)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects, kinds: effects.map(({ type }) => type) }
}
const statesTold = (effects: readonly FrameEffect[]) =>
  effects.flatMap(effect => (effect.type === 'emitState' ? [effect.state.state] : []))
/** A frame that shows what is drawn in it. */
const fresh = play(touched(), looked(input('one')), painted('one')).state

describe('the live loop', () => {
  test('looks at what was touched, paints it and calls it fresh, in this order', () => {
    const { state, effects, kinds } = play(touched(ben), looked(input('one')), painted('one'))
    expect(kinds).toEqual(['setTimer', 'look', 'paintLive', 'emitState', 'show', 'setTimer', 'emitState'])
    expect(effects.find(({ type }) => type === 'paintLive')).toMatchObject({ by: ben, input: { hash: 'one' } })
    expect(statesTold(effects)).toEqual(['rendering', 'fresh'])
    expect(state).toMatchObject({ phase: 'idle', isDirty: false, status: { state: 'fresh', ms: 40 } })
  })
  test('looks once at a time: however much is touched meanwhile, one more look follows', () => {
    const { state, kinds } = play(touched(), touched(), touched(), touched())
    expect(kinds.filter(kind => kind === 'look')).toHaveLength(1)
    const more = playFrom(state, looked(null), looked(null))
    expect(more.kinds).toEqual(['look'])
    expect(more.state.isDirty).toBe(false)
  })
  test('a picture that is out of date when it comes is shown and not called fresh', () => {
    const { effects, kinds } = play(touched(), looked(input('one')), touched(), painted('one'))
    expect(statesTold(effects)).toEqual(['rendering'])
    expect(kinds.slice(-3)).toEqual(['show', 'setTimer', 'look'])
  })
  test('the same input needs no new picture', () => {
    const { kinds } = playFrom(fresh, touched(), looked(input('one')))
    expect(kinds).toEqual(['setTimer', 'look'])
  })
  test('what failed or was cancelled is not tried again before it changes', () => {
    const { state } = play(touched(), looked(input('one')), ended('one', 'cancelled'))
    expect(state.status.state).toBe('empty')
    expect(playFrom(state, touched(), looked(input('one'))).kinds).not.toContain('paintLive')
    expect(playFrom(state, touched(), looked(input('two'))).kinds).toContain('paintLive')
  })
  test('one that a newer one has replaced changes nothing', () => {
    const { state } = play(touched(), looked(input('one')), ended('one', 'replaced'))
    expect(state).toMatchObject({ failedInput: null, status: { state: 'rendering' } })
  })
  test('a failure is told by its error, and a picture that is there stays', () => {
    const noMemory = errorPayload('request/memory')
    const failure: FrameEvent = {
      ...{ type: 'livePainted', input: 'two', save: null, outcome: { type: 'failed', error: noMemory } },
    }
    const { state } = playFrom(fresh, touched(), looked(input('two')), failure)
    expect(state.status).toMatchObject({ state: 'failed', error: noMemory })
    expect(state.picture?.inputHash).toBe('one')
  })
  test('after a bug the frame says so, and looks again when it is touched', () => {
    const { state } = play(touched(), { type: 'lookFailed' })
    expect(state.status.state).toBe('failed')
    expect(playFrom(state, touched()).kinds).toContain('look')
  })
  test('nobody pays for pictures that nobody sees: it looks when somebody comes', () => {
    const { state, kinds } = play(touched(), { type: 'nobodyWatches' })
    expect(kinds).toEqual(['setTimer', 'look'])
    expect(playFrom(state, touched(ben)).kinds).toContain('look')
  })
  test('without a prompt it says what is missing', () => {
    const { state } = play(touched(), looked(input('one', { prompt: '' })))
    expect(state.status).toMatchObject({ state: 'empty', error: { code: 'frame/prompt' } })
  })
})

describe('what is said of the picture', () => {
  test('that it shows a stroke that changed nothing: until which clock it is true', () => {
    expect(fresh.status.painted).toEqual({ at: 1, upTo: 1 })
    const { state, effects } = playFrom(fresh, touched(), looked(input('one', { clock: 5 })))
    expect(state.status).toMatchObject({ state: 'fresh', painted: { at: 1, upTo: 5 } })
    expect(effects.at(-1)).toEqual({ type: 'emitState', state: state.status })
  })
  test('which result it is, as soon as it is saved', () => {
    expect(fresh.status.picture).toBeNull()
    const { state } = playFrom(fresh, saved('p1', 'one'))
    expect(state.status.picture).toBe('p1')
    const painting = playFrom(state, touched(), looked(input('two')), painted('two'))
    expect(painting.state.status.picture).toBeNull()
    // An older one that is saved late is not what is shown.
    expect(playFrom(painting.state, saved('p0', 'zero')).state.status.picture).toBeNull()
    expect(playFrom(painting.state, restoredAs('p1', picture('one'))).state.status.picture).toBe('p1')
  })
  test('a picture that has become its own paper is not painted again before something else changes', () => {
    const restored = playFrom(fresh, restoredAs('p0', picture('zero'))).state
    const baked = input('baked', { barePicture: 'file of p0', clock: 9 })
    const { state, kinds } = playFrom(restored, touched(), looked(baked))
    expect(kinds).not.toContain('paintLive')
    expect(state.status).toMatchObject({ state: 'fresh', painted: { upTo: 9 } })
    expect(state.record).toMatchObject({ picture: 'p0', input: 'baked' })
    for (const other of [{ barePicture: 'another' }, { barePicture: null }, { settings: 'more steps' }]) {
      const changed = input('other', { barePicture: 'file of p0', ...other })
      expect(playFrom(restored, touched(), looked(changed)).kinds).toContain('paintLive')
    }
  })
  test('a picture that came as the paper of a live frame stands until something changes, or somebody turns Live on', () => {
    const came = input('came', { barePicture: 'a file' })
    const first = playFrom(createFramePainting('f', ada), touched(), looked(came))
    expect(first.kinds).not.toContain('paintLive')
    expect(first.state.status).toMatchObject({ state: 'fresh', painted: null })
    expect(playFrom(first.state, touched(), looked(came)).kinds).not.toContain('paintLive')
    expect(playFrom(first.state, touched(), looked(input('changed', { barePicture: 'a file' }))).kinds).toContain(
      'paintLive',
    )
    const off = playFrom(
      first.state,
      touched(ada, { isLive: false }),
      { type: 'lookDue' },
      looked({ ...came, frame: { ...came.frame, live: false } }),
    )
    expect(playFrom(off.state, touched(), looked(came)).kinds).toContain('paintLive')
    // Paper that somebody lays into a frame that was there is painted over, as ink is.
    const bare = playFrom(createFramePainting('f', ada), touched(), looked(input('empty', { prompt: '' })))
    expect(playFrom(bare.state, touched(), looked(came)).kinds).toContain('paintLive')
  })
  test('one that is restored over something else is not called fresh, and stands until something changes', () => {
    const over = { hash: 'now', clock: 7 }
    const restored = playFrom(fresh, restoredAs('p0', picture(null), over))
    expect(restored.state.status).toMatchObject({ state: 'stale', painted: { at: 1, upTo: 7 } })
    expect(restored.state.record).toEqual({ picture: 'p0', input: 'now', newest: 'p0', clock: 1, isRestored: true })
    const same = playFrom(restored.state, touched(), looked(input('now', { clock: 8 })))
    expect(same.kinds).not.toContain('paintLive')
    expect(same.state.status).toMatchObject({ state: 'stale', painted: { at: 1, upTo: 8 } })
    const other = playFrom(same.state, touched(), looked(input('next')), painted('next'))
    // Back at what it was restored over, it is painted like anything else.
    const back = playFrom(other.state, touched(), looked(input('now')))
    expect(back.kinds).toContain('paintLive')
  })
})

describe('pacing', () => {
  test('a frame that is not live only finds out whether it is stale, after a while', () => {
    const { effects } = playFrom(fresh, touched(ada, { isLive: false }))
    expect(effects).toContainEqual({ type: 'setTimer', timer: 'look', ms: lookAgainMs })
    expect(statesTold(effects)).toEqual(['stale'])
    const due = playFrom(
      fresh,
      touched(ada, { isLive: false }),
      { type: 'lookDue' },
      looked(input('two', { live: false })),
    )
    expect(due.kinds).not.toContain('paintLive')
    expect(due.state.status.state).toBe('stale')
  })
  test('words are painted when the typing pauses, and drawing does not wait for that', () => {
    const { effects } = playFrom(fresh, touched(ada, { isTyping: true }))
    expect(effects).toContainEqual({ type: 'setTimer', timer: 'look', ms: typingPauseMs })
    const drawn = playFrom(fresh, touched(ada, { isTyping: true }), touched())
    expect(drawn.effects).toContainEqual({ type: 'setTimer', timer: 'look', ms: null })
    expect(drawn.kinds).toContain('look')
  })
})

describe('saving', () => {
  test('a live picture that people settle on is saved, the newest one only', () => {
    const two = playFrom(fresh, touched(), looked(input('two')), painted('two'))
    expect(two.effects).toContainEqual({ type: 'setTimer', timer: 'settle', ms: settledMs })
    const { state, effects } = playFrom(two.state, { type: 'settled' })
    expect(effects).toContainEqual({ type: 'save', pending: save('two') })
    expect(playFrom(state, { type: 'settled' }).kinds).not.toContain('save')
  })
  test('what the next snapshot should know is the newest picture and its input', () => {
    const { state } = playFrom(fresh, saved('p1', 'one'))
    expect(state.record).toEqual({ picture: 'p1', input: 'one', newest: 'p1', clock: 1 })
    const { state: restored } = playFrom(state, restoredAs('p0', picture('zero')))
    expect(restored.record).toEqual({ picture: 'p0', input: 'zero', newest: 'p1', clock: 1 })
    expect(restored.status.state).toBe('fresh')
  })
  test('a live picture that was just finishing when the room closed is saved too', () => {
    const { state } = play(touched(), looked(input('one')), { type: 'closed' }, painted('one'))
    expect(playFrom(state, { type: 'settled' }).kinds).toContain('save')
  })
})

describe('a durable request', () => {
  const asked = playFrom(fresh, { type: 'held' }, { type: 'jobStarted', job }, { type: 'released' })
  test('ends live painting and keeps it from starting', () => {
    expect(asked.kinds).toContain('cancelLive')
    expect(playFrom(asked.state, touched()).kinds).not.toContain('look')
    const late = playFrom(asked.state, painted('late'))
    expect(late.state.picture?.inputHash).toBe('one')
    expect(late.kinds).toEqual([])
  })
  test('says how many are before it, then that it is painted, then that it is fresh', () => {
    const { effects, state } = playFrom(
      asked.state,
      { type: 'progressed', ahead: 2 },
      { type: 'progressed', ahead: null },
      { type: 'jobStepped', preview: picture('two') },
      {
        ...{ type: 'jobEnded', id: 'p' as PictureId, input: 'two', result: null },
        outcome: { type: 'finished', picture: picture('two', 90) },
      },
    )
    expect(effects.flatMap(effect => (effect.type === 'emitState' ? [effect.state] : []))).toMatchObject([
      { state: 'rendering', ahead: 2 },
      { state: 'rendering', ahead: null },
      { state: 'fresh', ms: 90 },
    ])
    expect(state).toMatchObject({ job: null, newest: 'p', phase: 'looking' })
    expect(effects.map(({ type }) => type)).toContain('stopFollowing')
  })
  test('that is cancelled puts back what the frame showed before its previews', () => {
    const { effects, state } = playFrom(
      asked.state,
      { type: 'jobStepped', preview: picture('two') },
      { type: 'jobEnded', id: 'p' as PictureId, input: 'two', result: null, outcome: { type: 'cancelled' } },
    )
    const shown = effects.flatMap(effect => (effect.type === 'show' ? [effect.picture.inputHash] : []))
    expect(shown).toEqual(['two', 'one'])
    expect(state.failedInput).toBe('two')
  })
})

test('a closed frame tells nobody anything and starts nothing', () => {
  const { state, kinds } = playFrom(fresh, { type: 'closed' })
  expect(kinds).toEqual(['setTimer', 'setTimer', 'stopFollowing', 'cancelLive'])
  const after = playFrom(state, touched(), { type: 'lookDue' }, { type: 'progressed', ahead: 1 }, looked(input('two')))
  expect(after.kinds.filter(kind => kind !== 'setTimer')).toEqual([])
})

test('whatever happens in whatever order, one thing is done at a time and nothing is left undone', () => {
  type Move = 'touch' | 'type' | 'due' | 'answer' | 'hold' | 'release' | 'start' | 'end' | 'settle'
  const move = fc.constantFrom<Move>('touch', 'type', 'due', 'answer', 'hold', 'release', 'start', 'end', 'settle')
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), moves => {
      let state = createFramePainting('f', ada)
      let drawn = 0
      /** What the runner has been told to do and has not answered. */
      let underway: 'look' | 'paint' | null = null
      const send = (event: FrameEvent) => {
        const step = next(state, event)
        state = step.state
        for (const effect of step.effects) {
          if (effect.type !== 'look' && effect.type !== 'paintLive') continue
          expect(underway).toBeNull()
          if (effect.type === 'look') expect([state.holds, state.job]).toEqual([0, null])
          underway = effect.type === 'look' ? 'look' : 'paint'
        }
      }
      const answer = () => {
        const what = underway
        underway = null
        if (what === 'look') send(looked(input(`drawing ${drawn}`)))
        else if (what === 'paint') send(painted(`drawing ${drawn}`))
      }
      const play: Record<Move, () => void> = {
        touch() {
          drawn++
          send(touched())
        },
        type: () => send(touched(ada, { isTyping: true })),
        due: () => send({ type: 'lookDue' }),
        answer,
        hold: () => send({ type: 'held' }),
        release: () => state.holds > 0 && send({ type: 'released' }),
        start: () => state.job === null && send({ type: 'jobStarted', job }),
        end: () =>
          state.job !== null &&
          send({ type: 'jobEnded', id: 'p' as PictureId, input: 'x', result: null, outcome: { type: 'cancelled' } }),
        settle: () => send({ type: 'settled' }),
      }
      for (const one of moves) play[one]()
      send(touched())
      while (state.holds > 0) play.release()
      play.end()
      for (let turns = 0; underway !== null; turns++) {
        expect(turns).toBeLessThan(10)
        answer()
      }
      expect(state).toMatchObject({ phase: 'idle', isDirty: false, status: { state: 'fresh' } })
      expect(state.picture?.inputHash).toBe(`drawing ${drawn}`)
    }),
  )
})

describe('live on a device where a picture takes long', () => {
  const drawn = touched(ada, { isDrawing: true })
  const stepped: FrameEvent = { type: 'liveStepped', preview: { ...picture('a'), inputHash: null } }
  /** The first picture is being painted: 41 s of it. */
  const painting = [drawn, looked(input('a'), 41_234)]

  test('says how long it takes, and shows the steps on the way', () => {
    const { state, kinds } = play(...painting, stepped)
    expect(state.status).toMatchObject({ state: 'rendering', expectedMs: 40_000, waitsForPen: false })
    expect(kinds.slice(-2)).toEqual(['emitState', 'show'])
    expect(play(drawn, looked(input('a'), 400)).state.status.expectedMs).toBeNull()
  })

  test('ends a picture that the pen has left behind, waits until the pen rests, and says so', () => {
    const { state, effects } = play(...painting, drawn)
    expect(effects.slice(-3)).toMatchObject([
      { type: 'setTimer', timer: 'look', ms: penRestMs },
      { type: 'cancelLive' },
      { type: 'emitState' },
    ])
    expect(state.status).toMatchObject({ state: 'empty', waitsForPen: true, expectedMs: 40_000 })
    // What comes of it after all is not shown in between, and each movement waits anew, without a second word.
    const after = playFrom(state, stepped, { type: 'progressed', ahead: 0 }, drawn)
    expect(after.kinds).toEqual(['setTimer'])
    expect(after.state.status.waitsForPen).toBe(true)
  })

  test('a picture that comes to nothing leaves no step of it on screens', () => {
    const failed: FrameEvent = {
      ...{
        type: 'livePainted',
        input: 'b',
        save: null,
        outcome: { type: 'failed', error: errorPayload('request/memory') },
      },
    }
    for (const end of [ended('b', 'cancelled'), failed]) {
      const { effects } = play(...painting, painted('a'), drawn, looked(input('b'), 41_234), stepped, end)
      expect(effects.filter(({ type }) => type === 'show').at(-1)).toMatchObject({ picture: { inputHash: 'a' } })
      // Nothing was shown before: browsers take the step away when they hear that nothing is.
      const { status } = play(...painting, stepped, end).state
      expect(status).toMatchObject({ painted: null, state: end === failed ? 'failed' : 'empty' })
    }
  })

  test('then paints the newest drawing, however the older one ended', () => {
    for (const events of [
      [ended('a', 'cancelled'), { type: 'lookDue' }],
      [{ type: 'lookDue' }, ended('a', 'cancelled')],
    ] as FrameEvent[][]) {
      const { state, kinds } = play(...painting, drawn, ...events)
      expect(kinds.at(-1)).toBe('look')
      const again = playFrom(state, looked(input('b'), 40_000))
      expect(again.effects).toContainEqual(expect.objectContaining({ type: 'paintLive', input: input('b') }))
      // Drawn and undone again, the one that was cancelled is the newest.
      const undone = playFrom(state, looked(input('a'), 40_000))
      expect(undone.kinds).toContain('paintLive')
    }
    const finished = play(...painting, drawn, painted('a'))
    expect(finished.state.status.state).toBe('stale')
    expect(finished.kinds).toContain('show')
  })

  test('puts back what the frame shows, where a step of the older one stands on screens', () => {
    const { state } = play(drawn, looked(input('a'), 40_000), painted('a'), drawn, { type: 'lookDue' })
    const { effects } = playFrom(state, looked(input('b'), 40_000), stepped, drawn, ended('b', 'cancelled'))
    expect(effects.findLast(({ type }) => type === 'show')).toMatchObject({ picture: picture('a') })
  })

  test('goes on where somebody only comes or a style has changed', () => {
    const { state, kinds } = play(...painting, touched(ben))
    expect(kinds).not.toContain('cancelLive')
    expect(state.status.state).toBe('rendering')
  })
})

describe('a frame that is painted finer when the pen rests', () => {
  const coarse = input('one', { isFiner: true })
  const rested: FrameEvent = { type: 'rested', at: 5 }
  const finer: FrameEvent = {
    ...{ type: 'livePainted', input: 'one', save: { ...save('one'), clock: 9 } },
    outcome: { type: 'finished', picture: { ...picture('one'), isFiner: true } },
  }
  const shown = () => play(touched(), looked(coarse), painted('one'))

  test('P14: waits for the pen to rest, then paints the same input at twice the side and saves only that', () => {
    const { state, effects } = shown()
    expect(effects).toContainEqual({ type: 'setTimer', timer: 'rest', ms: restedMs })
    const refining = playFrom(state, rested)
    expect(refining.state.phase).toBe('refining')
    expect(refining.effects).toContainEqual({ type: 'paintFiner', by: ada, input: coarse, startedAt: 5 })
    expect(refining.effects).toContainEqual({ type: 'setTimer', timer: 'settle', ms: null })
    const done = playFrom(refining.state, finer, { type: 'settled' })
    expect(done.state.status.state).toBe('fresh')
    expect(done.state.picture?.isFiner).toBe(true)
    expect(done.effects.filter(({ type }) => type === 'save')).toMatchObject([{ pending: { clock: 9 } }])
    // It is not painted again and again.
    expect(playFrom(done.state, rested, touched(), looked(coarse)).kinds).not.toContain('paintFiner')
  })

  test('P14: ends when somebody draws, who comes first; the smaller picture is saved then', () => {
    const refining = playFrom(shown().state, rested)
    const drawn = playFrom(refining.state, touched(ben))
    expect(drawn.kinds).toContain('cancelLive')
    expect(drawn.kinds).not.toContain('look')
    const over = playFrom(drawn.state, ended('one', 'cancelled'))
    expect(over.kinds).toContain('look')
    expect(over.effects).toContainEqual({ type: 'setTimer', timer: 'settle', ms: settledMs })
    expect(playFrom(over.state, { type: 'settled' }).kinds).toContain('save')
  })

  test('stays as it is where that fails, and does not rest while something is newer or somebody asks for a picture', () => {
    const failed: FrameEvent = {
      type: 'livePainted',
      input: 'one',
      save: null,
      outcome: { type: 'failed', error: errorPayload('request/memory') },
    }
    const after = playFrom(shown().state, rested, failed).state
    expect(after.status.state).toBe('fresh')
    expect(after.pendingSave).not.toBeNull()
    expect(playFrom(after, rested).kinds).not.toContain('paintFiner')
    expect(playFrom(shown().state, touched(), rested).kinds).not.toContain('paintFiner')
    expect(playFrom(shown().state, { type: 'jobStarted', job }, rested).kinds).not.toContain('paintFiner')
    expect(playFrom(shown().state, { type: 'held' }, rested).kinds).not.toContain('paintFiner')
  })

  test('stays as it is where it is the bare paper of its frame', () => {
    const other = { ...picture(null), settings: 'same', size: null }
    const bare = input('bare', { isFiner: true, barePicture: 'file of other' })
    const { state } = playFrom(fresh, restoredAs('other', other, { hash: 'drawn', clock: 1 }), touched(), looked(bare))
    const again = playFrom(state, touched(), looked(bare), rested)
    expect(again.state.status.state).toBe('fresh')
    expect(again.kinds).not.toContain('paintFiner')
  })

  test('is painted finer when that is switched on over a picture that is there', () => {
    const { state, effects } = playFrom(fresh, touched(), looked(coarse))
    expect(effects).toContainEqual({ type: 'setTimer', timer: 'rest', ms: restedMs })
    expect(playFrom(state, rested).kinds).toContain('paintFiner')
  })
})

describe('P13: a picture that was painted over another one', () => {
  const other = { ...picture(null), settings: 'same', size: null }

  test('is not painted again once it is the bare paper, whatever size its frame has by then', () => {
    const { state } = playFrom(fresh, restoredAs('other', other, { hash: 'drawn', clock: 1 }))
    const bare = { barePicture: 'file of other', size: '96x64' }
    const { kinds, state: after } = playFrom(state, touched(), looked(input('bare', bare)))
    expect(kinds).not.toContain('paintLive')
    expect(after.status.state).toBe('fresh')
    expect(playFrom(state, touched(), looked(input('words', { ...bare, settings: 'others' }))).kinds).toContain(
      'paintLive',
    )
  })
})
