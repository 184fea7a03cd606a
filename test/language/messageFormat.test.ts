import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { messages } from '../../language/chat/index.ts'
import { type Language, languages } from '../../language/languages.ts'
import { readMessage } from '../../language/messageFormat.ts'
import { readByLibrary, valuesOf } from '../support/messages.ts'
import { pageTexts } from '../support/pageTexts.ts'

const all = languages.map((language): [Language, readonly string[]] => {
  return [language, [...Object.values(messages[language]), ...Object.values(pageTexts[language])]]
})

describe.each(all)('every message in %s', (language, said) => {
  it('is said as the library says it that reads all of ICU MessageFormat, whatever its values', () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 1e7 }),
      fc.float({ noNaN: true, min: 0, max: 1e4 }),
    )
    fc.assert(
      fc.property(number, count => {
        for (const message of said) {
          const values = Object.fromEntries(valuesOf(message, language).map(name => [name, count]))
          expect(readMessage(message, language)(values)).toBe(readByLibrary(message, language).format(values))
        }
      }),
      { numRuns: 20 },
    )
  })
})

test.each([
  ['{count, plural, one {# picture}}', 'Expected a branch "other" at 32'],
  ['{count, date}', 'Expected number or plural, got "date" at 12'],
  ['{count, number, ::.00}', 'Expected a style of numbers (percent,::.0), got "::.00" at 22'],
  ['{count', 'Expected "," at 6'],
  ['a } b', 'Expected no "}" at 2'],
  ['{}', 'Expected a name at 1'],
])('%s cannot be read, and the error says what was expected where', (message, problem) => {
  expect(() => readMessage(message, 'en')).toThrow(`${problem} of the message "${message}".`)
})
