import '../emptyStorage.ts'
import { expect, test } from 'vitest'
import type { FrameResult } from '../../../protocol/events.ts'
import { clockShown } from '../../../web/canvas/inkByCanvas.ts'
import { chosenOf } from '../../../web/panels/filmstrip.tsx'

const result = (picture: string) => ({ picture, frameId: 'f' }) as FrameResult
const results = [result('new'), result('old')]
const ask = (picture: string | null, peeked: FrameResult | null = null) =>
  chosenOf(results, { peeked, frameId: 'f', picture })

test('what Pin and PNG take is the picture that is shown, also after an older one was restored', () => {
  expect(ask('new')).toEqual({ looked: null, shown: results[0] })
  expect(ask('old')).toEqual({ looked: null, shown: results[1] })
})

test('nothing can be pinned before it is saved', () => {
  expect(ask(null)).toEqual({ looked: null, shown: null })
})

test('a result that is looked back at comes before the one that is shown', () => {
  expect(ask('new', results[1])).toEqual({ looked: results[1], shown: results[0] })
  expect(ask('old', results[1])).toEqual({ looked: null, shown: results[1] })
  expect(ask('new', { ...result('old'), frameId: 'other' })).toEqual({ looked: null, shown: results[0] })
})

test('ink that changed nothing is in the picture that the server speaks of, not in the one before it', () => {
  expect(clockShown(4, undefined)).toBe(4)
  expect(clockShown(4, { painted: { at: 4, upTo: 9 } })).toBe(9)
  expect(clockShown(3, { painted: { at: 4, upTo: 9 } })).toBe(3)
  expect(clockShown(12, { painted: { at: 4, upTo: 9 } })).toBe(12)
})
