/** What a model with a small vocabulary makes of a prompt: other words and other languages, said in its own words. */

/** What of a vocabulary decides how a prompt is understood. */
export interface KnownWords {
  readonly words: readonly string[]
  readonly otherWords?: OtherWords | undefined
}

/**
 * Words that the model knows → phrases that are understood as them, lower case and between commas, by language. English ones
 * stand for what is like them; those of other languages hold the small words as well, and under '' those that mean nothing.
 * A German adjective that ends in ~ takes its endings.
 */
export interface OtherWords {
  readonly en: Readonly<Record<string, string>>
  readonly de: Readonly<Record<string, string>>
  readonly ja: Readonly<Record<string, string>>
}

/** How a prompt is understood. */
export interface Understanding {
  /** What the model is told in place of the prompt; null: the prompt as it is. */
  readonly text: string | null
  /** Words that nothing is known of, each once, as they were typed. */
  readonly unknown: readonly string[]
}

const wordPattern = /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu
const japanesePattern = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー]+/gu
/** Words of the longest phrase in a table. */
const longestPhrase = 4

/** A prompt in the words of a model. Words that nothing is known of are left out, unless nothing else would be left. */
export function understand(prompt: string, { words, otherWords }: KnownWords): Understanding {
  const known = new Set(words.map(word => word.toLowerCase()))
  const { en, de, ja } = phrasesOf(otherWords)
  const japanese = prompt.replace(japanesePattern, ' ') === prompt ? null : readJapanese(prompt, ja, known)
  const rest = (japanese?.rest ?? prompt).normalize('NFC')
  const [english, german] = [readWords(rest, en, known), readWords(rest, de, known)]
  const best = german.translated > english.found ? german : english
  const unknown = [...new Set([...(japanese?.unknown ?? []), ...best.unknown])]
  const parts = [best.text, japanese?.text ?? ''].filter(part => part.trim() !== '')
  const text = tidied(parts.join(' '))
  const isAsTyped = text.toLowerCase() === tidied(prompt).toLowerCase()
  const meansSomething = best.found + (japanese?.found ?? 0) > 0 && wordsIn(text).some(word => known.has(word))
  return { text: isAsTyped || !meansSomething || otherWords === undefined ? null : text, unknown }
}

interface Reading {
  readonly text: string
  readonly unknown: readonly string[]
  /** Words that are known, themselves or by what they mean; and the latter alone. */
  readonly found: number
  readonly translated: number
}

/** Phrase → meaning. */
type Phrases = ReadonlyMap<string, string>
type AllPhrases = Readonly<Record<keyof OtherWords, Phrases>>

const endings = ['', 'e', 'er', 'es', 'en', 'em']
const nothing: OtherWords = { en: {}, de: {}, ja: {} }
const expanded = new WeakMap<OtherWords, AllPhrases>()

/** The table turned around, once for each. */
function phrasesOf(otherWords: OtherWords = nothing): AllPhrases {
  const done = expanded.get(otherWords)
  if (done) return done
  const turned = (table: Readonly<Record<string, string>>) =>
    new Map(
      Object.entries(table).flatMap(([meaning, phrases]) =>
        phrases
          .split(/, ?/)
          .flatMap(phrase => (phrase.endsWith('~') ? endings.map(ending => phrase.slice(0, -1) + ending) : [phrase]))
          .map(phrase => [phrase, meaning] as const),
      ),
    )
  const { en, de, ja } = otherWords
  const all = { en: turned(en), de: turned(de), ja: turned(ja) }
  expanded.set(otherWords, all)
  return all
}

/** Longest phrases first; what lies between words stays. */
function readWords(prompt: string, table: Phrases, known: ReadonlySet<string>): Reading {
  const tokens = [...prompt.matchAll(wordPattern)].map(({ 0: word, index }) => ({
    word,
    index,
    end: index + word.length,
  }))
  let [text, at, found, translated] = ['', 0, 0, 0]
  const unknown: string[] = []
  for (let index = 0; index < tokens.length; ) {
    const phrase = phraseAt(tokens, index, table)
    const { word, index: start, end } = tokens[index]!
    text += prompt.slice(at, start)
    if (phrase) {
      text += phrase.meaning
      found += phrase.count
      translated += phrase.count
    } else if (known.has(word.toLowerCase())) {
      text += word
      found++
    } else if (/\p{L}/u.test(word)) unknown.push(word)
    index += phrase?.count ?? 1
    at = phrase ? tokens[index - 1]!.end : end
  }
  return { text: text + prompt.slice(at), unknown, found, translated }
}

