import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'

/** A prompt as it is painted and stored. Line breaks and tabs become spaces, as the tokenizer reads them; other invisible commands have no place in a prompt. */
export function validatePrompt(prompt: string): string {
  const text = String(prompt).replace(/\s+/g, ' ').trim()
  if (text === '') throw new UserError('prompt/empty')
  if (/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text)) throw new UserError('prompt/characters')
  if ([...text].length > limits.maxPromptCharacters) throw new UserError('prompt/long')
  return text
}

/** On one line, without characters that cannot be seen. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
