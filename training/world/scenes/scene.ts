import {
  type Colour,
  colours,
  type Kind,
  kinds,
  type Place,
  type Position,
  places,
  positions,
  type Size,
  type Style,
  sizes,
  styles,
  type Time,
  type Weather,
} from './attributes.ts'
import { heldOutColours, heldOutPlaces, heldOutTriples } from './heldout.ts'
import { createRandom, type SeededRandom } from './seededRandom.ts'

/**
 * The world of the embedded model: landscapes with up to three things in them. A scene is its own ground truth;
 * everything that is drawn or said about it follows from this record.
 *
 * Stable: trained weights depend on these lists, on the order of their entries, and on how scenes are drawn.
 */
/** Where a kind lives: things of the sky and things below it can share a column of the picture. */
export type Home = 'ground' | 'water' | 'sky'
const homes: Partial<Record<Kind, Home>> = { boat: 'water', whale: 'water', balloon: 'sky', kite: 'sky', rocket: 'sky' }
export const homeOf = (kind: Kind): Home => homes[kind] ?? 'ground'

export interface Thing {
  readonly kind: Kind
  readonly colour: Colour
  readonly size: Size
  /** Of a group of two or three: `centre`, and the group spreads over the whole width. */
  readonly position: Position
  /** 1 … 3; above 1 only when it is the only thing of the scene. */
  readonly count: number
}

export interface Scene {
  /** 0 … 2³²−1; decides every detail that the record does not name. */
  readonly seed: number
  readonly time: Time
  readonly weather: Weather
  readonly place: Place
  readonly style: Style
  /** None to three, from the left to the right. */
  readonly things: readonly Thing[]
}

/**
 * `train` and `val` draw from one distribution, without the held-out combinations. Every scene of `pairs` has a thing
 * in a colour, every scene of `places` a thing in a place, and every scene of `triples` a group of three, that
 * training never shows.
 */
export const splits = ['train', 'val', 'pairs', 'places', 'triples'] as const
export type Split = (typeof splits)[number]

export interface SceneChoice {
  readonly split: Split
  /** Attributes to fix; what is not named is drawn. Fixed things are taken as they are, held out or not. */
  readonly fixed?: Partial<Omit<Scene, 'seed'>>
}

/** How often each hour and each weather is drawn: mostly light and clear, as people picture what they do not say. */
const timeShares: Readonly<Record<Time, number>> = { dawn: 0.15, day: 0.35, sunset: 0.2, dusk: 0.15, night: 0.15 }
const weatherShares: Readonly<Record<Weather, number>> = { clear: 0.5, cloudy: 0.2, rain: 0.1, snow: 0.1, fog: 0.1 }

/** One of the keys, each as often as its share of all. */
export function weighted<Key extends string>(random: SeededRandom, shares: Readonly<Record<Key, number>>): Key {
  const entries = Object.entries(shares) as [Key, number][]
  let rest = random.next() * entries.reduce((sum, [, share]) => sum + share, 0)
  for (const [key, share] of entries) {
    if (rest < share) return key
    rest -= share
  }
  return entries.at(-1)![0]
}

/** The scene of a seed: the same on every machine. `seed` is a whole number from 0 to 2³²−1. */
export function sampleScene(seed: number, { split, fixed = {} }: SceneChoice): Scene {
  const random = createRandom(seed, `scene/${split}`)
  const drawn: Scene = {
    seed: seed >>> 0,
    time: weighted(random, timeShares),
    weather: weighted(random, weatherShares),
    place: random.pick(places),
    style: random.pick(styles),
    things: [],
  }
  const scene = { ...drawn, ...fixed }
  if (fixed.things) return scene
  switch (split) {
    case 'train':
    case 'val':
      return { ...scene, things: drawThings(random, scene.place) }
    case 'pairs':
      return {
        ...scene,
        things: withFirst(random, scene.place, first => ({ ...first, colour: heldOutColours[first.kind] })),
      }
    case 'places':
      return placesScene(random, scene, fixed)
    case 'triples':
      return { ...scene, things: [tripleOf(random, scene.place)] }
  }
}

function placesScene(random: SeededRandom, scene: Scene, fixed: SceneChoice['fixed']): Scene {
  const pairs = fixed?.place ? heldOutPlaces.filter(pair => pair.place === fixed.place) : heldOutPlaces
  const { kind, place } = random.pick(pairs)
  const things = withFirst(random, place, first => ({ ...first, kind, colour: familiarColour(random, kind) }))
  return { ...scene, place, things }
}

