import { expect, test } from 'vitest'
import { personName, roomName } from '../../protocol/checks.ts'
import { isVisibleName, visibleName } from '../../protocol/names.ts'

test.each(['Ada', 'Zoë', '王小明', 'محمد', 'می‌خواهم', 'क्‍ष', '👩‍👩‍👧', '👍🏽', '❤️‍🔥', 'Ada 🎨', 'O’Neill'])(
  '%s is a name',
  name => {
    expect(isVisibleName(name)).toBe(true)
    expect(visibleName(name)).toBe(name)
    expect(personName.safeParse(name).success).toBe(true)
  },
)

test.each([
  ['a zero-width space', 'Ada\u200b', 'Ada'],
  ['a joiner that joins nothing', 'A\u200dda', 'Ada'],
  ['a byte order mark', 'A\ufeffda', 'Ada'],
  ['an override of direction', 'Ada\u202etxt.exe', 'Adatxt.exe'],
  ['an isolate', '\u2066Ada\u2069', 'Ada'],
  ['a mark of direction', 'Ada\u200f', 'Ada'],
  ['a soft hyphen', 'A\u00adda', 'Ada'],
  ['a tag', 'Ada\u{e0041}', 'Ada'],
  ['a filler', '\u3164', ''],
  ['half a character', 'Ada\ud800', 'Ada'],
])('%s is seen by nobody, so it is in no name', (_what, name, visible) => {
  expect(isVisibleName(name)).toBe(false)
  expect(visibleName(name)).toBe(visible)
  expect(personName.safeParse(name).success).toBe(false)
  expect(roomName.safeParse(name).success).toBe(false)
})
