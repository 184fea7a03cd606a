import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { protocolVersion } from '../../protocol/events.ts'

const root = join(import.meta.dirname, '..', '..')
const spec = readFileSync(join(root, 'protocol', 'SPEC.md'), 'utf8')
const rules = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\* /gm)].map(([, rule]) => rule!)

/** Rules by number, as names of tests begin with them: `test('A1 C5: …')`. */
function rulesInTests(): Map<string, string> {
  const found = new Map<string, string>()
  for (const folder of ['protocol', 'server', 'web']) {
    const names = readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' })
    for (const name of names.filter(file => file.endsWith('.test.ts'))) {
      const text = readFileSync(join(root, 'test', folder, name), 'utf8')
      for (const [, list] of text.matchAll(/^\s*(?:\w|\.)*[^'\n]*\(?'((?:[A-Z]\d+ )*[A-Z]\d+): /gm)) {
        for (const rule of list!.split(' ')) found.set(rule, name)
      }
    }
  }
  return found
}

test('every rule of the specification is named by a test, and every rule that a test names is there', () => {
  expect(rules.length).toBeGreaterThan(30)
  expect(new Set(rules).size).toBe(rules.length)
  expect([...rulesInTests().keys()].sort()).toEqual([...rules].sort())
})

test('the specification is that of the version that is spoken', () => {
  expect(spec).toContain(`version ${protocolVersion} (`)
})
