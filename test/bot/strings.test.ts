import { DiscordAPIError } from 'discord.js'
import { expect, test } from 'vitest'
import { describe as describeError, redacted } from '../../bot/delivery/log.ts'
import { escapeMarkdown, truncate } from '../../bot/text/markdown.ts'

test('shortens by characters, never through an emoji', () => {
  expect(truncate('a\n b\t\tc', 9)).toBe('a b c')
  expect(truncate('\u{1f3a8}'.repeat(9), 3)).toBe('\u{1f3a8}\u{1f3a8}…')
})

test('quotes every sign that Discord gives a meaning', () => {
  expect(escapeMarkdown('*_~`|>#[]()<@:-\\', 99)).toBe('\\*\\_\\~\\`\\|\\>\\#\\[\\]\\(\\)\\<\\@\\:\\-\\\\')
})

test('takes tokens out of every line', () => {
  const lines: string[] = []
  const note = (line: string) => void lines.push(line)
  const log = redacted({ info: note, warn: note, error: note }, 'the-bot-token')
  log.error(`PATCH /webhooks/123/${'t'.repeat(40)}/messages/@original with the-bot-token`)
  log.info(`/interactions/123/${'t'.repeat(40)}/callback`)
  expect(lines).toEqual([
    'PATCH /webhooks/123/[token]/messages/@original with [token]',
    '/interactions/123/[token]/callback',
  ])
})

test("describes Discord's errors without what a person wrote, and ours whole", () => {
  const body = { files: undefined, json: { content: 'a secret wish' } }
  const error = new DiscordAPIError(
    { code: 50013, message: 'Missing Permissions' },
    50013,
    403,
    'PATCH',
    'https://x',
    body as never,
  )
  expect(describeError(error)).toContain('Missing Permissions')
  expect(describeError(error)).not.toContain('secret')
  expect(describeError(new Error('outer', { cause: new Error('inner') }))).toMatch(/outer.*caused by Error: inner/s)
})
