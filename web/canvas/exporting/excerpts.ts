import type { Element, FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../board.ts'
import { sheetOf } from '../clipping.ts'
import { type Excerpt, excerptOf } from '../drawingExport.ts'

/** What can be exported of a room: one frame with what lies on it, what is selected, or everything. */
export type ExportScope = 'frame' | 'selection' | 'room'

/** What a scope holds now; null: nothing. A frame shows its own box alone, as it clips what lies on it. */
export function excerptFor(board: Board, scope: ExportScope): Excerpt | null {
  if (scope === 'frame') {
    const frame = frameFor(board)
    return frame && { elements: [...inkOn(board, frame), frame], box: frame }
  }
  const elements = scope === 'selection' ? board.selection.elements() : board.session.elements
  return elements.length === 0 ? null : excerptOf(elements)
}

/** The frame that is looked at, or the only one. */
export function frameFor({ frameViews, session }: Board): FrameElement | null {
  const frames = session.frames.get()
  return frames.find(({ id }) => id === frameViews.active.get()) ?? (frames.length === 1 ? frames[0]! : null)
}

function inkOn({ session }: Board, frame: FrameElement): Element[] {
  const frames = session.frames.get()
  return session.elements.filter(element => sheetOf(element, frames, session.scene.elements)?.id === frame.id)
}
