import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstSteps, next, type Seen, stepOf } from '../../../web/panels/firstSteps/steps.ts'
import type { FirstRoom } from '../../../web/store/firstSteps.ts'

const room: FirstRoom = { secret: 'here', done: [], isOver: false }
const nothing: Seen = {
  ...{ hasFrame: false, hasWords: false, isPainted: false, inks: 0, erasures: 0, hasUndone: false, hasInvited: false },
}

/** The hints that are shown one after the other while the room comes to look like this. */
function hintsOf(...looks: readonly Partial<Seen>[]): (string | null)[] {
  let [state, before]: [FirstRoom, Seen | null] = [room, null]
  return looks.map(look => {
    const now: Seen = { ...(before ?? nothing), ...look }
    state = next(state, { type: 'seen', before, now })
    before = now
    return stepOf(state)
  })
}

describe('hints of a first room', () => {
  test('lead from a frame to the invitation, each as soon as the one before is done', () => {
    expect(
      hintsOf(
        ...[{}, { hasFrame: true }, { inks: 1 }, { hasWords: true }, { isPainted: true }, { inks: 2 }],
        ...[{ erasures: 1 }, { hasUndone: true }, { hasInvited: true }],
      ),
    ).toEqual(['frame', 'draw', 'words', 'paint', 'drawOver', 'erase', 'undo', 'invite', null])
  })

  test('leave out what is done already, as in a room that begins with an example', () => {
    expect(hintsOf({ hasFrame: true, hasWords: true }, { isPainted: true }, { inks: 1 }, { inks: 2 })).toEqual([
      ...['draw', 'draw', 'drawOver', 'erase'],
    ])
  })

  test('ask for ink over the painting, not for what was under it, nor for an undo', () => {
    const begun = { hasFrame: true, hasWords: true, inks: 2 }
    expect(hintsOf(begun, { isPainted: true }, { inks: 1 }, { inks: 2 })).toEqual([
      ...['paint', 'drawOver', 'drawOver', 'erase'],
    ])
  })

  test('count what lay there before as nothing new when the page is opened again', () => {
    const done = firstSteps.slice(0, 4)
    const now = { ...nothing, hasFrame: true, inks: 5, erasures: 3 }
    expect(stepOf(next({ ...room, done }, { type: 'seen', before: null, now }))).toBe('drawOver')
  })

  test('are skipped one by one, or all at once', () => {
    const skipped = next(room, { type: 'skipped', step: 'frame' })
    expect(stepOf(skipped)).toBe('draw')
    const over = next(skipped, { type: 'allSkipped' })
    expect([stepOf(over), over.isOver]).toEqual([null, true])
  })

  test('never come back, whatever is seen, and stand in the order in which they are said', () => {
    const seen = fc.record({
      ...{ hasFrame: fc.boolean(), hasWords: fc.boolean(), isPainted: fc.boolean(), hasUndone: fc.boolean() },
      ...{ hasInvited: fc.boolean(), inks: fc.nat(3), erasures: fc.nat(3) },
    })
    fc.assert(
      fc.property(fc.array(seen), looks => {
        let [state, before]: [FirstRoom, Seen | null] = [room, null]
        for (const now of looks) {
          const after = next(state, { type: 'seen', before, now })
          expect(state.done.filter(step => !after.done.includes(step))).toEqual([])
          expect(after.done).toEqual(firstSteps.filter(step => after.done.includes(step)))
          expect(after === state).toBe(after.done.length === state.done.length)
          ;[state, before] = [after, now]
        }
      }),
    )
  })
})
