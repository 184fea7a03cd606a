import { copyBlob, saveBlob } from '../browser/features.ts'
import { notify } from '../store/toasts.ts'
import { withTexts } from '../text/language.ts'
import type { Board } from './board.ts'

/** Hands what is selected to other programs: over the clipboard, or as a file where the browser keeps that closed. */
export async function copyPicture(board: Board, type: 'PNG' | 'SVG'): Promise<void> {
  if (board.selection.ids.get().size === 0) return notify('Select something first.')
  try {
    const { excerptOf, pngOf, svgOf } = await withTexts(() => import('./drawingExport.ts'))
    const excerpt = excerptOf(board.selection.elements())
    const blob =
      type === 'PNG' ? await pngOf(board, excerpt) : new Blob([svgOf(board, excerpt)], { type: 'image/svg+xml' })
    if (await copyBlob(blob)) return notify(`Copied as ${type}.`)
    saveBlob(blob, `drawing.${type.toLowerCase()}`)
    notify(`Saved as a file: this page may not copy a ${type}.`)
  } catch (error) {
    console.info('What is selected could not be exported.', error)
    notify(`This browser could not make a ${type} of what is selected.`, 'bad')
  }
}
