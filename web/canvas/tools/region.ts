import type { FrameElement } from '../../../protocol/scene.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import type { Board } from '../board.ts'
import { holds } from '../hit.ts'
import { isWorthIt, lassoOutline, outlineOf, type RegionPiece, regionDraft, withPiece } from '../regions/draft.ts'
import { chosenRegion } from '../regions/frameRegions.ts'
import { regionSettings } from '../regions/settings.ts'
import { boxBetween } from '../reshape.ts'
import type { Point } from '../view.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

/** Screen pixels: nearer points say nothing new, and what is smaller was a slip of the hand. */
const nearestPx = 3
const slipPx = 6

/** Chooses a part of a frame: with the brush more and more of it, with Shift in the other ways too. */
export const region: Tool = {
  begin(first, board) {
    const frame = board.session.frames.get().findLast(one => holds(one, first.scene))
    return frame ? choose(first, board, frame) : missFrames
  },
}

/** Beside all frames lies nothing that could be chosen; a finger there may still be the first of a pinch. */
const missFrames: Gesture = {
  move: () => undefined,
  end() {
    notify(t('region.where'))
    regionDraft.set(null)
  },
  cancel: () => undefined,
}

function choose(first: Touch, board: Board, frame: FrameElement): Gesture {
  const { way, width } = regionSettings.get()
  const { zoom } = board.viewport.view.get()
  const before = regionDraft.get()
  const [activeBefore, chosenBefore] = [board.frameViews.active.get(), chosenRegion.get()]
  board.frameViews.active.set(frame.id)
  chosenRegion.set(null)
  const adds = way === 'brush' || first.shift
  const inFrame = ({ x, y }: Point): Point => ({ x: x - frame.x, y: y - frame.y })
  let points: readonly Point[] = [inFrame(first.scene)]

  function pieceTo(last: Point): RegionPiece {
    if (way === 'brush') return { type: 'brush', points, width }
    if (way === 'lasso') return { type: 'outline', points }
    return { type: 'outline', points: outlineOf(boxBetween(points[0]!, last, { square: false })) }
  }
  const show = (piece: RegionPiece) => regionDraft.set(withPiece(before, frame.id, piece, { adds }))

  let piece = pieceTo(points[0]!)
  if (way === 'brush') show(piece)
  return {
    move(touches) {
      for (const { scene } of touches) {
        const [point, last] = [inFrame(scene), points.at(-1)!]
        if (way !== 'box' && Math.hypot(point.x - last.x, point.y - last.y) * zoom >= nearestPx)
          points = [...points, point]
      }
      piece = pieceTo(inFrame(touches.at(-1)!.scene))
      show(piece)
    },
    end() {
      if (way === 'lasso') {
        piece = { type: 'outline', points: lassoOutline(points) }
        show(piece)
      }
      // A click beside what was chosen lets it go.
      if (!isWorthIt(piece, slipPx / zoom)) regionDraft.set(adds ? before : null)
    },
    cancel() {
      regionDraft.set(before)
      board.frameViews.active.set(activeBefore)
      chosenRegion.set(chosenBefore)
    },
  }
}
