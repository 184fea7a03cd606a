import type { Paint } from './pipelines.ts'

/**
 * What people type first who know nothing of the vocabulary: short, most of it left open. Fixed before the model that
 * they were first painted with was trained; never used to choose anything.
 */
// biome-ignore format: a list of prompts reads best as lines of prompts
export const newcomersPrompts = [
  'a red house by a lake', 'a castle', 'a cat', 'a black cat at night', 'a lighthouse by the sea', 'a snowman in the snow',
  'a rocket', 'a blue car in the city', 'a tree on a hill', 'a boat at sunset', 'a hot air balloon in the mountains', 'a robot',
  'a windmill in a field', 'a tent in the forest', 'a pink flower', 'a cactus in the desert', 'a mushroom in the woods',
  'a whale in the sea', 'a kite over a beach', 'an umbrella on the beach', 'a pine in the mountains', 'two cats', 'three houses',
  'a big yellow house', 'a small white boat on a lake', 'a purple castle at sunset', 'a green robot in the city', 'a white lighthouse at dawn',
  'a red balloon above a meadow', 'a brown house in the snow', 'an orange tent by a lake', 'a house in the forest at night',
  'a car in the rain', 'a sailboat by the sea at dawn', 'a spaceship in the desert', 'a kitten in a meadow', 'a blue flower in the mountains',
  'a red mushroom', 'a yellow car on a city street', 'a golden castle in the mountains at sunrise', 'two red boats on a lake',
  'three green pines in the mountains', 'a cottage in a meadow', 'a cat and a house', 'a snowman on the left and a pine on the right',
  'an ink drawing of a castle', 'a papercut of a whale', 'a foggy morning in the mountains',
] as const

/** One picture for each, with seeds 1 to 48. */
export async function paintNewcomersPrompts(
  paint: Paint,
  how: { readonly steps: number; readonly guidance: number },
): Promise<Uint8Array[]> {
  return paint({ captions: newcomersPrompts, seeds: newcomersPrompts.map((_, at) => at + 1), ...how })
}
