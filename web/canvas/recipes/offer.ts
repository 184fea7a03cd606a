import type { Board } from '../board.ts'
import { holds } from '../hit.ts'
import type { Point } from '../view.ts'
import { textsOf } from './pngTexts.ts'
import { type FoundRecipe, recipeIn } from './recipe.ts'

/** A recipe that came with a picture, and the frame that it was dropped on. */
export interface RecipeOffer {
  readonly recipe: FoundRecipe
  readonly frameId: string | null
}

/** What a PNG says that it was made by; null: nothing. `at`: where it was dropped, in the scene. */
export async function findRecipe(board: Board, file: File, at?: Point): Promise<RecipeOffer | null> {
  const texts = await textsOf(new Uint8Array(await file.arrayBuffer()))
  const recipe = recipeIn(texts)
  if (!recipe) return null
  const frame = at && board.session.frames.get().findLast(one => holds(one, at))
  return { recipe, frameId: frame?.id ?? null }
}
