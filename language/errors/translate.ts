import { type ErrorCode, type ErrorPayload, errors, fillValues } from '../../protocol/errors.ts'
import type { TranslatedErrors } from './table.ts'

/** An error whose hint and values may be absent or undefined, as they come from rows and messages. */
export type TranslatableError = Omit<ErrorPayload, 'hint' | 'values'> & {
  readonly hint?: string | undefined
  readonly values?: ErrorPayload['values'] | undefined
}

/**
 * An error as a table of another language tells it: its message and what can be done about it. Sentences of its own, which
 * are in English, give way to those of the table; without a table, or where it has nothing, the error is told as it came.
 */
export function translateBy(
  table: TranslatedErrors | undefined,
  { code, message, hint, values }: TranslatableError,
): { message: string; hint?: string | undefined } {
  const translated = Object.hasOwn(errors, code) ? table?.[code as ErrorCode] : undefined
  if (!translated) return { message, hint }
  const [itsMessage, itsHint = ''] = translated
  return { message: fillValues(itsMessage, values) ?? itsMessage, hint: fillValues(itsHint, values) || undefined }
}
