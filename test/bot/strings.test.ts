import { expect, test } from 'vitest'
import { escapeMarkdown, truncate } from '../../bot/text/markdown.ts'

test('shortens by characters, never through an emoji', () => {
  expect(truncate('a\n b\t\tc', 9)).toBe('a b c')
  expect(truncate('\u{1f3a8}'.repeat(9), 3)).toBe('\u{1f3a8}\u{1f3a8}…')
})

test('quotes every sign that Discord gives a meaning', () => {
  expect(escapeMarkdown('*_~`|>#[]()<@:-\\', 99)).toBe('\\*\\_\\~\\`\\|\\>\\#\\[\\]\\(\\)\\<\\@\\:\\-\\\\')
})
