/** Finds words that are not painted here, however they are dressed up. */
export interface BlockedWords {
  /** The entry that a text meets, or null. */
  find(text: string): string | null
}

/**
 * Entries are whole words or phrases; one that ends in `*` is the beginning of a word, and one between slashes is a
 * regular expression over the folded text. Accents, case, other alphabets' look-alikes, digits for letters and letters
 * that are spelt apart make no difference.
 */
export function createBlockedWords(entries: readonly string[]): BlockedWords {
  const patterns = entries.map(entry => ({ entry, pattern: patternOf(entry), spelt: speltPatternOf(entry) }))
  return {
    find(text) {
      if (patterns.length === 0) return null
      const plain = foldText(text)
      const read = [plain, joinSpelt(plain)]
      const isMet = ({ pattern, spelt }: (typeof patterns)[number]) =>
        read.some(one => pattern.test(one)) || spelt?.test(plain)
      return patterns.find(isMet)?.entry ?? null
    },
  }
}

const expressionOf = (entry: string) => /^\/(.+)\/$/.exec(entry.trim())?.[1]

const wordsOf = (entry: string): string[] =>
  foldText(entry.replace(/\*\s*$/, ''))
    .split(' ')
    .filter(Boolean)

function patternOf(entry: string): RegExp {
  const expression = expressionOf(entry)
  if (expression !== undefined) return new RegExp(expression, 'u')
  const isBeginning = entry.trim().endsWith('*')
  const words = wordsOf(entry)
  // Letters may be doubled: "bloood" is "blood".
  const letters = words.map(word => [...word].map(letter => `${letter.replace(/[^\p{L}\p{N}]/u, '\\$&')}+`).join(''))
  return new RegExp(`(?<![\\p{L}\\p{N}])${letters.join(' +')}${isBeginning ? '' : '(?![\\p{L}\\p{N}])'}`, 'u')
}

/** One letter after the other, in the middle of others too: "a n u d e" begins with a word of one letter. */
function speltPatternOf(entry: string): RegExp | null {
  const letters = wordsOf(entry).join('')
  if (expressionOf(entry) !== undefined || [...letters].length < 3) return null
  const alone = (letter: string) => `(?<![\\p{L}\\p{N}])${letter}(?![\\p{L}\\p{N}])`
  return new RegExp([...letters].map(letter => `(?:${alone(letter)} ?)+`).join(''), 'u')
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

/** "b l o o d" and "b.l.o.o.d" are spelt, not said. */
function joinSpelt(folded: string): string {
  return folded.replace(/(?<![\p{L}\p{N}])(?:[\p{L}\p{N}] ){2,}[\p{L}\p{N}](?![\p{L}\p{N}])/gu, spelt =>
    spelt.replaceAll(' ', ''),
  )
}

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
