import type { Studio, Style } from '../../studio/studio.ts'

/** What styles a person may choose from, while they type: read once in a few seconds, and never written. */
export type StyleChoices = (
  discordId: string,
  where: { readonly guild?: string; readonly own?: boolean; readonly usable?: boolean },
) => Promise<readonly Style[]>

const lifeMs = 5_000
const maxEntries = 1_000

interface Entry {
  readonly readAt: number
  readonly styles: Promise<readonly Style[]>
}

/** `now`: monotonic milliseconds. Whatever changes about a style empties the cache. */
export function createStyleChoices(
  { people, styles }: Pick<Studio, 'people' | 'styles'>,
  now: () => number = () => performance.now(),
): StyleChoices {
  const entries = new Map<string, Entry>()
  styles.onChange(() => entries.clear())

  return (discordId, where) => {
    const key = JSON.stringify([discordId, where.guild, where.own, where.usable])
    const known = entries.get(key)
    if (known && now() - known.readAt < lifeMs) return known.styles
    const read = people.findDiscord(discordId).then(person => styles.list(person?.id ?? null, where))
    // A failed read may be tried again.
    read.catch(() => entries.delete(key))
    entries.delete(key)
    entries.set(key, { readAt: now(), styles: read })
    const oldest = entries.keys().next().value
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    return read
  }
}
