import type { ReactElement } from 'react'
import { newId } from '../../browser/ids.ts'
import type { Board } from '../../canvas/board.ts'
import { withOptions } from '../../canvas/frameOptions.ts'
import type { RecipeOffer } from '../../canvas/recipes/offer.ts'
import { fieldsOf } from '../../canvas/recipes/toFrame.ts'
import { usualFrameSide } from '../../canvas/tools/frame.ts'
import { IconButton } from '../../controls/controls.tsx'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { recipeOffer } from './open.ts'
import './recipeBar.css'

/** Offers what a dropped picture was made by: in a frame of its own, or in the one that it was dropped on. */
export function RecipeBar({ board, offer }: { board: Board; offer: RecipeOffer }): ReactElement | null {
  const { recipe, frameId } = offer
  const frames = useStore(board.session.frames)
  const model = useStore(board.session.entered)?.model
  const frame = frames.find(({ id }) => id === frameId)
  if (!model) return null
  const close = () => recipeOffer.set(null)
  const fields = fieldsOf(recipe, model)

  function takeInFrame(): void {
    if (!frame) return
    const options = fields.options ? withOptions(frame, fields.options) : {}
    board.session.operate([{ type: 'change', id: frame.id, change: { ...fields, ...options } }], newId())
    close()
  }
  function makeFrame(): void {
    const visible = board.viewport.visible()
    const { width = 1, height = 1 } = recipe
    const scale = usualFrameSide / Math.max(width, height)
    const size = { width: width * scale, height: height * scale }
    const middle = { x: visible.x + visible.width / 2, y: visible.y + visible.height / 2 }
    board.insert.frame({ x: middle.x - size.width / 2, y: middle.y - size.height / 2, ...size }, fields)
    close()
  }

  return (
    <section className="recipe-bar panel" aria-label={t('recipe.label')}>
      <p>
        <span className="recipe-program">
          {recipe.program === 'Fourstroke' ? t('recipe.its') : t('recipe.of', { program: recipe.program })}
        </span>
        <span className="recipe-words">{recipe.prompt || t('recipe.noWords')}</span>
        {recipe.understoodAs && (
          <span className="recipe-words">{t('recipe.understood', { prompt: recipe.understoodAs })}</span>
        )}
      </p>
      {frame && (
        <button type="button" className="button" onClick={takeInFrame}>
          {t('recipe.use')}
        </button>
      )}
      <button type="button" className="button primary" onClick={makeFrame}>
        {t('recipe.newFrame')}
      </button>
      <IconButton icon="close" label={t('recipe.leave')} onClick={close} />
    </section>
  )
}
