import type { UnsaidMeaning } from '../../engine/types/vocabulary.ts'
import { placePhrases, positionPhrases, stylePhrases, timePhrases, weatherPhrases } from './lexicon.ts'
import type { Colour, Kind, Place, Position, Style, Time, Weather } from './scenes/attributes.ts'

/**
 * What is drawn where a caption leaves it open. Captions that might mean anything teach a model to paint a little of
 * everything: a picture of all hours is a dusk, and one of all positions a smudge. Sizes need no entry here: what is
 * called neither small nor large is of middling size.
 */
export const plain = {
  style: 'storybook',
  time: 'day',
  weather: 'clear',
  place: 'meadow',
  position: 'centre',
} as const satisfies { style: Style; time: Time; weather: Weather; place: Place; position: Position }

/** The colour that a kind has where none is named; none that training keeps from it. */
export const usualColours: Readonly<Record<Kind, Colour>> = {
  house: 'red',
  castle: 'white',
  lighthouse: 'white',
  windmill: 'brown',
  tent: 'orange',
  tree: 'green',
  pine: 'green',
  cactus: 'green',
  flower: 'pink',
  mushroom: 'red',
  car: 'red',
  cat: 'orange',
  robot: 'blue',
  snowman: 'white',
  umbrella: 'red',
  boat: 'red',
  whale: 'blue',
  balloon: 'red',
  kite: 'red',
  rocket: 'white',
}

/** Words that say nothing by themselves, or of more than one attribute. */
const functionWords = [
  ...['a', 'an', 'and', 'the', 'it', 'as', 'while', 'at', 'by', 'in', 'on', 'to', 'from', 'with', 'under', 'above'],
  ...['among', 'before', 'high', 'deep', 'early', 'full', 'thick', 'side', 'sky', 'street', 'grassy'],
  ...['picture', 'style', 'drawn', 'cut'],
]

/** Every word that says something about an attribute, whatever its value: its phrases, tags, nouns and adjectives. */
function contentWords(table: unknown): string[] {
  if (typeof table === 'string') return table.match(/\p{L}+/gu)!.filter(word => !functionWords.includes(word))
  if (typeof table !== 'object' || table === null) return []
  return [...new Set(Object.values(table).flatMap(contentWords))].sort()
}

/** What ships in `vocabulary.json`: what each attribute means in a prompt that says nothing about it. */
export const unsaidMeanings: readonly UnsaidMeaning[] = [
  { phrase: timePhrases[plain.time].phrases[0]!, unless: contentWords(timePhrases) },
  { phrase: weatherPhrases[plain.weather].phrases[1]!, unless: contentWords(weatherPhrases) },
  { phrase: placePhrases[plain.place].phrases[0]!, unless: contentWords(placePhrases) },
  { phrase: positionPhrases[plain.position][0]!, unless: contentWords(positionPhrases) },
  { phrase: stylePhrases[plain.style]!.manners[0]!, unless: contentWords(stylePhrases) },
]
