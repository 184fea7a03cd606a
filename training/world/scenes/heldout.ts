import type { Colour, Kind, Place } from './attributes.ts'

/** For each kind the colour that training never shows it in: one pair of ten. */
export const heldOutColours = {
  house: 'purple',
  castle: 'green',
  lighthouse: 'orange',
  windmill: 'pink',
  tent: 'white',
  tree: 'blue',
  pine: 'red',
  cactus: 'purple',
  flower: 'black',
  mushroom: 'green',
  car: 'brown',
  cat: 'blue',
  robot: 'pink',
  snowman: 'yellow',
  umbrella: 'black',
  boat: 'orange',
  whale: 'yellow',
  balloon: 'brown',
  kite: 'white',
  rocket: 'red',
} as const satisfies Record<Kind, Colour>

/** Kinds in places where training never shows them: one pair of twenty. */
export const heldOutPlaces = [
  { kind: 'castle', place: 'beach' },
  { kind: 'tent', place: 'city' },
  { kind: 'cactus', place: 'lake' },
  { kind: 'cat', place: 'mountains' },
  { kind: 'robot', place: 'forest' },
  { kind: 'mushroom', place: 'desert' },
  { kind: 'balloon', place: 'meadow' },
  { kind: 'windmill', place: 'hills' },
] as const satisfies readonly { kind: Kind; place: Place }[]

/** Kinds of which training shows one or two, but never three. */
export const heldOutTriples: readonly Kind[] = ['tree', 'car', 'kite', 'boat']
