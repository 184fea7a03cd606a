import fc from 'fast-check'
import { generateKeyBetween } from 'fractional-indexing'
import { expect, test } from 'vitest'
import { highestKey, isDepthKey, keyAbove, keyBelow, lowestKey } from '../../protocol/depth.ts'
import { limits } from '../../protocol/limits.ts'

test.each(['zzzz', '0', 'a00', 'A', '', 'a-0', 'é0', 'a0'.padEnd(65, 'V'), 'z'.repeat(64), 'z'.repeat(256)])(
  'refuses %j, which the pages’ library cannot read or build upon',
  key => expect(isDepthKey(key)).toBe(false),
)

test('accepts every key that the library makes, however often it is asked for one above, below or between', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), places => {
      const keys = [generateKeyBetween(null, null)]
      for (const place of places) {
        const at = place % (keys.length + 1)
        keys.splice(at, 0, generateKeyBetween(keys[at - 1] ?? null, keys[at] ?? null))
      }
      expect(keys.filter(key => !isDepthKey(key))).toEqual([])
      expect(keys).toEqual(keys.toSorted())
    }),
  )
})

test('A9: whatever depth the server accepts, a page can put something above and below it that is accepted too', () => {
  const head = fc.constantFrom(...'AZazbBy')
  const digits = fc.string({ unit: fc.constantFrom(...'09AZaz'), maxLength: limits.maxDepthCharacters })
  fc.assert(
    fc.property(head, digits, (first, rest) => {
      const key = first + rest
      if (!isDepthKey(key)) return
      for (const next of [keyAbove(key), keyBelow(key)]) expect(isDepthKey(next)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('what cannot be read is passed over when something is put on top', () => {
  const elements = [{ z: 'A' }, { z: 'Zz' }, { z: 'a0' }, { z: 'zzzz' }]
  expect(highestKey(elements)).toBe('a0')
  expect(lowestKey(elements)).toBe('Zz')
  expect(keyAbove(highestKey(elements))).toBe('a1')
  expect(keyAbove(highestKey([{ z: 'zzzz' }]))).toBe('a0')
})
