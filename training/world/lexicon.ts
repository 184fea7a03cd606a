import type { Colour, Kind, Place, Position, Size, Style, Time, Weather } from './scenes/attributes.ts'

/** How each attribute is said. The first form is the plainest one, used in tag lists and example prompts. */
export interface Noun {
  readonly one: string
  readonly many: string
}

const nouns = (...forms: readonly (string | readonly [string, string])[]): readonly Noun[] =>
  forms.map(form => (typeof form === 'string' ? { one: form, many: `${form}s` } : { one: form[0], many: form[1] }))

export const kindPhrases: Record<Kind, readonly Noun[]> = {
  house: nouns('house', 'cottage', 'home'),
  castle: nouns('castle', ['fortress', 'fortresses']),
  lighthouse: nouns('lighthouse', 'beacon'),
  windmill: nouns('windmill', 'mill'),
  tent: nouns('tent'),
  tree: nouns('tree'),
  pine: nouns('pine', 'fir', 'pine tree'),
  cactus: nouns(['cactus', 'cacti']),
  flower: nouns('flower', 'blossom'),
  mushroom: nouns('mushroom', 'toadstool'),
  car: nouns('car', 'automobile'),
  cat: nouns('cat', 'kitten'),
  robot: nouns('robot', 'android'),
  snowman: nouns(['snowman', 'snowmen']),
  umbrella: nouns('umbrella', 'parasol'),
  boat: nouns('boat', 'sailboat', 'ship'),
  whale: nouns('whale'),
  balloon: nouns('balloon', 'hot air balloon'),
  kite: nouns('kite'),
  rocket: nouns('rocket', 'spaceship'),
}

export const colourPhrases: Record<Colour, readonly string[]> = {
  red: ['red', 'scarlet', 'crimson'],
  orange: ['orange'],
  yellow: ['yellow', 'golden'],
  green: ['green', 'emerald'],
  blue: ['blue', 'azure'],
  purple: ['purple', 'violet'],
  pink: ['pink', 'rosy'],
  brown: ['brown', 'chestnut'],
  white: ['white', 'ivory'],
  black: ['black', 'ebony'],
}

/** A medium thing is never called so. */
export const sizePhrases: Record<Size, readonly string[]> = {
  small: ['small', 'little', 'tiny'],
  medium: [],
  large: ['large', 'big', 'huge'],
}

export const positionPhrases: Record<Position, readonly string[]> = {
  left: ['on the left', 'to the left', 'at the left side'],
  centre: ['in the middle', 'in the centre', 'in the center'],
  right: ['on the right', 'to the right', 'at the right side'],
}

export interface PlacePhrases {
  readonly tag: string
  readonly phrases: readonly string[]
}
export const placePhrases: Record<Place, PlacePhrases> = {
  meadow: { tag: 'meadow', phrases: ['in a meadow', 'on a meadow', 'on a grassy field', 'in the grass'] },
  hills: { tag: 'hills', phrases: ['in the hills', 'among rolling hills', 'in a hilly land'] },
  mountains: { tag: 'mountains', phrases: ['in the mountains', 'before high mountains', 'among mountain peaks'] },
  desert: { tag: 'desert', phrases: ['in the desert', 'in a desert', 'among the dunes'] },
  forest: { tag: 'forest', phrases: ['in a forest', 'in the woods', 'deep in the forest'] },
  beach: { tag: 'beach', phrases: ['on a beach', 'by the sea', 'at the seaside', 'on the shore'] },
  lake: { tag: 'lake', phrases: ['by a lake', 'at a lake', 'at the lakeside'] },
  city: { tag: 'city', phrases: ['in the city', 'in a city', 'in town', 'on a city street'] },
}

export interface TimePhrases {
  readonly tag: string
  readonly phrases: readonly string[]
  /** As in "on a rainy night". */
  readonly noun: string
}
export const timePhrases: Record<Time, TimePhrases> = {
  dawn: { tag: 'dawn', phrases: ['at dawn', 'at sunrise', 'early in the morning'], noun: 'morning' },
  day: { tag: 'day', phrases: ['by day', 'in daylight', 'at noon', 'in the daytime'], noun: 'day' },
  sunset: { tag: 'sunset', phrases: ['at sunset', 'at sundown', 'as the sun sets'], noun: 'sunset' },
  dusk: { tag: 'dusk', phrases: ['at dusk', 'at twilight', 'at nightfall'], noun: 'evening' },
  night: { tag: 'night', phrases: ['at night', 'at midnight', 'under a full moon', 'by moonlight'], noun: 'night' },
}

export interface WeatherPhrases {
  readonly tag: string
  readonly phrases: readonly string[]
  /** As in "on a rainy night". */
  readonly adjective: string
}
export const weatherPhrases: Record<Weather, WeatherPhrases> = {
  clear: {
    tag: 'clear sky',
    phrases: ['under a clear sky', 'in clear weather', 'in fine weather'],
    adjective: 'clear',
  },
  cloudy: {
    tag: 'clouds',
    phrases: ['under a cloudy sky', 'in cloudy weather', 'with clouds above'],
    adjective: 'cloudy',
  },
  rain: { tag: 'rain', phrases: ['in the rain', 'in rainy weather', 'while it rains'], adjective: 'rainy' },
  snow: { tag: 'snow', phrases: ['in the snow', 'with snow falling', 'while it snows'], adjective: 'snowy' },
  fog: { tag: 'fog', phrases: ['in the fog', 'in thick mist', 'in foggy weather'], adjective: 'foggy' },
}

export interface StylePhrases {
  readonly tag: string
  /** As in "an ink drawing of a red house". */
  readonly works: readonly string[]
  /** As in "a red house, as an ink drawing". */
  readonly manners: readonly string[]
}
/** Styles without words are those that the model has never been told of. */
export const stylePhrases: Partial<Record<Style, StylePhrases>> = {
  storybook: {
    tag: 'storybook',
    works: ['a storybook picture', 'a storybook illustration', 'a soft painting'],
    manners: ['in storybook style', 'softly painted'],
  },
  ink: {
    tag: 'ink drawing',
    works: ['an ink drawing', 'a comic drawing'],
    manners: ['drawn in ink', 'in comic style'],
  },
  papercut: {
    tag: 'papercut',
    works: ['a papercut', 'a paper collage'],
    manners: ['cut from paper', 'in papercut style'],
  },
}

export const countPhrases = { 2: ['two', 'a pair of'], 3: ['three', 'a group of three'] } as const
