import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createGuard } from '../../protocol/guard.ts'

test('what a listener throws, at once or later, is reported and goes no further', async () => {
  const reported: unknown[] = []
  const guard = createGuard((message, cause) => reported.push([message, cause]))
  const now = new Error('now')
  const later = new Error('later')
  guard('A', () => {
    throw now
  })()
  guard('B', () => Promise.reject(later))()
  await Promise.resolve()
  expect(reported).toEqual([
    ['A', now],
    ['B', later],
  ])
})

test('a listener gets its arguments', () => {
  const got: unknown[] = []
  createGuard(() => undefined)('A', (...args: unknown[]) => got.push(...args))(1, 'two')
  expect(got).toEqual([1, 'two'])
})

/**
 * Folders and files whose listeners and timers are guarded, but for the last net under everything. What runs in the
 * engine's own process is started again when it ends.
 */
const guarded = [
  'commands',
  ':!commands/processErrors.ts',
  'server',
  'studio',
  'bot',
  'engine/process/localEngine.ts',
  'engine/process/supervisor.ts',
]

test('every timer and listener of the program is guarded, or only resolves a promise', () => {
  const handedOver = /\b(?:setTimeout|setInterval|setImmediate)\(|\w+\.(?:on|once|onAny|use|addEventListener)\(/g
  const unguarded = sourcesIn(guarded).flatMap(name => {
    const text = readFileSync(name, 'utf8')
    const named = [...text.matchAll(/\bconst (\w+) = guard(?:Of\([\w.]+\))?\(/g)].map(([, name]) => name)
    const isGuarded = new RegExp(
      `guard\\(|(?:setTimeout|setImmediate)\\((?:resolve\\b|\\(\\) => reject\\()|addEventListener\\('abort', \\(\\) => reject\\(|\\((?:'?\\w+'?, )?(?:${named.join('|') || '-'})[,)]`,
    )
    return (
      [...text.matchAll(handedOver)]
        .map(match => text.slice(match.index, match.index + 160).replace(/\s+/g, ' '))
        // Our own emitter guards its listeners itself; a turn of `server/turns.ts` only resolves promises.
        .filter(call => !isGuarded.test(call) && !/^(?:events\.on\(|setImmediate\(turn\))/.test(call))
        .map(call => `${name}: ${call.slice(0, 60)}`)
    )
  })
  expect(unguarded).toEqual([])
})

function sourcesIn(places: readonly string[]): string[] {
  const found = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...places], {
    encoding: 'utf8',
  })
  return found.split('\n').filter(name => /\.tsx?$/.test(name))
}
