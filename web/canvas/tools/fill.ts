import { drawLayers, drawPaper } from '../../../protocol/draw.ts'
import { limits } from '../../../protocol/limits.ts'
import { type FrameElement, type NewElement, ringUnits } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import type { Board } from '../board.ts'
import { topZ } from '../depth.ts'
import { createDrawingSupport } from '../drawingSupport.ts'
import { floodFill, type Pixels } from '../floodFill.ts'
import { holds } from '../hit.ts'
import { contextOf } from '../inkCanvas.ts'
import { modelInk } from '../modelInk.ts'
import { round } from '../reshape.ts'
import { traceMask } from '../traceMask.ts'
import type { Point } from '../view.ts'
import type { Tool } from './tool.ts'

/** Pixels on the longer side of what is filled. */
const rasterSide = 1_024

/** Fills what hangs together in one color under the pointer: an area of its own, over ink and paper of the frame. */
export const fill: Tool = {
  begin(first, board) {
    let at = first.scene
    return {
      move(touches) {
        at = touches.at(-1)!.scene
      },
      end: () => fillAt(board, at),
      cancel: () => undefined,
    }
  },
}

function fillAt(board: Board, at: Point): void {
  const frame = board.session.frames.get().findLast(one => holds(one, at))
  if (!frame) {
    notify(t('fill.where'))
    return
  }
  const layer = board.layers.forInk(frame)
  if (!layer) return
  board.frameViews.active.set(frame.id)
  const scale = rasterSide / Math.max(frame.width, frame.height)
  const area = areaAt(
    rasterOf(board, frame, scale),
    {
      x: (at.x - frame.x) * scale,
      y: (at.y - frame.y) * scale,
    },
    board.tools.tolerance.get(),
  )
  const gesture = newId()
  board.paper.drawnOn(frame, gesture, layer)
  const element: NewElement = {
    id: newId(),
    kind: 'area',
    ...layer,
    z: topZ(board.session.elements),
    color: board.tools.brush.get().color,
    x: round(frame.x + area.x / scale),
    y: round(frame.y + area.y / scale),
    width: round(area.width / scale),
    height: round(area.height / scale),
    rings: area.rings,
  }
  board.session.operate([{ type: 'add', element }], gesture)
}

/** What is filled from a point, in pixels, with rings as an area has them. `tolerance`: as `floodFill` takes it. */
export function areaAt(pixels: Pixels, at: Point, tolerance: number) {
  const x = Math.min(pixels.width - 1, Math.max(0, Math.floor(at.x)))
  const y = Math.min(pixels.height - 1, Math.max(0, Math.floor(at.y)))
  const rings = traceMask(floodFill(pixels, x, y, tolerance), limits.maxAreaPoints)
  const [xs, ys] = [rings.flat().map(point => point.x), rings.flat().map(point => point.y)]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top]
  const share = (value: number, whole: number) => Math.round((value / whole) * ringUnits)
  return {
    ...{ x: left, y: top, width, height },
    rings: rings.map(ring => ring.flatMap(point => [share(point.x - left, width), share(point.y - top, height)])),
  }
}

/** Ink and paper of a frame, as the model gets them; a picture that is about to become the paper is the paper already. */
function rasterOf(board: Board, frame: FrameElement, scale: number): Pixels {
  const { session, images } = board
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(frame.width * scale))
  canvas.height = Math.max(1, Math.round(frame.height * scale))
  const ink = contextOf(canvas)
  const support = createDrawingSupport(images)
  ink.scale(scale, scale)
  ink.translate(-frame.x, -frame.y)
  const under = modelInk(session, frame)
  drawLayers<CanvasImageSource>(ink, under, frame, support)
  // Erasers take away ink, not the paper: so the paper comes behind.
  ink.globalCompositeOperation = 'destination-over'
  const painting =
    !frame.paper && under.every(one => one.ink.length === 0) ? session.paintings.canvasOf(frame.id) : null
  if (painting) ink.drawImage(painting, frame.x, frame.y, frame.width, frame.height)
  else {
    const paper = support.createSheet(canvas.width, canvas.height)
    paper.context.scale(scale, scale)
    paper.context.translate(-frame.x, -frame.y)
    drawPaper(paper.context, frame, images.get)
    ink.drawImage(paper.picture, frame.x, frame.y, frame.width, frame.height)
  }
  return ink.getImageData(0, 0, canvas.width, canvas.height)
}
