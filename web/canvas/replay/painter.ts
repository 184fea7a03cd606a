import { drawElement, drawLayer, drawPaper } from '../../../protocol/draw.ts'
import { boundsOf } from '../../../protocol/geometry.ts'
import type { Box, Element, FrameElement } from '../../../protocol/scene.ts'
import { createDrawingSupport } from '../drawingSupport.ts'
import type { Images } from '../images.ts'
import { inkByCanvas } from '../inkByCanvas.ts'
import { contextOf } from '../inkCanvas.ts'
import { createInkPainter } from '../inkPainter.ts'
import { modelInk } from '../modelInk.ts'
import { createInkSheet, type InkSheet } from './inkSheet.ts'
import type { Moment } from './player.ts'

/** Draws moments of a room onto one canvas, as the stage would show them. */
export interface MomentPainter {
  draw(moment: Moment): void
  /** Everything looks different, as when an image has come or light turns dark. */
  spoil(): void
}

/** `box`: the part of the scene that fills the canvas, in its proportions. `desk`: the colour behind everything. */
export function createMomentPainter(
  canvas: HTMLCanvasElement,
  { box, images, desk }: { readonly box: Box; readonly images: Pick<Images, 'get'>; readonly desk: () => string },
): MomentPainter {
  const { width, height } = canvas
  const support = createDrawingSupport(images)
  const page = contextOf(canvas)
  let now: Moment | null = null
  const inkOn = (frame: FrameElement) => modelInk({ elements: now!.elements, scene: { elements: now!.byId } }, frame)
  const painter = createInkPainter(
    support,
    { draw: (context, stroke) => drawElement(context, stroke, support), endFrame: () => undefined },
    { frames: () => now?.frames ?? [], inkOn },
  )
  /** One for each layer, '' for what lies on none; `place` of what cuts them off. */
  const sheets = new Map<string, InkSheet>()
  let places = ''

  function toScene(context: CanvasRenderingContext2D): void {
    const scale = width / box.width
    context.setTransform(scale, 0, 0, scale, -box.x * scale, -box.y * scale)
  }

  function pixelsOf(element: Element): Box {
    const [scale, bounds] = [width / box.width, boundsOf(element)]
    return {
      ...{ x: (bounds.x - box.x) * scale, y: (bounds.y - box.y) * scale },
      ...{ width: bounds.width * scale, height: bounds.height * scale },
    }
  }

  const frameOf = (id: string) => now?.frames.find(frame => frame.id === id)

  function drawInk(context: CanvasRenderingContext2D, elements: readonly Element[], frameId: string | undefined): void {
    const frame = frameId === undefined ? undefined : frameOf(frameId)
    if (frame) painter.onLayer(context, elements, frame, box)
    else painter.onDesk(context, elements, box)
  }

  function sheetOf(layer: string, frameId: string | undefined): InkSheet {
    const known = sheets.get(layer)
    if (known) return known
    const sheet = createInkSheet({
      ...{ width, height, pixelsOf },
      draw(context, elements) {
        toScene(context)
        drawInk(context, elements, frameId)
      },
    })
    sheets.set(layer, sheet)
    return sheet
  }

  /** A layer with its opacity, without what growing erasers take from it. */
  function drawResting(
    { layer, ink }: ReturnType<typeof inkByCanvas>['settled'][number],
    erasers: readonly Element[],
  ): void {
    const sheet = sheetOf(layer?.id ?? '', layer?.frame).show(ink)
    if (erasers.length === 0) {
      page.save()
      page.setTransform(1, 0, 0, 1, 0, 0)
      page.globalAlpha = layer?.opacity ?? 1
      page.drawImage(sheet, 0, 0)
      page.restore()
      return
    }
    const erased = support.createSheet(width, height)
    // Sheets of a browser are canvases.
    const context = erased.context as CanvasRenderingContext2D
    context.drawImage(sheet, 0, 0)
    toScene(context)
    drawInk(context, erasers, layer?.frame)
    page.save()
    page.setTransform(1, 0, 0, 1, 0, 0)
    page.globalAlpha = layer?.opacity ?? 1
    page.drawImage(erased.picture, 0, 0)
    page.restore()
  }

  return {
    draw(moment) {
      now = moment
      const placed = placesOf(moment.frames)
      if (placed !== places) for (const sheet of sheets.values()) sheet.spoil()
      places = placed
      const inks = inkByCanvas(moment.elements, noneLifted, moment.covered, moment.byId)
      const erasersOn = (id: string | undefined) => inks.erasers.find(({ layer }) => layer?.id === id)?.ink ?? []

      page.setTransform(1, 0, 0, 1, 0, 0)
      page.globalAlpha = 1
      page.fillStyle = desk()
      page.fillRect(0, 0, width, height)
      toScene(page)
      const pictureOn = (frame: FrameElement) => {
        const shown = moment.pictureOf(frame.id)
        return shown && images.get(shown.file)
      }
      // Beneath a picture it would be seen as a hair line at its edges.
      for (const frame of moment.frames) if (!pictureOn(frame)) drawPaper<CanvasImageSource>(page, frame, images.get)
      for (const one of inks.settled) if (!one.layer?.unseen) drawResting(one, erasersOn(one.layer?.id))
      for (const { frame } of moment.covered) {
        const picture = pictureOn(frame)
        if (picture) page.drawImage(picture, frame.x, frame.y, frame.width, frame.height)
      }
      painter.onFrames(page, inks.unpainted)
      for (const one of inks.settled) if (one.layer?.unseen) drawResting(one, erasersOn(one.layer.id))
      for (const { layer, ink } of inks.moving) {
        drawLayer<CanvasImageSource>(page, layer, box, support, context =>
          drawInk(context as CanvasRenderingContext2D, ink, layer?.frame),
        )
      }
      painter.onFrames(page, inks.erasersOnFrames)
    },
    spoil() {
      for (const sheet of sheets.values()) sheet.spoil()
    },
  }
}

const noneLifted: ReadonlyMap<string, Element> = new Map()

/** Where the frames lie: ink is cut off at their edges, and erasers show their paper. */
const placesOf = (frames: readonly FrameElement[]): string =>
  JSON.stringify(frames.map(({ id, x, y, width, height, paper }) => [id, x, y, width, height, paper]))
