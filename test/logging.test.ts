import { DiscordAPIError } from 'discord.js'
import { describe, expect, it, test } from 'vitest'
import { createLog, logError } from '../logging.ts'
import { collectLog } from './support/log.ts'

const written = (lines: readonly string[]) => lines.map(line => JSON.parse(line))

test('a line is JSON with time, level, the ids of its log and a message', () => {
  const { log, lines } = collectLog()
  log.child({ name: 'server' }).child({ room: 'r1' }).warn({ count: 2 }, 'Something is odd')
  const [line] = written(lines)
  expect(line).toMatchObject({ level: 'warn', name: 'server', room: 'r1', count: 2, msg: 'Something is odd' })
  expect(Math.abs(Date.parse(line.time) - Date.now())).toBeLessThan(60_000)
})

test('what is less important than the level is not written, by children neither', () => {
  const { log, lines } = collectLog({ level: 'warn' })
  const child = log.child({ room: 'r1' })
  log.info('no')
  child.debug('no')
  child.warn('yes')
  expect(written(lines)).toMatchObject([{ msg: 'yes' }])
  const silent = collectLog({ level: 'silent' })
  silent.log.fatal('no')
  expect(silent.lines).toEqual([])
})

test('one line for one event, however long its text', () => {
  const { log, lines } = collectLog()
  log.error({ output: 'first\nsecond\n', err: new Error('two\nlines') }, 'It\nfailed')
  expect(lines).toHaveLength(1)
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1)
})

describe('secrets are taken out', () => {
  const token = 't'.repeat(40)
  it.each([
    ['of a path with the token of an interaction', `PATCH /webhooks/123/${token}/messages/@original`, token],
    ['of its callback', `/interactions/123/${token}/callback`, token],
    ['of the address of a database', 'connect postgresql://fourstroke:hunter2@db.example/fourstroke', 'hunter2'],
    ['of an authorization', `Authorization: Bot ${token}`, token],
    ['of a cookie', `fourstroke_session=${token}; Path=/`, token],
    ["of a room's link", `GET /r/${token}`, token],
    ['of whatever is as long as a token', `x ${'y'.repeat(120)} z`, 'y'.repeat(120)],
  ])('%s', (_where, text, secret) => {
    const { log, lines } = collectLog()
    log.info(text)
    log.error({ err: new Error('outer', { cause: new Error(text) }) }, 'failed')
    log.child({ text }).warn({ deep: { text: [text] } }, 'deep')
    expect(lines).toHaveLength(3)
    expect(lines.join('')).not.toContain(secret)
    expect(lines.join('')).toContain('[redacted]')
    // What is left is still a line of JSON.
    expect(() => written(lines)).not.toThrow()
  })

  it('that are known, as they stand in JSON', () => {
    const { log, lines } = collectLog({ secrets: ['pass"word\\1', 'short'] })
    log.info({ said: 'my pass"word\\1' }, 'shortly: pass"word\\1')
    expect(written(lines)).toMatchObject([{ said: 'my [redacted]', msg: 'shortly: [redacted]' }])
  })

  it('by their names', () => {
    const { log, lines } = collectLog()
    const headers = { cookie: 'abc', authorization: 'def', accept: 'text/html' }
    log.info({ token: 'abc', headers, request: { headers }, login: { password: 'abc' } }, 'names')
    expect(lines.join('')).not.toMatch(/abc|def/)
    expect(written(lines)).toMatchObject([{ request: { headers: { accept: 'text/html' } } }])
  })
})

test("Discord's errors are shown without what a person wrote, ours whole with their causes", () => {
  const body = { files: undefined, json: { content: 'a private prompt' } }
  const raw = { code: 50013, message: 'Missing Permissions' }
  const { log, lines, bugs } = collectLog()
  log.error({ err: new DiscordAPIError(raw, 50013, 403, 'PATCH', 'https://x', body as never) }, 'failed')
  logError(log, 'failed too')(new Error('outer', { cause: new TypeError('inner') }))
  logError(log, 'no error at all')('a text')
  expect(lines.join('')).not.toContain('private')
  expect(bugs).toMatchObject([
    { message: 'Missing Permissions', method: 'PATCH', status: 403, code: 50013 },
    {
      message: 'outer',
      stack: expect.stringContaining('logging.test'),
      cause: { type: 'TypeError', message: 'inner' },
    },
    'a text',
  ])
})

test('a line is written before the program goes on, so that none is lost when it ends', () => {
  const order: string[] = []
  createLog({ output: { write: () => void order.push('written') } }).fatal('the end')
  order.push('ended')
  expect(order).toEqual(['written', 'ended'])
})
