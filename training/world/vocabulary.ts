import type { Vocabulary } from '../../engine/types/vocabulary.ts'
import * as words from './lexicon.ts'

/** The words between the attributes. */
export const glueWords = [
  'a',
  'an',
  'and',
  'with',
  'of',
  'on',
  'at',
  'above',
  'over',
  'high',
  'landscape',
  'empty',
  'view',
  'scenery',
] as const

/** Every word that a caption can use, and prompts that the model understands; what `vocabulary.json` holds. */
export const vocabulary: Vocabulary = {
  words: [...new Set([...glueWords, ...phrasesIn(words).flatMap(phrase => phrase.split(' '))])].sort(),
  examples: [
    'a red house by a lake',
    'a large yellow balloon in the mountains at dawn',
    'a white lighthouse by the sea',
    'a purple castle at sunset',
    'a big orange tent in a forest',
    'a red sailboat by the sea at sunrise',
    'a huge red mushroom in the woods',
    'a green robot in the city',
    'a pink flower in a meadow',
    'two orange cats in the grass',
    'a yellow car on a city street',
    'a red kite over a beach',
  ],
}

/** All strings of a table, at any depth. */
function phrasesIn(table: unknown): string[] {
  if (typeof table === 'string') return [table]
  return typeof table === 'object' && table !== null ? Object.values(table).flatMap(phrasesIn) : []
}
