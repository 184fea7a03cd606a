import { type ErrorCode, type ErrorPayload, errors, fillValues } from '../../errors.ts'
import type { Language } from '../languages.ts'
import { de } from './de.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'
import type { TranslatedErrors } from './table.ts'

/** Errors by language; English is protocol/errors.ts itself, and what is not in a table is said in English. */
export const translatedErrors = { de, fr, es, ja } satisfies Record<Exclude<Language, 'en'>, TranslatedErrors>

/** An error whose hint and values may be absent or undefined, as they come from rows and messages. */
export type TranslatableError = Omit<ErrorPayload, 'hint' | 'values'> & {
  readonly hint?: string | undefined
  readonly values?: ErrorPayload['values'] | undefined
}

/**
 * An error as it is told in this language: its message and what can be done about it. Sentences of its own, which are
 * in English, give way to those of the table.
 */
export function translateError(
  language: Language,
  error: TranslatableError,
): { message: string; hint?: string | undefined } {
  const { code, message, hint, values } = error
  const known = Object.hasOwn(errors, code) ? (code as ErrorCode) : null
  const translated = language === 'en' || known === null ? undefined : translations(language)[known]
  if (!translated) return { message, hint }
  const [itsMessage, itsHint = ''] = translated
  return { message: fillValues(itsMessage, values) ?? itsMessage, hint: fillValues(itsHint, values) || undefined }
}

const translations = (language: Exclude<Language, 'en'>): TranslatedErrors => translatedErrors[language]
