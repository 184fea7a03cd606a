import {
  colourPhrases,
  countPhrases,
  kindPhrases,
  placePhrases,
  positionPhrases,
  sizePhrases,
  stylePhrases,
  timePhrases,
  weatherPhrases,
} from './lexicon.ts'
import { homeOf, type Scene, type Thing } from './scenes/scene.ts'
import { createRandom, type SeededRandom } from './scenes/seededRandom.ts'
import { plain, usualColours } from './unsaid.ts'

/** How much a caption keeps to itself. */
export interface CaptionManner {
  /** Probability that an attribute is left unsaid where it is what everybody would suppose (`unsaid.ts`); others are always said. */
  readonly omission: number
  /** Share of captions that are lists of tags. */
  readonly tags: number
  /** Share of empty captions, for classifier-free guidance. */
  readonly empty: number
}

export const trainingManner: CaptionManner = { omission: 0.4, tags: 0.1, empty: 0.1 }
/** Everything is said, in sentences: for evaluation. */
export const completeManner: CaptionManner = { omission: 0, tags: 0, empty: 0 }

/**
 * Says what is in a scene; lower case. What is said is true of the scene, what is not said stays as it was drawn.
 * Another `seed` says the same scene in other words.
 */
export function captionScene(scene: Scene, seed: number, manner: CaptionManner = trainingManner): string {
  const random = createRandom(seed, 'caption')
  const form = random.next()
  if (form < manner.empty) return ''
  return form < manner.empty + manner.tags ? tagScene(scene, random, manner) : phraseScene(scene, random, manner)
}

/** What a sentence is put together from; an empty string is left unsaid. */
interface SentenceParts {
  readonly things: string
  readonly place: string
  /** Time and weather, together or apart. */
  readonly sky: string
  readonly work: string
  readonly manner: string
}

/** "a scene" stands where nothing is said about things. */
const templates: readonly ((parts: SentenceParts) => string)[] = [
  ({ things, place, sky, manner }) => join([phrase(things, place, sky), manner]),
  ({ things, place, sky, manner }) => join([phrase(things, sky, place), manner]),
  ({ things, place, sky, manner }) => join([things, place, sky, manner]),
  ({ things, place, sky, work }) => phrase(work && `${work} of`, things, place, sky),
  ({ things, place, sky, work }) => join([phrase(work && `${work} of`, things, place), sky]),
  ({ things, place, sky, manner }) => join([sky, phrase(things, place), manner]),
  ({ things, place, sky, manner }) => join([place, phrase(things, sky), manner]),
  ({ things, place, sky, work }) => join([work, phrase(things, place), sky]),
]

const phrase = (...parts: readonly string[]): string => parts.filter(Boolean).join(' ')
const join = (parts: readonly string[]): string => parts.filter(Boolean).join(', ')

const isNamed = (isPlain: boolean, random: SeededRandom, { omission }: CaptionManner): boolean =>
  !isPlain || !random.chance(omission)

function phraseScene(scene: Scene, random: SeededRandom, manner: CaptionManner): string {
  const say = (isPlain: boolean) => isNamed(isPlain, random, manner)
  const phrases = stylePhrases[scene.style]
  const isStyleNamed = say(scene.style === plain.style) && phrases !== undefined
  return random.pick(templates)({
    things: say(scene.things.length === 0) ? phraseThings(scene.things, random, manner) : '',
    place: say(scene.place === plain.place) ? random.pick(placePhrases[scene.place].phrases) : '',
    sky: phraseSky(scene, random, {
      time: say(scene.time === plain.time),
      weather: say(scene.weather === plain.weather),
    }),
    work: isStyleNamed ? random.pick(phrases.works) : '',
    manner: isStyleNamed ? random.pick(phrases.manners) : '',
  })
}

