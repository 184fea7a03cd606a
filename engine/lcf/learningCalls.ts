/** How many calls of the networks a learning makes: what its cost follows from. */
import type { StyleRecipe } from '../types/styles.ts'
import { measuredPictures } from './examples.ts'
import { heldOutOf, learnLimits, looks, priorPicturesOf } from './recipe.ts'

export interface LearningCalls {
  /** Rows of the UNet in calls of one row. */
  readonly steps: number
  /** Samples whose gradient is computed. */
  readonly gradients: number
  /** Pictures that are encoded or decoded. */
  readonly decodes: number
}

/** `paintSteps`: of one picture. */
export function learningCallsOf(recipe: StyleRecipe, pictures: number, paintSteps: number): LearningCalls {
  const prior = priorPicturesOf(recipe)
  const isTint = recipe.method === 'tint'
  const trained = isTint ? 0 : recipe.steps
  const lookCount = Math.min(looks, trained)
  const lookPictures = lookCount * learnLimits.examples
  const assessed = 2 * (learnLimits.examples + measuredPictures)
  const painted = prior + learnLimits.examples + lookPictures + assessed
  // The base model's own pictures have targets already, unless nothing anchors them.
  const targeted = recipe.anchor > 0 ? 1 - recipe.prior : 1
  return {
    steps: (painted + lookCount * heldOutOf(pictures)) * paintSteps + trained * recipe.batch * targeted,
    gradients: trained * recipe.batch,
    decodes: painted + pictures * (recipe.flip ? 2 : 1) + 2 * measuredPictures,
  }
}
