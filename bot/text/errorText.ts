import { type TranslatableError, translateError } from '../../language/errors/index.ts'
import { type ErrorCode, errors, errorText, fillValues } from '../../protocol/errors.ts'
import type { Translate } from './translate.ts'

/**
 * An error as chat says it, in the language of whoever reads it. The engine's sentences name fields, tensors and what
 * was expected of them: those are for logs, and people read the table's sentence and what they can do instead.
 */
export function chatText(t: Translate, error: TranslatableError): string {
  return t.mentionCommands(errorText(translateError(t.language, forPeople(error))))
}

function forPeople(error: TranslatableError): TranslatableError {
  if (!isForDevelopers(error.message) || !Object.hasOwn(errors, error.code)) return error
  const code = error.code as ErrorCode
  const { message, hint = '' }: { message: string; hint?: string } = errors[code]
  return { ...error, message, hint: error.hint ?? (fillValues(hint, error.values) || undefined) }
}

function isForDevelopers(message: string): boolean {
  return /\bexpected\b|\bgot\b|\btensor\b/i.test(message)
}
