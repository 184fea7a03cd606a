import type { FrameStyle } from '../../../protocol/frameOptions.ts'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'

/** The frame that styles go into: the active one, or the only one there is. */
export function frameOf(frames: readonly FrameElement[], active: string | null): FrameElement | undefined {
  return frames.find(frame => frame.id === active) ?? (frames.length === 1 ? frames[0] : undefined)
}

export const stylesOf = (frame: FrameElement): readonly FrameStyle[] => frame.styles ?? []
export const isInFrame = (frame: FrameElement, style: string): boolean =>
  stylesOf(frame).some(one => one.style === style)

/** Mixes a style into a frame, as it is meant to be; false if there is no place for it. */
export function addToFrame(board: Board, frame: FrameElement, style: string): boolean {
  if (stylesOf(frame).length >= limits.maxStylesPerFrame) {
    notify(t('styles.full', { max: limits.maxStylesPerFrame }))
    return false
  }
  setStyles(board, frame, [...stylesOf(frame), { style, weight: 1 }])
  board.frameViews.active.set(frame.id)
  return true
}

export function removeFromFrame(board: Board, frame: FrameElement, style: string): void {
  setStyles(
    board,
    frame,
    stylesOf(frame).filter(one => one.style !== style),
  )
}

export function weigh(board: Board, frame: FrameElement, style: string, weight: number): void {
  setStyles(
    board,
    frame,
    stylesOf(frame).map(one => (one.style === style ? { ...one, weight } : one)),
    `${frame.id} ${style}`,
  )
}

function setStyles(board: Board, frame: FrameElement, styles: readonly FrameStyle[], gesture?: string): void {
  board.session.operate([{ type: 'change', id: frame.id, change: { styles } }], gesture)
}
