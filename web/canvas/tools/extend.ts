import { limits } from '../../../protocol/limits.ts'
import type { Box, FrameElement } from '../../../protocol/scene.ts'
import { messageFor } from '../../room/http.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import type { Board } from '../board.ts'
import { paintOver } from '../paintOver.ts'
import { regionsOf, withMasks } from '../regions/frameRegions.ts'
import { growMasks } from '../regions/growMasks.ts'
import { round } from '../reshape.ts'
import type { Size } from '../view.ts'
import type { Handle } from './select.ts'
import type { Gesture, Touch } from './tool.ts'

/** Of what is new; less would go on with the mirror image that it begins from. */
const strength = 0.9

export interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Pixels that a model's side may have. */
export interface Sides {
  readonly max: number
  readonly multiple: number
}

/**
 * By how much a picture grows, in its pixels, when the sides of its frame that `handle` names are dragged so far (scene
 * units): in steps that the model can paint, at most by itself, and never beyond what the model or a frame can be.
 */
export function marginsOf(
  frame: Size,
  picture: Size,
  {
    handle,
    drag,
    sides,
  }: { readonly handle: Handle; readonly drag: { readonly x: number; readonly y: number }; readonly sides: Sides },
): Margins {
  const grows = (pixels: number, units: number, direction: -1 | 0 | 1, dragged: number): number => {
    const perUnit = pixels / units
    const most = Math.min(pixels, sides.max - pixels, (limits.maxFrameSize - units) * perUnit)
    const wanted = Math.min(most, Math.max(0, dragged * direction) * perUnit)
    const steps = wanted === most ? Math.floor(wanted / sides.multiple) : Math.round(wanted / sides.multiple)
    return Math.max(0, Math.min(steps, Math.floor(most / sides.multiple))) * sides.multiple
  }
  const across = grows(picture.width, frame.width, handle.x, drag.x)
  const down = grows(picture.height, frame.height, handle.y, drag.y)
  return {
    left: handle.x < 0 ? across : 0,
    right: handle.x > 0 ? across : 0,
    top: handle.y < 0 ? down : 0,
    bottom: handle.y > 0 ? down : 0,
  }
}

/** The box of a frame whose picture has grown by so many pixels. */
export function grownBox(frame: Box, picture: Size, { left, top, right, bottom }: Margins): Box {
  const [x, y] = [frame.width / picture.width, frame.height / picture.height]
  return {
    x: round(frame.x - left * x),
    y: round(frame.y - top * y),
    width: round(frame.width + (left + right) * x),
    height: round(frame.height + (top + bottom) * y),
  }
}

/** Drags the edge of a frame outwards; when it is let go, what is new is painted to continue the picture. */
export function beginExtend(first: Touch, board: Board, handle: Handle): Gesture | null {
  const [frame] = board.selection.elements()
  const model = board.session.entered.get()?.model
  if (frame?.kind !== 'frame' || !model) return null
  const picture = board.session.results.get().get(frame.id)?.[0] ?? model.size
  let margins: Margins = { left: 0, top: 0, right: 0, bottom: 0 }
  return {
    move(touches) {
      const { scene } = touches.at(-1)!
      const drag = { x: scene.x - first.scene.x, y: scene.y - first.scene.y }
      margins = marginsOf(frame, picture, { handle, drag, sides: model.sides })
      board.marquee.set(grownBox(frame, picture, margins))
    },
    end() {
      const isGrown = Object.values(margins).some(margin => margin > 0)
      if (isGrown) void extend(board, frame, { margins, picture })
      else {
        board.marquee.set(null)
        notify(t('extend.outwards'))
      }
    },
    cancel: () => board.marquee.set(null),
  }
}

async function extend(
  board: Board,
  frame: FrameElement,
  { margins, picture }: { readonly margins: Margins; readonly picture: Size },
): Promise<void> {
  try {
    await paintOver(board, frame, async shown => {
      // The picture that is shown may be of another size than the newest was.
      const scale = shown.width / picture.width
      const { multiple } = board.session.entered.get()!.model.sides
      const steps = (margin: number) => Math.round((margin * scale) / multiple) * multiple
      const outpaint = {
        ...{
          left: steps(margins.left),
          top: steps(margins.top),
          right: steps(margins.right),
          bottom: steps(margins.bottom),
        },
      }
      const box = grownBox(frame, shown, outpaint)
      const masks = await growMasks(board, frame, shown, outpaint)
      const regions = regionsOf(frame).map(region => ({ ...region, mask: masks.get(region.mask) ?? region.mask }))
      return {
        options: { outpaint, strength, ...(regions.length > 0 && { regions }) },
        changeOf: now => ({
          ...{ ...box, x: box.x + now.x - frame.x, y: box.y + now.y - frame.y },
          ...(regionsOf(now).length > 0 && withMasks(now, masks)),
        }),
      }
    })
  } catch (error) {
    notify(messageFor(error), 'bad')
  } finally {
    board.marquee.set(null)
  }
}
