import type { Element, FrameElement } from '../../protocol/scene.ts'
import type { Board } from './board.ts'
import { type Covered, clockShown } from './inkByCanvas.ts'
import { elementsForModel } from './modelInk.ts'

/** The frames whose painting covers their ink for this viewer. */
export function coveredFrames(board: Board): Covered[] {
  const { session, frameViews } = board
  return session.frames
    .get()
    .filter(frame => frameViews.lookOf(frame.id) === 'painting' && session.paintings.has(frame.id))
    .map(frame => ({ frame, unpainted: unpaintedIn(board, frame) }))
}

/** Ink over a frame that its painting does not show yet, and ink that is selected there. */
export function unpaintedIn({ session, selection }: Board, frame: FrameElement): Element[] {
  const paintedUpTo = clockShown(session.paintings.clockOf(frame.id), session.frameStates.get().get(frame.id))
  const selected = selection.ids.get()
  return elementsForModel(session, frame).filter(
    element => session.isNewerThan(paintedUpTo, element) || selected.has(element.id),
  )
}
