import type { Assessment, StyleRecipe } from '../../engine/index.ts'
import { objectIn } from '../shared/rowJson.ts'

/** The recipe in a row. Rows of version 0.1 hold `rungs` instead of `ddimTimesteps`. */
export function recipeOfRow(stored: unknown): StyleRecipe | null {
  if (Object.keys(objectIn(stored)).length === 0) return null
  const { rungs, ...recipe } = stored as StyleRecipe & { rungs?: number }
  return rungs === undefined ? recipe : { ...recipe, ddimTimesteps: rungs }
}

/** The assessment in a row. Rows of version 0.1 hold `words` instead of `summary`. */
export function assessmentOfRow(stored: unknown): Assessment | null {
  const { distanceBefore, distanceAfter } = objectIn(stored)
  if (typeof distanceBefore !== 'number' || typeof distanceAfter !== 'number') return null
  const { words, ...assessment } = stored as Assessment & { words?: string }
  return words === undefined ? assessment : { ...assessment, summary: words }
}
