import type { Language } from '../languages.ts'
import { de } from './de.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'
import type { TranslatedErrors } from './table.ts'
import { type TranslatableError, translateBy } from './translate.ts'

export type { TranslatableError }

/** Errors by language; English is protocol/errors.ts itself, and what is not in a table is said in English. */
export const translatedErrors = { de, fr, es, ja } satisfies Record<Exclude<Language, 'en'>, TranslatedErrors>

/** An error as it is told in this language: its message and what can be done about it. */
export const translateError = (
  language: Language,
  error: TranslatableError,
): { message: string; hint?: string | undefined } =>
  translateBy(language === 'en' ? undefined : translatedErrors[language], error)
