import { type ErrorCode, type ErrorPayload, errors, errorText, fillValues } from '../../protocol/errors.ts'
import { translateError } from '../../protocol/language/errors/index.ts'
import type { Translate } from './translate.ts'

type Said = Omit<ErrorPayload, 'hint' | 'values'> & {
  readonly hint?: string | undefined
  readonly values?: ErrorPayload['values'] | undefined
}

/**
 * An error as chat says it, in the language of whoever reads it. The engine's sentences name fields, tensors and what
 * was expected of them: those are for logs, and people read the table's sentence and what they can do instead.
 */
export function chatText(t: Translate, error: Said): string {
  return t.mentionCommands(errorText(translateError(t.language, forPeople(error))))
}

function forPeople(error: Said): Said {
  if (!isForDevelopers(error.message) || !Object.hasOwn(errors, error.code)) return error
  const code = error.code as ErrorCode
  const { message, hint = '' }: { message: string; hint?: string } = errors[code]
  return { ...error, message, hint: error.hint ?? (fillValues(hint, error.values) || undefined) }
}

function isForDevelopers(message: string): boolean {
  return /\bexpected\b|\bgot\b|\btensor\b/i.test(message)
}
