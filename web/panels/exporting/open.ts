import type { RecipeOffer } from '../../canvas/recipes/offer.ts'
import { createStore } from '../../store/store.ts'

/** Whether the sheet for export and import is open. */
export const exportOpen = createStore(false)

/** A recipe that came inside a picture, until it is taken or left. */
export const recipeOffer = createStore<RecipeOffer | null>(null)
