import type { AdamOptions } from '../../onnx/optim/adam.ts'
import type { RecipeName } from '../workspace/recipes.ts'

/** How long the two judges learn. */
export interface JudgeRecipe {
  readonly batch: number
  readonly adam: AdamOptions
}
export interface EvaluationRecipe {
  readonly judge: JudgeRecipe
  readonly matcher: JudgeRecipe
}

const recipe = (batch: number, steps: number): JudgeRecipe => ({
  batch,
  adam: {
    rate: 2e-3,
    floor: 0.02,
    warmUp: Math.min(50, Math.ceil(steps / 10)),
    steps,
    beta1: 0.9,
    beta2: 0.99,
    decay: 0.02,
    clip: 1,
    average: 0.99,
  },
})

export const evaluationRecipes = {
  quick: { judge: recipe(32, 250), matcher: recipe(64, 150) },
  solo: { judge: recipe(32, 5200), matcher: recipe(64, 350) },
  full: { judge: recipe(32, 9000), matcher: recipe(64, 600) },
  garden: { judge: recipe(32, 3500), matcher: recipe(64, 350) },
} as const satisfies Record<RecipeName, EvaluationRecipe>
