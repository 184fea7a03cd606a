/**
 * What a scene of the world can have. Stable: trained weights depend on these lists and on the order of their entries.
 */
// biome-ignore format: a list of words reads best as lines of words
export const kinds = [
  'house', 'castle', 'lighthouse', 'windmill', 'tent',
  'tree', 'pine', 'cactus', 'flower', 'mushroom',
  'car', 'cat', 'robot', 'snowman', 'umbrella',
  'boat', 'whale', 'balloon', 'kite', 'rocket',
] as const
// biome-ignore format: as above
export const colours = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'white', 'black'] as const
export const times = ['dawn', 'day', 'sunset', 'dusk', 'night'] as const
export const weathers = ['clear', 'cloudy', 'rain', 'snow', 'fog'] as const
export const places = ['meadow', 'hills', 'mountains', 'desert', 'forest', 'beach', 'lake', 'city'] as const
export const sizes = ['small', 'medium', 'large'] as const
export const positions = ['left', 'centre', 'right'] as const
/** The styles that the model is trained on. */
export const styles = ['storybook', 'ink', 'papercut'] as const
/** Styles never seen in training: what fine-tuning is tested with. */
export const unseenStyles = ['chalk', 'sepia'] as const
export const allStyles = [...styles, ...unseenStyles] as const

export type Kind = (typeof kinds)[number]
export type Colour = (typeof colours)[number]
export type Time = (typeof times)[number]
export type Weather = (typeof weathers)[number]
export type Place = (typeof places)[number]
export type Size = (typeof sizes)[number]
export type Position = (typeof positions)[number]
export type Style = (typeof allStyles)[number]
