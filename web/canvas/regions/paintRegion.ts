import type { FrameElement } from '../../../protocol/scene.ts'
import { uploadImage } from '../../room/http.ts'
import type { Board } from '../board.ts'
import { paintOver } from '../paintOver.ts'
import type { Size } from '../view.ts'
import type { RegionDraft } from './draft.ts'
import { chosenRegion, regionsOf, withRegion } from './frameRegions.ts'
import { drawMask, encodeMask, soften } from './mask.ts'
import type { RegionSettings } from './settings.ts'

/** Paints the chosen part of a frame's picture anew, by these words or else the frame's; the rest keeps every pixel. */
export async function paintRegion(
  board: Board,
  frame: FrameElement,
  draft: RegionDraft,
  { prompt, edge, strength }: Pick<RegionSettings, 'edge' | 'strength'> & { readonly prompt: string },
): Promise<void> {
  await paintOver(board, frame, async shown => {
    const maskImage = await uploadMask(board, frame, draft, { size: shown, edge })
    // Words for this part stand alone in it.
    const ofPrompt = prompt === '' ? {} : { prompt, regions: [] }
    return { options: { maskImage, strength, ...ofPrompt } }
  })
}

/** Leaves words at the chosen part, for every picture of the frame from now on. */
export async function keepRegion(
  board: Board,
  frame: FrameElement,
  draft: RegionDraft,
  { prompt, edge }: Pick<RegionSettings, 'edge'> & { readonly prompt: string },
): Promise<void> {
  const mask = await uploadMask(board, frame, draft, { size: sizeFor(board, frame), edge })
  // As the frame is by now: others may have put regions there meanwhile.
  const now = board.session.frames.get().find(({ id }) => id === frame.id)
  if (!now) return
  board.session.operate([{ type: 'change', id: frame.id, change: withRegion(now, { mask, prompt }) }])
  chosenRegion.set({ frameId: frame.id, index: regionsOf(now).length })
}

async function uploadMask(
  board: Board,
  frame: FrameElement,
  draft: RegionDraft,
  { size, edge }: { readonly size: Size; readonly edge: number },
): Promise<string> {
  const mask = soften(drawMask(draft, frame, size), edge)
  return (await uploadImage(board.session.secret, await encodeMask(mask))).file
}

/** Pixels of the frame's last picture, or as many as the model paints, in the frame's proportions. */
function sizeFor(board: Board, frame: FrameElement): Size {
  const [last] = board.session.results.get().get(frame.id) ?? []
  if (last) return last
  const side = board.session.entered.get()?.model.size.width ?? 512
  const scale = side / Math.max(frame.width, frame.height)
  return { width: Math.round(frame.width * scale), height: Math.round(frame.height * scale) }
}
