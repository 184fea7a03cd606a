import { drawElement } from '../../protocol/draw.ts'
import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import type { Box, Element, FrameElement } from '../../protocol/scene.ts'
import { prefersStillness } from '../browser/motion.ts'
import { isDark } from '../store/theme.ts'
import { onDarkDesk } from './deskColors.ts'
import type { Images } from './images.ts'
import { clear, contextOf, createInkLayer, matchSize, toScene } from './inkLayer.ts'
import { sheetOf } from './sheets.ts'
import type { Viewport } from './viewport.ts'

/**
 * The three canvases that hold ink. Between the first two lie the frames' paintings, which are DOM.
 *
 *   active     ink under a pen right now, ink being dragged, ink that melts into a painting: drawn anew each frame
 *   unpainted  ink over a painting that does not show it yet
 *   (paintings)
 *   settled    everything else
 *
 * So a pen never waits for the scene, however much is drawn, and React is nowhere on the way.
 */
export interface Surface {
  /** Something looks different: draw what is needed at the next animation frame. */
  draw(): void
  /** Everything looks different, as when light turns dark or an image has come. */
  redraw(): void
  /** Ink that is under a pen or being dragged; it stands in for the scene's own version. */
  lift(element: Element): void
  drop(id: string): void
  readonly lifted: ReadonlyMap<string, Element>
  /** A painting has taken in these elements: their ink fades out over it. */
  melt(frame: FrameElement, elements: readonly Element[]): void
  dispose(): void
}

export interface Canvases {
  readonly settled: HTMLCanvasElement
  readonly unpainted: HTMLCanvasElement
  readonly active: HTMLCanvasElement
}

export interface SurfaceSource {
  /** What can be seen, from back to front. */
  elements(): readonly Element[]
  frames(): readonly FrameElement[]
  /** Frames whose painting covers their ink for this viewer, each with the ink that the painting does not show yet. */
  covered(): readonly Covered[]
  /** After each drawing, for what has to stay in step with it. */
  onDrawn(): void
}
export interface Covered {
  readonly frame: FrameElement
  readonly unpainted: readonly Element[]
}

/** Ink as it is seen over one frame. */
interface InkOnFrame {
  readonly frame: FrameElement
  readonly element: Element
}

const meltMs = 420

export function createSurface(canvases: Canvases, viewport: Viewport, images: Images, source: SurfaceSource): Surface {
  const lifted = new Map<string, Element>()
  let melting: (InkOnFrame & { readonly since: number })[] = []
  let scheduled = 0

  const settled = createInkLayer<Element>(canvases.settled, viewport, {
    isSame: (a, b) => a === b,
    redraw: schedule,
  })
  const unpainted = createInkLayer<InkOnFrame>(canvases.unpainted, viewport, {
    isSame: (a, b) => a.element === b.element && a.frame === b.frame,
    redraw: schedule,
  })
  const active = contextOf(canvases.active)
  /** Whether an eraser that is still moving has nibbled at `settled`. */
  let isNibbled = false

  const isActive = (element: Element) => lifted.has(element.id) || (element.kind === 'stroke' && !element.done)

  function schedule(): void {
    if (scheduled === 0) scheduled = requestAnimationFrame(drawAll)
  }

  function drawAll(now: number): void {
    scheduled = 0
    const elements = source.elements()
    const moving = [...elements.filter(element => isActive(element) && !lifted.has(element.id)), ...lifted.values()]
    const erasers = moving.filter(element => element.kind === 'stroke' && element.erases)
    const covered = source.covered()

    // Once the eraser rests, its stroke is drawn in its place, with an exact edge.
    if (isNibbled && erasers.length === 0) settled.spoil()
    settled.show(
      elements.filter(element => element.kind !== 'frame' && !isActive(element)),
      missing => drawOnDesk(settled.context, missing),
    )
    // A moving eraser only ever takes more away, so it may work on the settled ink itself.
    isNibbled = erasers.length > 0
    if (isNibbled) drawOnDesk(settled.context, erasers)

    const onFrames = covered.flatMap(({ frame, unpainted }) =>
      unpainted.filter(element => !isActive(element)).map(element => ({ frame, element })),
    )
    unpainted.show(onFrames, missing => drawOnFrames(unpainted.context, missing))

    drawActive(moving, covered, now)
    melting = melting.filter(ink => now - ink.since < meltMs)
    if (melting.length > 0) schedule()
    source.onDrawn()
  }

  function drawActive(moving: readonly Element[], covered: readonly Covered[], now: number): void {
    matchSize(canvases.active, viewport)
    clear(active)
    toScene(active, viewport.view.get())
    for (const ink of melting) {
      active.globalAlpha = prefersStillness() ? 0 : Math.max(0, 1 - (now - ink.since) / meltMs) ** 2
      drawOnFrames(active, [ink])
    }
    active.globalAlpha = 1
    drawOnDesk(
      active,
      moving.filter(element => element.kind !== 'stroke' || !element.erases),
    )
    const erasers = moving.filter(element => element.kind === 'stroke' && element.erases)
    drawOnFrames(
      active,
      covered.flatMap(({ frame }) => erasers.map(element => ({ frame, element }))),
    )
  }

  function drawOnDesk(context: CanvasRenderingContext2D, elements: readonly Element[]): void {
    const visible = viewport.visible()
    const frames = source.frames()
    for (const element of elements) {
      if (!overlaps(boundsOf(element), visible)) continue
      const sheet = sheetOf(element, frames)
      if (sheet) drawClipped(context, element, () => clipInside(context, [sheet]))
      else if (isDark()) drawOnDarkDesk(context, element, frames, visible)
      else drawInk(context, element)
    }
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

  function drawClipped(context: CanvasRenderingContext2D, element: Element, clip: () => void): void {
    context.save()
    clip()
    drawInk(context, element)
    context.restore()
  }

  function drawOnFrames(context: CanvasRenderingContext2D, inks: readonly InkOnFrame[]): void {
    for (const { frame, element } of inks) {
      drawClipped(context, overPainting(element), () => clipInside(context, [frame]))
    }
  }

  function drawInk(context: CanvasRenderingContext2D, element: Element): void {
    drawElement<CanvasImageSource>(context, element, images.get)
  }

  return {
    draw: schedule,
    redraw() {
      settled.spoil()
      unpainted.spoil()
      schedule()
    },
    lift(element) {
      lifted.set(element.id, element)
      schedule()
    },
    drop(id) {
      if (lifted.delete(id)) schedule()
    },
    lifted,
    melt(frame, elements) {
      const since = performance.now()
      melting.push(...elements.map(element => ({ frame, element, since })))
      schedule()
    },
    dispose() {
      cancelAnimationFrame(scheduled)
      settled.dispose()
      unpainted.dispose()
    },
  }
}

/** Over a painting an eraser cannot take ink away; it shows the paper that it leaves. */
function overPainting(element: Element): Element {
  if (element.kind !== 'stroke' || !element.erases) return element
  const known = papers.get(element)
  if (known) return known
  const paper = { ...element, erases: false, color: '#ffffff' }
  papers.set(element, paper)
  return paper
}
const papers = new WeakMap<Element, Element>()

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
