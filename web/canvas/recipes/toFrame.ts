import type { ModelVocabulary } from '../../../protocol/events.ts'
import { limits } from '../../../protocol/limits.ts'
import { snapStrength } from '../../../protocol/strength.ts'
import type { NewFrame } from '../insertion.ts'
import type { FoundRecipe } from './recipe.ts'

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))

/** What a frame says to be painted by a recipe, as far as this model can; what the recipe leaves out stays as it is. */
export function fieldsOf(recipe: FoundRecipe, model: ModelVocabulary): NewFrame {
  const { prompt, negativePrompt, seed, steps, guidance, strength } = recipe
  const scale = guidance === undefined ? undefined : within(guidance, limits.minGuidance, limits.maxGuidance)
  const isAvoiding = negativePrompt !== undefined && model.takesNegativePrompt && (scale ?? model.defaults.guidance) > 1
  const count = steps === undefined ? undefined : within(Math.round(steps), 1, limits.maxSteps)
  return {
    prompt: cut(prompt),
    ...(seed !== undefined && seed >= 0 && { seed: Math.trunc(seed) % (limits.maxSeed + 1) }),
    ...(count !== undefined && { steps: count }),
    ...(scale !== undefined && { guidance: scale }),
    ...(strength !== undefined && { strength: snapStrength(strength, count ?? model.defaults.steps) }),
    ...(isAvoiding && { options: { negativePrompt: cut(negativePrompt) } }),
  }
}

const cut = (text: string): string => [...text].slice(0, limits.maxPromptCharacters).join('')
