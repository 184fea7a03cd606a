import { type LetterRun, runsOf, standsAt, standsIn } from './letterRuns.ts'

/** Finds words that are not painted here, however they are dressed up. */
export interface BlockedWords {
  /** The entry that a text meets, or null. */
  find(text: string): string | null
}

/**
 * Entries are whole words or phrases; one that ends in `*` is the beginning of a word, and one between slashes is a
 * regular expression over the folded text. Accents, case, other alphabets' look-alikes, digits for letters, doubled
 * letters and letters that are spelt apart make no difference. Words take time in proportion to the text.
 */
export function createBlockedWords(entries: readonly string[]): BlockedWords {
  const matchers = entries.map(entry => ({ entry, isMet: matcherOf(entry) }))
  return {
    find(text) {
      if (matchers.length === 0) return null
      const read = readingOf(foldText(text))
      return matchers.find(({ isMet }) => isMet(read))?.entry ?? null
    },
  }
}

/** A folded text in every way that it is looked at. */
interface Reading {
  /** As it is, and with letters that are spelt apart put together. */
  readonly texts: readonly string[]
  /** The words of each, by their letters. */
  readonly words: readonly (readonly LetterRun[][])[]
  /** Letters that stand alone, one after the other. */
  readonly spelt: readonly LetterRun[][]
}

function readingOf(plain: string): Reading {
  const texts = [plain, joinSpelt(plain)]
  const words = texts.map(text => text.split(' ').map(runsOf))
  const spelt = plain.match(speltLetters)?.map(letters => runsOf(letters.replaceAll(' ', ''))) ?? []
  return { texts, words, spelt }
}

const expressionOf = (entry: string) => /^\/(.+)\/$/.exec(entry.trim())?.[1]

const wordsOf = (entry: string): string[] =>
  foldText(entry.replace(/\*\s*$/, ''))
    .split(' ')
    .filter(Boolean)

function matcherOf(entry: string): (read: Reading) => boolean {
  const expression = expressionOf(entry)
  if (expression !== undefined) {
    const pattern = new RegExp(expression, 'u')
    return ({ texts }) => texts.some(text => pattern.test(text))
  }
  const isBeginning = entry.trim().endsWith('*')
  const words = wordsOf(entry)
  const phrase = words.map(runsOf)
  const letters = words.join('')
  // "a n u d e" begins with a word of one letter, so a word is looked for in the middle of others too.
  const spelt = [...letters].length < 3 ? null : runsOf(letters)
  return read =>
    read.words.some(text => hasPhrase(text, phrase, { isBeginning })) ||
    (spelt !== null && read.spelt.some(one => standsIn(one, spelt)))
}

/** Whether words follow each other in a text, each whole, but that the last may only begin. */
function hasPhrase(
  text: readonly LetterRun[][],
  phrase: readonly LetterRun[][],
  { isBeginning }: { readonly isBeginning: boolean },
): boolean {
  const isWord = (found: readonly LetterRun[], index: number) => {
    const wanted = phrase[index]!
    const mayGoOn = isBeginning && index === phrase.length - 1
    return standsAt(found, 0, wanted) && (mayGoOn || found.length === wanted.length)
  }
  if (phrase.length === 0) return false
  return text.some((_, at) => phrase.every((_, index) => at + index < text.length && isWord(text[at + index]!, index)))
}

/** As it is read, not as it is written: small letters of the Latin alphabet and single spaces where there can be. */
export function foldText(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replace(/\p{M}|\p{Cf}/gu, '')
    .toLowerCase()
  return [...bare]
    .map(letter => lookAlikes.get(letter) ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** Three letters or more that stand alone, one after the other: "b l o o d" is spelt, not said. */
const speltLetters = /(?<![\p{L}\p{N}])(?:[\p{L}\p{N}] ){2,}[\p{L}\p{N}](?![\p{L}\p{N}])/gu

const joinSpelt = (folded: string): string => folded.replace(speltLetters, spelt => spelt.replaceAll(' ', ''))

/** What looks like a Latin letter: Cyrillic and Greek ones, and digits and signs that stand for letters. */
const lookAlikes = new Map(
  Object.entries({
    a: 'аαɑ@4ª',
    b: 'ьвβ8',
    c: 'сϲ¢',
    d: 'ԁ',
    e: 'еєε3€',
    g: 'ɡ',
    h: 'нһ',
    i: 'іι1!|ı',
    j: 'ј',
    k: 'кκ',
    l: 'ӏł',
    m: 'м',
    n: 'пη',
    o: 'оοσ0øº',
    p: 'рρ',
    q: 'ԛ',
    r: 'гř',
    s: 'ѕ5$',
    t: 'тτ7',
    u: 'υц',
    v: 'ѵν',
    w: 'ԝω',
    x: 'хχ×',
    y: 'уγ',
    z: 'ʐ2',
  }).flatMap(([letter, others]) => [...others].map(other => [other, letter] as const)),
)

/** For strangers: what no community that is open to all wants to see painted. For friends: nothing. */
export const strangersBlockedWords: readonly string[] = [
  ...['porn*', 'hentai', 'nsfw', 'nude*', 'naked', 'topless', 'genital*', 'penis*', 'vagina*', 'erotic*', 'bondage'],
  ...[
    'sex',
    'sexual*',
    'blowjob*',
    'orgasm*',
    'masturbat*',
    'incest*',
    'rape',
    'rapist*',
    'raped',
    'loli',
    'lolicon',
    'shotacon',
  ],
  ...['child abuse', 'pedophil*', 'paedophil*', 'bestiality', 'zoophil*', 'necrophil*', 'gore', 'guro', 'beheading*'],
  ...['decapitat*', 'disembowel*', 'swastika*', 'hakenkreuz*', 'nazi*', 'ku klux klan', 'lynching*', 'suicide'],
]
