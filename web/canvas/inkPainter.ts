import { drawElement, drawPaperUnder } from '../../protocol/draw.ts'
import type { DrawingContext } from '../../protocol/drawingContext.ts'
import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import type { Box, Element, FrameElement, StrokeElement } from '../../protocol/scene.ts'
import { isDark } from '../store/theme.ts'
import { clippingFrame } from './clipping.ts'
import { onDarkDesk } from './deskColors.ts'
import type { BrowserDrawing } from './drawingSupport.ts'
import type { GrowingInk } from './growingInk.ts'
import type { InkOnFrame } from './layers.ts'
import { type View, visibleBox } from './view.ts'
import type { Viewport } from './viewport.ts'

/** Draws ink as it is seen on the desk and over paintings, clipped by the frames. The context is set up for scene units. */
export interface InkPainter {
  onDesk(context: CanvasRenderingContext2D, elements: readonly Element[], view: View): void
  onFrames(context: CanvasRenderingContext2D, inks: readonly InkOnFrame[]): void
}

export function createInkPainter(
  viewport: Viewport,
  support: BrowserDrawing,
  growing: GrowingInk,
  framesNow: () => readonly FrameElement[],
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

  return {
    onDesk(context, elements, view) {
      const visible = visibleBox(view, viewport.size.get())
      const frames = framesNow()
      for (const element of elements) {
        if (!overlaps(boundsOf(element), visible)) continue
        const frame = clippingFrame(element, frames)
        if (frame) drawClipped(context, element, () => clipInside(context, [frame]))
        else if (isDark()) drawOnDarkDesk(context, element, frames, visible)
        else drawInk(context, element)
      }
    },
    onFrames(context, inks) {
      for (const { frame, element } of inks) {
        context.save()
        clipInside(context, [frame])
        // Over a painting an eraser cannot take ink away; it shows the paper that it leaves.
        if (isEraser(element)) drawPaperUnder(context, element, frame, support, drawInk)
        else drawInk(context, element)
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
