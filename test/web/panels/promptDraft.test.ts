import { expect, test } from 'vitest'
import { followPrompt, moveCaret } from '../../../web/panels/promptDraft.ts'

test('what others type comes into what I am typing', () => {
  const draft = { base: 'a house', text: 'a house by the lake' }
  expect(followPrompt(draft, 'a red house')).toEqual({ base: 'a red house', text: 'a red house by the lake' })
  // My own words, as the room has them now, are no news.
  expect(followPrompt(draft, draft.text)).toEqual({ base: draft.text, text: draft.text })
  expect(followPrompt(draft, 'a house')).toBe(draft)
})

test('the caret stays at its words', () => {
  const [before, after] = ['a house by', 'a red house by']
  expect(moveCaret(before.length, before, after)).toBe(after.length)
  expect(moveCaret(1, before, after)).toBe(1)
  expect(moveCaret(3, before, after)).toBe(7)
  expect(moveCaret(7, 'a house', '')).toBe(0)
})
