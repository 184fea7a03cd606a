import type { ModelInfo } from '../../engine/types/engine.ts'
import { Refusal } from '../refusals.ts'
import type { PictureOptions, Recipe, StyleInRecipe } from '../studio.ts'

export const wishLimits = { maxPromptCharacters: 1000, maxCount: 4 } as const

/**
 * What a person said, completed with the model's defaults: one recipe per picture. Numbers are checked afterwards, by
 * the engine's own `checkAsk`.
 */
export function recipesOf(
  wish: PictureOptions,
  model: ModelInfo,
  styles: readonly StyleInRecipe[],
  newSeed: () => number,
): Recipe[] {
  const { count = 1, seed = newSeed() } = wish
  if (!Number.isInteger(count) || count < 1 || count > wishLimits.maxCount) throw new Refusal('picture/count')
  if (wish.strength !== undefined && wish.image === undefined) {
    throw new Refusal('ask/strength', 'Strength says how much of an image may change: send an image with it.')
  }
  const recipe = {
    prompt: checkPrompt(wish.prompt),
    steps: wish.steps ?? model.defaults.steps,
    guidance: wish.guidance ?? model.defaults.guidance,
    width: wish.width ?? model.sizes.default.width,
    height: wish.height ?? model.sizes.default.height,
    ...(wish.image !== undefined && { image: wish.image, strength: wish.strength ?? model.defaults.strength }),
    ...(styles.length > 0 && { styles }),
    model: model.name,
    modelHash: model.hash,
  }
  return Array.from({ length: count }, (_, index) => ({
    ...recipe,
    // The first seed stays as it came, to be refused if it is none; the next ones go on past the largest from 0.
    seed: index === 0 ? seed : (seed + index) % 2 ** 32,
  }))
}

/** Line breaks and tabs become spaces, as the tokenizer reads them; other invisible commands have no place in words. */
export function checkPrompt(prompt: string): string {
  const words = String(prompt).replace(/\s+/g, ' ').trim()
  if (words === '') throw new Refusal('prompt/empty')
  if (/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(words)) throw new Refusal('prompt/characters')
  if ([...words].length > wishLimits.maxPromptCharacters) throw new Refusal('prompt/long')
  return words
}
