import { UserError } from '../../protocol/errors.ts'

const maxPromptCharacters = 1000

/** Line breaks and tabs become spaces, as the tokenizer reads them; other invisible commands have no place in words. */
export function validatePrompt(prompt: string): string {
  const words = String(prompt).replace(/\s+/g, ' ').trim()
  if (words === '') throw new UserError('prompt/empty')
  if (/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(words)) throw new UserError('prompt/characters')
  if ([...words].length > maxPromptCharacters) throw new UserError('prompt/long')
  return words
}

/** On one line, without characters that cannot be seen. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
