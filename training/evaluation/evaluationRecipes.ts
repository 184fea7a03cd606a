import type { AdamOptions } from '../../onnx/optim/adam.ts'
import type { RecipeName } from '../workspace/recipes.ts'

/** How long the two judges learn. */
export interface EvaluatorRecipe {
  readonly batch: number
  readonly adam: AdamOptions
}
export interface EvaluationRecipe {
  readonly classifier: EvaluatorRecipe
  readonly dualEncoder: EvaluatorRecipe
}

const recipe = (batch: number, steps: number): EvaluatorRecipe => ({
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
  quick: { classifier: recipe(32, 250), dualEncoder: recipe(64, 150) },
  solo: { classifier: recipe(32, 5200), dualEncoder: recipe(64, 350) },
  full: { classifier: recipe(32, 9000), dualEncoder: recipe(64, 600) },
  garden: { classifier: recipe(32, 3500), dualEncoder: recipe(64, 350) },
  wide: { classifier: recipe(32, 3500), dualEncoder: recipe(64, 350) },
  loud: { classifier: recipe(32, 3500), dualEncoder: recipe(64, 350) },
  detailed: { classifier: recipe(32, 3500), dualEncoder: recipe(64, 350) },
} as const satisfies Record<RecipeName, EvaluationRecipe>
