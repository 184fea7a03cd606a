/**
 * A person's words on one line, so that Discord shows them as they were typed: no formatting, no links, no mentions.
 * Every sign that Discord gives a meaning is escaped; `allowedMentions` stays empty all the same.
 */
export function escapeMarkdown(text: string, maxCharacters: number): string {
  return truncate(text, maxCharacters).replace(/[\\*_~`|>#[\]()<@:-]/g, '\\$&')
}

/** One line of at most so many characters (code points: an emoji is never cut in half). */
export function truncate(text: string, maxCharacters: number): string {
  const line = [...text.replace(/\s+/gu, ' ').trim()]
  return line.length <= maxCharacters ? line.join('') : `${line.slice(0, maxCharacters - 1).join('')}…`
}
