import type { FrameShown } from '../../protocol/events.ts'
import { prefersStillness } from '../browser/motion.ts'

/**
 * The pictures that the model has made of the frames, on one canvas each. A new picture fades in over the old one, so that
 * live painting flows; its memory is given back as soon as it has been drawn.
 */
export interface Paintings {
  /** Resolves when the picture is on its canvas, or when a newer one has overtaken it. */
  show(shown: FrameShown, image: Uint8Array): Promise<void>
  /** A frame shows nothing: the step of a picture that came to nothing is taken away, and so are those still on their way. */
  hide(frameId: string): void
  /** `side`: pixels of the canvas along its longer side, at least; the picture is drawn again at once. */
  attach(frameId: string, canvas: HTMLCanvasElement, side: number): () => void
  has(frameId: string): boolean
  /** The canvas that shows a frame's picture now, if there is one. */
  canvasOf(frameId: string): HTMLCanvasElement | null
  /** The room's clock that a frame's picture shows; ink of a later clock is not in it yet. */
  clockOf(frameId: string): number
  subscribe(listener: (frameId: string) => void): () => void
  clear(): void
}

interface Painting {
  canvas: HTMLCanvasElement | null
  side: number
  /** Pictures arrive in order but decode in any: only one that was asked later than the one on the canvas is drawn. */
  order: number
  drawn: number
  clock: number
  /** The newest picture as it came, for a canvas that comes later: a frame may go and be brought back. */
  blob: Blob | null
  /** Ends the fade that is running and gives its picture's memory back. */
  stopFade: () => void
}

const fadeMs = 160
/**
 * Pixels of a canvas whose longer side is that long on the screen, in steps of two: the canvas scales small pictures
 * smoothly once, instead of the compositor each time, and what is small on the screen is small to copy.
 */
export function backingSide(screenPixels: number): number {
  return [256, 512].find(side => screenPixels <= side) ?? 1024
}

export function createPaintings(): Paintings {
  const paintings = new Map<string, Painting>()
  const listeners = new Set<(frameId: string) => void>()

  function paintingOf(frameId: string): Painting {
    const known = paintings.get(frameId)
    if (known) return known
    const painting: Painting = {
      canvas: null,
      side: 0,
      order: 0,
      drawn: 0,
      clock: 0,
      blob: null,
      stopFade: nothing,
    }
    paintings.set(frameId, painting)
    return painting
  }

  async function decodeAndDraw(frameId: string, blob: Blob, clock: number): Promise<void> {
    const painting = paintingOf(frameId)
    const order = ++painting.order
    const picture = await createImageBitmap(blob)
    if (order < painting.drawn) {
      picture.close()
      return
    }
    painting.drawn = order
    painting.clock = clock
    painting.blob = blob
    if (painting.canvas) fadeIn(painting, painting.canvas, picture)
    else picture.close()
    for (const listener of listeners) listener(frameId)
  }

  return {
    show: (shown, image) =>
      // The bytes came in a buffer of their own, which TypeScript cannot know of a Uint8Array.
      decodeAndDraw(shown.frameId, new Blob([image as Uint8Array<ArrayBuffer>], { type: shown.type }), shown.clock),
    hide(frameId) {
      const painting = paintings.get(frameId)
      if (!painting) return
      painting.stopFade()
      painting.drawn = ++painting.order
      painting.blob = null
      painting.clock = 0
      const { canvas } = painting
      canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height)
      for (const listener of listeners) listener(frameId)
    },
    attach(frameId, canvas, side) {
      const painting = paintingOf(frameId)
      painting.canvas = canvas
      painting.side = side
      if (painting.blob) void decodeAndDraw(frameId, painting.blob, painting.clock)
      return () => {
        if (painting.canvas === canvas) painting.canvas = null
      }
    },
    canvasOf: frameId => paintings.get(frameId)?.canvas ?? null,
    has: frameId => Boolean(paintings.get(frameId)?.blob),
    clockOf: frameId => paintings.get(frameId)?.clock ?? 0,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    clear() {
      for (const painting of paintings.values()) painting.stopFade()
      paintings.clear()
    },
  }
}

/** Draws at once, then ever more of the new picture over the old one, then lets the picture go. */
function fadeIn(painting: Painting, canvas: HTMLCanvasElement, picture: ImageBitmap): void {
  painting.stopFade()
  const scale = Math.max(1, painting.side / Math.max(picture.width, picture.height))
  const width = Math.round(picture.width * scale)
  const height = Math.round(picture.height * scale)
  const fits = canvas.width === width && canvas.height === height
  if (!fits) {
    canvas.width = width
    canvas.height = height
  }
  const context = canvas.getContext('2d')
  if (!context) throw new Error('Expected a 2D canvas context, got none: this browser cannot draw.')
  context.imageSmoothingQuality = 'high'
  const draw = (alpha: number) => {
    context.globalAlpha = alpha
    context.drawImage(picture, 0, 0, width, height)
  }
  if (!fits || prefersStillness() || document.hidden) {
    draw(1)
    picture.close()
    return
  }
  const startedAt = performance.now()
  let animation = 0
  painting.stopFade = () => {
    cancelAnimationFrame(animation)
    picture.close()
    painting.stopFade = nothing
  }
  const tick = (now: number) => {
    const t = Math.min(1, Math.max(0.2, (now - startedAt) / fadeMs))
    draw(t)
    if (t < 1) animation = requestAnimationFrame(tick)
    else painting.stopFade()
  }
  tick(startedAt)
}

const nothing = () => undefined
