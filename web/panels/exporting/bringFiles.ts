import type { Board } from '../../canvas/board.ts'
import type { Point } from '../../canvas/view.ts'
import { withTexts } from '../../text/language.ts'
import { recipeOffer } from './open.ts'

/** What somebody drops, pastes or chooses: pictures, whose recipes are offered, and drawings that were exported as JSON. */
export async function bringFiles(board: Board, files: readonly File[], at?: Point): Promise<void> {
  const drawings = files.filter(({ name }) => /\.json$/i.test(name))
  if (drawings.length > 0) {
    const { openDrawing } = await withTexts(() => import('../../canvas/exporting/openDrawing.ts'))
    for (const drawing of drawings) await openDrawing(board, drawing)
  }
  const pictures = files.filter(file => !drawings.includes(file))
  if (pictures.length === 0) return
  await board.insert.images(pictures, at)
  const png = pictures.find(({ type }) => type === 'image/png')
  if (png)
    recipeOffer.set(await (await withTexts(() => import('../../canvas/recipes/offer.ts'))).findRecipe(board, png, at))
}
