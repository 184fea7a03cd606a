import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isVisibleName } from '../../protocol/names.ts'
import { plain } from '../shared/text.ts'

/** What people say of styles, as we keep it: on one line, and not too long. */

/** A name as it is stored. Refuses one that cannot be written on the command line. */
export function checkName(name: string): string {
  const shown = plain(name)
  // Colons and commas stand between styles and their weights on the command line.
  if (shown === '' || [...shown].length > limits.maxStyleNameCharacters || /[:,]/.test(shown) || !isVisibleName(shown))
    throw new UserError('style/name')
  return shown
}

/** A caption as it is stored. Refuses one that is too long. */
export function checkCaption(caption: string): string {
  const text = plain(caption)
  if ([...text].length > limits.maxCaptionCharacters) throw new UserError('style/caption')
  return text
}

/** As much of a text as fits a caption. */
export function clip(text: string): string {
  return [...plain(text)].slice(0, limits.maxCaptionCharacters).join('')
}
