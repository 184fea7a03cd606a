/** What an engine can be asked and what that takes, judged by its abilities alone: in its own program or in another. */
import { UserError } from '../../protocol/errors.ts'
import { parametersOf, recipeFor, validateLearnRequest } from '../lcf/recipe.ts'
import { checkStyleWeights } from '../lora/adapterRegistry.ts'
import type { EngineAbilities } from '../types/abilities.ts'
import type { EstimatedRequest, PaintRequest } from '../types/engine.ts'
import type { Estimate, LearningEstimate } from '../types/estimates.ts'
import { validatePaintRequest } from '../types/request.ts'
import { promptsIn } from '../types/settings.ts'
import type { LearningCost, LearnRequest, StyleRecipe } from '../types/styles.ts'
import { estimateLearning, learningFigures, refuseLearning } from './learning.ts'
import { checkPaintMemory, estimatePaint } from './paint.ts'
import { isTooLarge } from './tooLarge.ts'

/** Of a picture that did not fit. */
export const ranOutOfMemory =
  'The engine ran out of memory while it painted this picture: ask for a smaller size, or for fewer regions.'

export const learningRanOutOfMemory =
  'The engine ran out of memory while it learned this style: learn smaller pictures (--size) or the colours alone ' +
  '(--method tint), or give this machine more memory.'

/** Throws `UserError` for a picture that this engine can never paint, or not with these styles. */
export function checkPaint(abilities: EngineAbilities, request: PaintRequest, hasStyle: (id: string) => boolean): void {
  const { info, measured, memoryBytes, tooLargePicture } = abilities
  validatePaintRequest(request, info.model)
  if (isTooLarge(tooLargePicture, request.width * request.height, Date.now())) {
    throw new UserError('request/memory', ranOutOfMemory)
  }
  checkPaintMemory(request, info.model, measured, memoryBytes)
  for (const { styles } of promptsIn(request)) checkStyleWeights(styles, hasStyle)
}

/** The whole recipe of a learning. Throws `UserError` for one that this engine can never learn. */
export function checkLearning(abilities: EngineAbilities, request: LearnRequest): StyleRecipe {
  const { model } = abilities.info
  validateLearnRequest(request, model, abilities.styleLayout)
  const recipe = recipeFor(parametersOf(model), request.recipe)
  const error = errorOf(abilities, { pictures: request.pictures.length, recipe })
  if (error) throw error
  return recipe
}

/** What a picture takes by itself, with nobody before it. */
export function estimatePicture({ info, measured }: EngineAbilities, request: EstimatedRequest): Estimate {
  return estimatePaint(request, info.model, measured)
}

/** What learning from so many pictures takes, and whether it can succeed. */
export function estimateStyle(
  abilities: EngineAbilities,
  pictures: number,
  chosen: Partial<StyleRecipe> = {},
): LearningEstimate {
  const { info, measured, memoryBytes } = abilities
  const cost = { pictures, recipe: recipeFor(parametersOf(info.model), chosen) }
  return {
    ...estimateLearning(cost, info.model, measured),
    figures: learningFigures(cost, info.model, measured, memoryBytes),
    error: errorOf(abilities, cost)?.payload ?? null,
  }
}

/** Of the pictures that a recipe learns from. */
export function pixelsOf({ info }: Pick<EngineAbilities, 'info'>, recipe: StyleRecipe): number {
  return (recipe.size ?? info.model.sizes.default.width) ** 2
}

function errorOf(abilities: EngineAbilities, { pictures, recipe }: LearningCost): UserError | null {
  const { info, measured, memoryBytes, tooLargeLearning } = abilities
  const isDeadly = recipe.method !== 'tint' && isTooLarge(tooLargeLearning, pixelsOf(abilities, recipe), Date.now())
  if (isDeadly) return new UserError('learn/cost', learningRanOutOfMemory)
  return refuseLearning({ pictures, recipe }, info.model, measured, memoryBytes)
}
