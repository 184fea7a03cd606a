import { drawElement, drawPaperUnder } from '../../protocol/draw.ts'
import type { DrawingContext } from '../../protocol/drawingContext.ts'
import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import type { LayerInk } from '../../protocol/layers.ts'
import type { Box, Element, FrameElement, StrokeElement } from '../../protocol/scene.ts'
import { isDark } from '../store/theme.ts'
import { clippingFrame } from './clipping.ts'
import { onDarkDesk } from './deskColors.ts'
import type { BrowserDrawing } from './drawingSupport.ts'
import type { GrowingInk } from './growingInk.ts'
import type { InkOnFrame } from './inkByCanvas.ts'

/** Draws ink as it is seen on the desk, on layers and over paintings, clipped by the frames. The context is set up for scene units. */
export interface InkPainter {
  /** What lies on no layer, as far as it lies in `visible`. */
  onDesk(context: CanvasRenderingContext2D, elements: readonly Element[], visible: Box): void
  /** What lies on a layer, opaque; its frame cuts it off. */
  onLayer(context: CanvasRenderingContext2D, elements: readonly Element[], frame: Box, visible: Box): void
  onFrames(context: CanvasRenderingContext2D, inks: readonly InkOnFrame[]): void
}

export function createInkPainter(
  support: BrowserDrawing,
  growing: GrowingInk,
  source: {
    frames(): readonly FrameElement[]
    /** The ink that a frame's model gets. */
    inkOn(frame: FrameElement): readonly LayerInk[]
  },
): InkPainter {
  function drawInk(context: DrawingContext<CanvasImageSource>, element: Element): void {
    if (element.kind === 'stroke' && !element.done) growing.draw(context, element)
    else drawElement(context, element, support)
  }

  function drawClipped(context: CanvasRenderingContext2D, element: Element, clip: () => void): void {
    context.save()
    clip()
    drawInk(context, element)
    context.restore()
  }

  /** Outside the frames in a color for the dark, inside them in its true color. */
  function drawOnDarkDesk(
    context: CanvasRenderingContext2D,
    element: Element,
    frames: readonly FrameElement[],
    visible: Box,
  ): void {
    const touched = frames.filter(frame => overlaps(frame, boundsOf(element)))
    drawClipped(context, onDarkDesk(element), () => {
      for (const frame of touched) clipOutside(context, frame, visible)
    })
    if (touched.length > 0) drawClipped(context, element, () => clipInside(context, touched))
  }

  /** Over a painting an eraser cannot take ink away; it shows what it leaves. */
  function eraseOnFrame(context: CanvasRenderingContext2D, { frame, layer }: InkOnFrame, eraser: StrokeElement): void {
    const others = source.inkOn(frame).filter(one => one.layer !== layer)
    drawPaperUnder(context, eraser, frame, support, { others, drawInk })
  }

  return {
    onDesk(context, elements, visible) {
      const frames = source.frames()
      for (const element of elements) {
        if (!overlaps(boundsOf(element), visible)) continue
        const frame = clippingFrame(element, frames)
        if (frame) drawClipped(context, element, () => clipInside(context, [frame]))
        else if (isDark()) drawOnDarkDesk(context, element, frames, visible)
        else drawInk(context, element)
      }
    },
    onLayer(context, elements, frame, visible) {
      context.save()
      clipInside(context, [frame])
      for (const element of elements) if (overlaps(boundsOf(element), visible)) drawInk(context, element)
      context.restore()
    },
    onFrames(context, inks) {
      for (const ink of inks) {
        const { frame, element, layer } = ink
        context.save()
        clipInside(context, [frame])
        if (isEraser(element)) eraseOnFrame(context, ink, element)
        else {
          context.globalAlpha *= layer?.opacity ?? 1
          drawInk(context, element)
        }
        context.restore()
      }
    },
  }
}

const isEraser = (element: Element): element is StrokeElement => element.kind === 'stroke' && element.erases

function clipInside(context: CanvasRenderingContext2D, boxes: readonly Box[]): void {
  context.beginPath()
  for (const box of boxes) context.rect(box.x, box.y, box.width, box.height)
  context.clip()
}

function clipOutside(context: CanvasRenderingContext2D, box: Box, visible: Box): void {
  context.beginPath()
  context.rect(visible.x, visible.y, visible.width, visible.height)
  context.rect(box.x, box.y, box.width, box.height)
  context.clip('evenodd')
}
