import { learnLimits } from './recipe.ts'

/** What shows a style: pictures of the same prompts and seeds without and with it. */

/** Where a model brings no examples along. */
export const generalPrompts = [
  'a house by a lake',
  'a street in a city at night',
  'a portrait of a woman',
  'a cat on a chair',
  'mountains in the morning',
  'a bowl of fruit on a table',
  'a ship at sea',
  'a forest in autumn',
] as const

/** What was asked for, else what the model knows, else the pictures' own captions, else anything. */
export function examplePrompts({
  requested = [],
  known = [],
  captions = [],
}: {
  readonly requested?: readonly string[] | undefined
  readonly known?: readonly string[] | undefined
  readonly captions?: readonly string[]
}): string[] {
  const described = captions.filter(caption => caption !== '')
  return [...new Set([...requested, ...known, ...described, ...generalPrompts])].slice(0, learnLimits.examples)
}

/** Pictures that are painted for the assessment, without and with the style. */
export const measuredPictures = 8

/**
 * What the assessment is measured on: captions that are words, each once, and where there are too few the model's own
 * prompts. One picture says nothing of how near a style is.
 */
export function measuredPrompts(captions: readonly string[], known: readonly string[] = []): string[] {
  const ownCaptions = captions.filter(caption => caption !== '')
  return [...new Set([...ownCaptions, ...known, ...generalPrompts])].slice(0, measuredPictures)
}

const seeds = [11, 12, 13, 14] as const

/** The seed of the example at this place, from 0; those of assessments go on counting. */
export const exampleSeed = (at: number): number => seeds[at % seeds.length]! + at
