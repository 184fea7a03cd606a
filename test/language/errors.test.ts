import { describe, expect, it, test } from 'vitest'
import { translatedErrors, translateError } from '../../language/errors/index.ts'
import { languageFor } from '../../language/languages.ts'
import { type ErrorCode, errors, fillValues, UserError } from '../../protocol/errors.ts'

/** Errors that only whoever starts and runs the program meets: they are said in English. */
const forOperators =
  /^(start|data|database|backup|restore|settings|options|metrics)\/|^(person\/ambiguous|export\/exists|page\/unbuilt)$/

const codes = Object.keys(errors) as ErrorCode[]
const valuesIn = (text = '') => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

describe.each(Object.entries(translatedErrors))(
  '%s',
  (_language, table: Partial<Record<ErrorCode, readonly string[]>>) => {
    it('has every error of chat, rooms and the page', () => {
      const wanted = codes.filter(code => !forOperators.test(code))
      expect(wanted.filter(code => !(code in table))).toEqual([])
    })

    it('has the values of the English one, and a hint where that has one', () => {
      const different = codes.filter(code => {
        const translated = table[code]
        if (!translated) return false
        const { message, hint }: { message: string; hint?: string } = errors[code]
        return (
          `${valuesIn(translated[0])}` !== `${valuesIn(message)}` ||
          `${valuesIn(translated[1])}` !== `${valuesIn(hint)}` ||
          (translated[1] === undefined) !== (hint === undefined)
        )
      })
      expect(different).toEqual([])
    })
  },
)

test('an error is told by its code, with its values, and in English where there is no translation', () => {
  const stopped = new UserError('guild/member-stopped', undefined, { values: { reason: 'Spam.' } })
  expect(translateError('de', stopped.payload)).toEqual({
    message: 'Wer diesen Server verwaltet, hat dich hier vom Malen ausgeschlossen.',
    hint: 'Der Grund: Spam.',
  })
  expect(translateError('en', stopped)).toEqual({ message: stopped.message, hint: 'The reason: Spam.' })
  const silent = new UserError('guild/member-stopped', undefined, { values: { reason: '' } })
  expect(silent.hint).toBeUndefined()
  expect(translateError('ja', silent).hint).toBeUndefined()
  const foreign = { code: 'moon/dark', message: 'Too dark.' }
  expect(translateError('fr', foreign)).toEqual({ message: 'Too dark.', hint: undefined })
  expect(translateError('es', new UserError('data/locked')).message).toBe(errors['data/locked'].message)
})

test('a value that is not given leaves its sentence out', () => {
  expect(fillValues('Go to {place}.', { place: 'home' })).toBe('Go to home.')
  expect(fillValues('Go to {place}.', {})).toBeUndefined()
})

test.each([
  ['de', 'de'],
  ['es-419', 'es'],
  ['en-GB', 'en'],
  ['ja', 'ja'],
  ['pt-BR', null],
  [null, null],
])('the language of the locale %s is %s', (locale, language) => {
  expect(languageFor(locale)).toBe(language)
})
