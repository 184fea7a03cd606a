import type { Vocabulary } from '../../engine/types/engine.ts'
import * as words from './words.ts'

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
    'a red house by a lake at sunset',
    'a large yellow balloon in the mountains at dawn',
    'a white lighthouse on a beach at night',
    'a papercut of a purple castle in a forest',
    'an ink drawing of two black cats in the city in the rain',
    'a big orange tent in the hills on a snowy night',
    'a blue boat by the sea under a cloudy sky',
    'a pink flower on the left and a green robot on the right in a meadow',
    'three green pines in the snow at dusk',
    'a brown windmill in a meadow on a foggy morning',
    'a red kite over a small white house by the sea',
    'a huge blue mushroom in a forest by moonlight',
  ],
}

/** All strings of a table, at any depth. */
function phrasesIn(table: unknown): string[] {
  if (typeof table === 'string') return [table]
  return typeof table === 'object' && table !== null ? Object.values(table).flatMap(phrasesIn) : []
}
