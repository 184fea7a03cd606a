import { copyBlob, saveBlob } from '../browser/features.ts'
import { notify } from '../store/toasts.ts'
import { withTexts } from '../text/language.ts'
import { t } from '../text/t.ts'
import type { Board } from './board.ts'

/** Hands what is selected to other programs: over the clipboard, or as a file where the browser keeps that closed. */
export async function copyPicture(board: Board, type: 'PNG' | 'SVG'): Promise<void> {
  if (board.selection.ids.get().size === 0) return notify(t('copy.nothing'))
  try {
    const { excerptOf, pngOf, svgOf } = await withTexts(() => import('./drawingExport.ts'))
    const excerpt = excerptOf(board.selection.elements())
    const blob =
      type === 'PNG' ? await pngOf(board, excerpt) : new Blob([svgOf(board, excerpt)], { type: 'image/svg+xml' })
    if (await copyBlob(blob)) return notify(t('copy.copied', { type }))
    saveBlob(blob, `drawing.${type.toLowerCase()}`)
    notify(t('copy.saved', { type }))
  } catch (error) {
    console.info('What is selected could not be exported.', error)
    notify(t('copy.failed', { type }), 'bad')
  }
}
