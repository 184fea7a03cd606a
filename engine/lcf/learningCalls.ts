/** How many calls of the networks a learning makes: what its cost follows from. */
import type { StyleRecipe } from '../types/styles.ts'
import { measuredPictures } from './examples.ts'
import { evaluations, heldOutOf, learnLimits, priorPicturesOf, texturePictures, textureStepsOf } from './recipe.ts'

export interface LearningCalls {
  /** Rows of the UNet in calls of one row. */
  readonly steps: number
  /** Samples whose gradient is computed. */
  readonly gradients: number
  /** Pictures that are encoded or decoded. */
  readonly decodes: number
  /** Of the texture, counted whether the pictures have one or not: that is seen only when they are looked at. */
  readonly textureSteps: number
}

interface Learned {
  readonly pictures: number
  /** Pixels of a side of them. */
  readonly side: number
  /** Of one painted picture. */
  readonly paintSteps: number
}

export function learningCallsOf(recipe: StyleRecipe, { pictures, side, paintSteps }: Learned): LearningCalls {
  const prior = priorPicturesOf(recipe)
  const isTint = recipe.method === 'tint'
  const trained = isTint ? 0 : recipe.steps
  const evaluationCount = Math.min(evaluations, trained)
  const evaluationPictures = evaluationCount * learnLimits.examples
  const assessed = 2 * (learnLimits.examples + measuredPictures)
  const painted = prior + learnLimits.examples + evaluationPictures + assessed
  const textureSteps = textureStepsOf(recipe, side)
  // Two round trips of those that are looked at.
  const texture = textureSteps === 0 ? 0 : 4 * texturePictures.tried + 2 * texturePictures.colours
  // The base model's own pictures have targets already, unless nothing anchors them.
  const targeted = recipe.anchor > 0 ? 1 - recipe.prior : 1
  return {
    steps: (painted + evaluationCount * heldOutOf(pictures)) * paintSteps + trained * recipe.batch * targeted,
    gradients: trained * recipe.batch,
    decodes: painted + pictures * (recipe.flip ? 2 : 1) + 2 * measuredPictures + texture,
    textureSteps,
  }
}
