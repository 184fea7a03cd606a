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