function phraseAt(
  tokens: readonly { readonly word: string }[],
  from: number,
  table: Phrases,
): { readonly meaning: string; readonly count: number } | undefined {
  for (let count = Math.min(longestPhrase, tokens.length - from); count > 0; count--) {
    const phrase = tokens.slice(from, from + count)
    const meaning = table.get(phrase.map(({ word }) => word.toLowerCase()).join(' '))
    if (meaning !== undefined) return { meaning, count }
  }
  return undefined
}

/** Where something is, and when, comes before the thing in Japanese, and behind it in English. */
const isSetting = (meaning: string): boolean => /^(in|on|at|by|to|under|as|with|while) /.test(meaning)

/** Japanese has no spaces and no articles: longest phrases first, settings behind the things, articles and plurals put in. */
function readJapanese(
  prompt: string,
  table: Phrases,
  known: ReadonlySet<string>,
): Omit<Reading, 'translated'> & { readonly rest: string } {
  const longest = Math.max(0, ...[...table.keys()].map(phrase => phrase.length))
  const [groups, settings]: [string[][], string[]] = [[[]], []]
  const unknown: string[] = []
  let found = 0
  for (const [run] of prompt.matchAll(japanesePattern)) {
    let lost = ''
    for (let at = 0; at < run.length; ) {
      let length = Math.min(longest, run.length - at)
      while (length > 0 && !table.has(run.slice(at, at + length))) length--
      if (length === 0) {
        lost += run[at]
        at++
        continue
      }
      if (lost) unknown.push(lost)
      lost = ''
      const meaning = table.get(run.slice(at, at + length))!
      if (meaning === 'and') groups.push([])
      else if (isSetting(meaning)) settings.push(meaning)
      else if (meaning) groups.at(-1)!.push(meaning)
      if (meaning) found++
      at += length
    }
    if (lost) unknown.push(lost)
    groups.push([])
  }
  const things = groups.filter(group => group.length > 0).map(group => thingOf(group, known))
  const text = [things.join(' and '), ...settings].filter(Boolean).join(' ')
  return { text, unknown, found, rest: prompt.replace(japanesePattern, ' ').replace(/[、。・，]/g, ' ') }
}

/** Words of one thing, the count first and then with its plural, or with an article. */
function thingOf(words: readonly string[], known: ReadonlySet<string>): string {
  const isCount = (word: string) => word === 'two' || word === 'three'
  const [counts, others] = [words.filter(isCount), words.filter(word => !isCount(word))]
  if (counts.length === 0) return `a ${others.join(' ')}`
  const noun = others.at(-1) ?? ''
  const plurals = [`${noun}s`, `${noun}es`, noun.replace(/us$/, 'i'), noun.replace(/man$/, 'men')]
  const plural = plurals.find(word => word !== noun && known.has(word)) ?? noun
  return [counts[0], ...others.slice(0, -1), plural].join(' ')
}

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(wordPattern) ?? []

/** Without what is left around words that were taken out, and with the articles that the words behind them want. */
function tidied(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\b(an?|the) (?=(?:in|on|at|by|with|and|to|under|a|an|the)\b|[,.;!]|$)/gi, '')
    .replace(/ (?=[,.;!])/g, '')
    .replace(/([,;]) ?(?=[,;.]|$)/g, '')
    .replace(/\ban (?=[^aeiou\s])/gi, 'a ')
    .replace(/\ba (?=[aeiou])/gi, 'an ')
    .replace(/^[\s,;.]+|[\s,;]+$/g, '')
    .replace(/^and |( (and|with|of|over|under|by|in|on|at|to|before))+$/gi, '')
    .trim()
}

/** Words as a list in English: “one”, “two”, or 3 more. */
export function listQuoted(words: readonly string[]): string {
  const quoted = words.slice(0, 4).map(word => `“${word}”`)
  if (words.length > 4) quoted.push(`${words.length - 4} more`)
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(quoted)
}
