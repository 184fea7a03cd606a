import { UserError } from '../../protocol/errors.ts'
import { plain } from '../shared/text.ts'

/** What people say of styles, as we keep it: on one line, and not too long. */

export function checkName(name: string): string {
  const shown = plain(name)
  // Colons and commas stand between styles and their weights on the command line.
  if (shown === '' || [...shown].length > 40 || /[:,]/.test(shown)) throw new UserError('style/name')
  return shown
}

const maxCaptionCharacters = 200

export function checkCaption(caption: string): string {
  const words = plain(caption)
  if ([...words].length > maxCaptionCharacters) throw new UserError('style/caption')
  return words
}

export function clip(words: string): string {
  return [...plain(words)].slice(0, maxCaptionCharacters).join('')
}