function tripleOf(random: SeededRandom, place: Place): Thing {
  const kind = random.pick(heldOutTriples.filter(kind => !isHeldOutPlace(kind, place)))
  return { kind, colour: familiarColour(random, kind), size: random.pick(groupSizes), position: 'centre', count: 3 }
}

// How many things: mostly one, so that every kind is learned by itself first.
const arrangements = [
  { share: 0.05, draw: () => [] },
  {
    share: 0.5,
    draw: (random: SeededRandom, place: Place) => [
      drawThing(random, place, { sizes, position: random.pick(positions) }),
    ],
  },
  { share: 0.17, draw: (random: SeededRandom, place: Place) => [drawGroup(random, place)] },
  { share: 0.2, draw: drawPair },
  { share: 0.08, draw: drawThree },
] as const
const groupSizes = ['small', 'medium'] as const

function drawThings(random: SeededRandom, place: Place): readonly Thing[] {
  let rest = random.next()
  for (const { share, draw } of arrangements) {
    if (rest < share) return draw(random, place)
    rest -= share
  }
  return drawPair(random, place)
}

/** Things as in training, but the first one is made to be something held out; of its kind there is then only one. */
function withFirst(random: SeededRandom, place: Place, make: (first: Thing) => Thing): readonly Thing[] {
  for (;;) {
    const [first, ...others] = drawThings(random, place)
    if (!first || first.count > 1) continue
    const things = [make(first), ...others]
    if (new Set(things.map(thing => thing.kind)).size === things.length && columnsAreFree(things)) return things
  }
}

function columnsAreFree(things: readonly Thing[]): boolean {
  const columns = things.map(thing => `${thing.position} ${homeOf(thing.kind) === 'sky' ? 'above' : 'below'}`)
  return new Set(columns).size === things.length
}

interface ThingChoice {
  readonly sizes: readonly Size[]
  readonly position: Position
  readonly kinds?: readonly Kind[]
}

function drawThing(random: SeededRandom, place: Place, choice: ThingChoice): Thing {
  const kind = random.pick((choice.kinds ?? kinds).filter(kind => !isHeldOutPlace(kind, place)))
  return {
    kind,
    colour: familiarColour(random, kind),
    size: random.pick(choice.sizes),
    position: choice.position,
    count: 1,
  }
}

function drawGroup(random: SeededRandom, place: Place): Thing {
  const count = 2 + random.roll(2)
  const usable = count === 3 ? kinds.filter(kind => !heldOutTriples.includes(kind)) : kinds
  return { ...drawThing(random, place, { sizes: groupSizes, position: 'centre', kinds: usable }), count }
}

/** Two kinds side by side, or one in the sky above the other. */
function drawPair(random: SeededRandom, place: Place): readonly Thing[] {
  if (random.chance(0.3)) {
    const position = random.pick(positions)
    const above = kinds.filter(kind => homeOf(kind) === 'sky')
    const below = kinds.filter(kind => homeOf(kind) !== 'sky')
    return [above, below].map(kinds => drawThing(random, place, { sizes: groupSizes, position, kinds }))
  }
  const columns: readonly Position[] = random.pick([
    ['left', 'right'],
    ['left', 'centre'],
    ['centre', 'right'],
  ])
  return drawRow(random, place, columns, columns.includes('centre') ? ['small'] : groupSizes)
}

function drawThree(random: SeededRandom, place: Place): readonly Thing[] {
  return drawRow(random, place, positions, ['small'])
}

function drawRow(
  random: SeededRandom,
  place: Place,
  row: readonly Position[],
  sizes: readonly Size[],
): readonly Thing[] {
  const things: Thing[] = []
  for (const position of row) {
    const unused = kinds.filter(kind => things.every(thing => thing.kind !== kind))
    things.push(drawThing(random, place, { sizes, position, kinds: unused }))
  }
  return things
}

const familiarColour = (random: SeededRandom, kind: Kind): Colour =>
  random.pick(colours.filter(colour => colour !== heldOutColours[kind]))

const isHeldOutPlace = (kind: Kind, place: Place): boolean =>
  heldOutPlaces.some(pair => pair.kind === kind && pair.place === place)
