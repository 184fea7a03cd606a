import type { Translate } from './translate.ts'

/** A duration to the second, or to the minute from a minute and a half on. */
export function aboutTime(t: Translate, ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 90 ? t('time.seconds', { seconds }) : t('time.minutes', { minutes: Math.round(seconds / 60) })
}

/** In kB, or in MB from a million bytes on. */
export function byteSize(t: Translate, bytes: number): string {
  return bytes < 1e6
    ? t('bytes.kilo', { count: Math.max(1, Math.round(bytes / 1e3)) })
    : t('bytes.mega', { count: bytes / 1e6 })
}

/** `128x96` as it is read. */
export function pictureSize(t: Translate, size: string): string {
  const [width = '', height = ''] = size.split('x')
  return t('recipe.size', { width, height })
}

/** Words in quotes: “one”, “two”, or 3 more. */
export function listQuoted(t: Translate, words: readonly string[]): string {
  const shown = words.slice(0, maxListed).map(text => t('list.quoted', { text }))
  if (words.length > maxListed) shown.push(t('list.more', { count: words.length - maxListed }))
  return new Intl.ListFormat(t.language, { type: 'disjunction' }).format(shown)
}
const maxListed = 4

/** As each reader's own clock and calendar show it: `R` how long ago, `D` the date. */
export function timestamp(at: Date, form: 'R' | 'D' | 'd'): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:${form}>`
}

/** How far something is, as signs of one line. */
export function textBar(done: number, of: number): string {
  return `${'▰'.repeat(done)}${'▱'.repeat(Math.max(0, of - done))}`
}
