import { type ErrorCode, type ErrorPayload, errors, errorText } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'

/** What a person can do about errors whose own sentence is written for developers, where the table has no hint. */
const hints: Partial<Record<ErrorCode, string>> = {
  'request/prompt': `Use plain text of at most ${limits.maxPromptCharacters} characters.`,
  'request/size': 'Choose one of the sizes that are suggested while you type.',
  'request/strength': 'Choose more steps, or a strength nearer to 1.',
  'request/image': 'Send another as PNG, JPEG or WebP.',
  'request/style': `Name up to ${limits.maxStylesPerFrame} different styles.`,
  'style/file': 'Attach a LoRA file (.safetensors) that was made for this model.',
  'learn/pictures': 'Send other pictures as PNG, JPEG or WebP.',
}

/**
 * An error as chat says it. The engine's sentences name fields, tensors and what was expected of them: those are
 * for logs, and people read the table's sentence and what they can do instead.
 */
export function chatText({ code, message, hint }: Omit<ErrorPayload, 'hint'> & { hint?: string | undefined }): string {
  if (!isForDevelopers(message) || !Object.hasOwn(errors, code)) return errorText({ message, hint })
  const known = code as ErrorCode
  const entry: { message: string; hint?: string } = errors[known]
  return errorText({ message: entry.message, hint: hint ?? entry.hint ?? hints[known] })
}

function isForDevelopers(message: string): boolean {
  return /\bexpected\b|\bgot\b|\btensor\b/i.test(message)
}
