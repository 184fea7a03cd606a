import { expect, test } from 'vitest'
import { languages } from '../../language/languages.ts'
import { guestName, newRoomName } from '../../language/names.ts'
import { limits } from '../../protocol/limits.ts'
import { isVisibleName } from '../../protocol/names.ts'

test.each(languages)('%s: every guest and every room gets a name that fits', language => {
  const drawn = (which: (below: number) => number) => guestName(language, which)
  const all = Array.from({ length: 20 }, (_, index) => drawn(below => index % below))
  for (const name of [...all, newRoomName(language)]) {
    expect(isVisibleName(name)).toBe(true)
    expect([...name].length).toBeLessThanOrEqual(limits.maxNameCharacters)
    expect(name).not.toContain('undefined')
  }
  expect(new Set(all).size).toBeGreaterThan(10)
})

test('names are in the language of whoever gets them', () => {
  const first = () => 0
  expect(languages.map(language => guestName(language, first))).toEqual([
    'Quiet Heron',
    'Stiller Reiher',
    'Héron tranquille',
    'Zorro tranquilo',
    '静かなサギ',
  ])
})
