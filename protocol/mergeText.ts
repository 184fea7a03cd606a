import { diff3Merge } from 'node-diff3'

/**
 * Two people's changes of one text, put together: `base` is the text that both began with, `theirs` what it has become,
 * `mine` what I have made of it. Word by word; where both have written in the same place, theirs comes first and nothing is
 * lost. A pure function of its three texts, so everybody who applies the same edits in the same order has the same text.
 */
export function mergeText(base: string, theirs: string, mine: string): string {
  if (theirs === base) return mine
  if (mine === base || mine === theirs) return theirs
  const regions = diff3Merge(wordsOf(theirs), wordsOf(base), wordsOf(mine), { excludeFalseConflicts: true })
  return regions
    .map(({ ok, conflict }) => (ok ?? [...conflict!.a, ...withoutCommon(conflict!.a, conflict!.b)]).join(''))
    .join('')
}

/** What `mine` says beyond the words that both begin with: two people who finish the same word type it once. */
function withoutCommon(theirs: readonly string[], mine: readonly string[]): readonly string[] {
  const differs = mine.findIndex((word, index) => word !== theirs[index])
  if (differs < 0) return []
  // What I have written beside theirs still needs the space before it.
  const hasSpace = differs > 0 && /\s/.test(mine[differs - 1]!)
  return mine.slice(hasSpace ? differs - 1 : differs)
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}]+|\s|./gsu) ?? []
