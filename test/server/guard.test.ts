import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createGuard } from '../../server/guard.ts'

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

test('every timer and listener of the server is guarded, or only resolves a promise', () => {
  const folder = new URL('../../server/', import.meta.url)
  const handedOver = /\b(?:setTimeout|setInterval|setImmediate)\(|\.(?:on|once|onAny|use)\(/g
  const unguarded = readdirSync(folder)
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => {
      const text = readFileSync(new URL(name, folder), 'utf8')
      return [...text.matchAll(handedOver)]
        .map(match => text.slice(match.index, match.index + 160).replace(/\s+/g, ' '))
        .filter(call => !/guard\(|setTimeout\(resolve,/.test(call))
        .map(call => `${name}: ${call.slice(0, 60)}`)
    })
  expect(unguarded).toEqual([])
})