function phraseSky({ time, weather }: Scene, random: SeededRandom, named: { time: boolean; weather: boolean }): string {
  if (named.time && named.weather && random.chance(0.35)) {
    const noun = timePhrases[time].noun
    return `${noun === 'sunset' ? 'at' : 'on'} a ${weatherPhrases[weather].adjective} ${noun}`
  }
  const parts = [
    named.time ? random.pick(timePhrases[time].phrases) : '',
    named.weather ? random.pick(weatherPhrases[weather].phrases) : '',
  ]
  return phrase(...(random.chance(0.5) ? parts : parts.reverse()))
}

function phraseThings(things: readonly Thing[], random: SeededRandom, manner: CaptionManner): string {
  const [first, second, third] = things
  if (!first) return random.pick(['a landscape', 'an empty landscape', 'a view', 'scenery'])
  if (!second) return phraseThing(first, random, manner)
  if (!third && first.position === second.position) {
    const [above, below] = homeOf(first.kind) === 'sky' ? [first, second] : [second, first]
    const over = random.pick(['above', 'over', 'high above'])
    const where = phrasePosition(first, random, manner)
    return phrase(nameThing(above, random, manner), over, nameThing(below, random, manner), where)
  }
  // Said from the left to the right, or in any order with the places named.
  const phrases = (random.chance(0.5) ? random.shuffle(things) : things).map(thing =>
    phraseThing(thing, random, manner),
  )
  if (phrases.length === 2) return phrases.join(random.pick([' and ', ' and ', ' with ']))
  return `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1)}`
}

function phraseThing(thing: Thing, random: SeededRandom, manner: CaptionManner): string {
  return phrase(nameThing(thing, random, manner), thing.count > 1 ? '' : phrasePosition(thing, random, manner))
}

const phrasePosition = ({ position }: Thing, random: SeededRandom, manner: CaptionManner): string =>
  isNamed(position === plain.position, random, manner) ? random.pick(positionPhrases[position]) : ''

const isColourNamed = ({ kind, colour }: Thing, random: SeededRandom, manner: CaptionManner): boolean =>
  isNamed(colour === usualColours[kind], random, manner)

function nameThing(thing: Thing, random: SeededRandom, manner: CaptionManner): string {
  const noun = random.pick(kindPhrases[thing.kind])
  const sizes = sizePhrases[thing.size]
  const size = sizes.length === 0 ? '' : random.pick(sizes)
  const colour = isColourNamed(thing, random, manner) ? random.pick(colourPhrases[thing.colour]) : ''
  if (thing.count === 2 || thing.count === 3)
    return phrase(random.pick(countPhrases[thing.count]), size, colour, noun.many)
  const named = phrase(size, colour, noun.one)
  return `${article(named)} ${named}`
}

export const article = (noun: string): 'a' | 'an' => (/^[aeiou]/.test(noun) ? 'an' : 'a')

function tagScene(scene: Scene, random: SeededRandom, manner: CaptionManner): string {
  const things = scene.things.map(thing => {
    const colour = isColourNamed(thing, random, manner) ? colourPhrases[thing.colour][0]! : ''
    const size = sizePhrases[thing.size][0] ?? ''
    const noun = kindPhrases[thing.kind][0]!
    const isGroup = thing.count === 2 || thing.count === 3
    return isGroup ? phrase(countPhrases[thing.count][0], size, colour, noun.many) : phrase(size, colour, noun.one)
  })
  const around = [
    { tag: placePhrases[scene.place].tag, isPlain: scene.place === plain.place },
    { tag: timePhrases[scene.time].tag, isPlain: scene.time === plain.time },
    { tag: weatherPhrases[scene.weather].tag, isPlain: scene.weather === plain.weather },
    { tag: stylePhrases[scene.style]?.tag ?? '', isPlain: scene.style === plain.style },
  ].filter(({ isPlain }) => isNamed(isPlain, random, manner))
  return join([...random.shuffle(things), ...random.shuffle(around).map(({ tag }) => tag)])
}
