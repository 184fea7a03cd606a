import { overlaps } from '../../protocol/geometry.ts'
import type { LayerInk } from '../../protocol/layers.ts'
import type { Box, Element, FrameElement } from '../../protocol/scene.ts'
import { createFrameWindow, type FrameWindow } from './frameWindow.ts'
import { createInkCanvas, type InkCanvas } from './inkCanvas.ts'
import type { InkPainter } from './inkPainter.ts'
import { visibleBox } from './view.ts'
import type { Viewport } from './viewport.ts'

/**
 * A canvas for each layer that is in sight and has ink. The browser lays them over each other, so that hiding, fading or
 * ordering a layer draws nothing, and a stroke on one of them draws nothing of the others.
 */
export interface LayerCanvases {
  readonly count: number
  /** `settled`: layers from the lowest to the highest. `erasers`: those being drawn, which take from a copy of their layer. */
  show(settled: readonly LayerInk[], erasers: readonly LayerInk[]): void
  spoil(): void
  dispose(): void
}

/** Where the canvases go: below the paintings, or above them for what the model does not get. */
export interface LayerHolders {
  readonly seen: HTMLElement
  readonly unseen: HTMLElement
}

interface LayerCanvas {
  readonly canvas: HTMLCanvasElement
  readonly window: FrameWindow
  readonly ink: InkCanvas<Element>
}

export function createLayerCanvases(
  holders: LayerHolders,
  viewport: Viewport,
  options: {
    readonly painter: InkPainter
    readonly frameOf: (id: string) => FrameElement | undefined
    readonly redraw: () => void
    /** How many canvases are drawn in one frame. */
    readonly canvases: () => number
  },
): LayerCanvases {
  const canvases = new Map<string, LayerCanvas>()

  function open(layerId: string, frameId: string): LayerCanvas {
    const canvas = document.createElement('canvas')
    canvas.className = 'layer-ink'
    canvas.setAttribute('aria-hidden', 'true')
    const window = createFrameWindow(viewport, () => options.frameOf(frameId) ?? nowhere)
    const ink = createInkCanvas<Element>(canvas, window, {
      isSame: (a, b) => a === b,
      draw: (context, elements, view) =>
        options.painter.onLayer(
          context,
          elements,
          options.frameOf(frameId) ?? nowhere,
          visibleBox(view, window.size.get()),
        ),
      redraw: options.redraw,
      canvases: options.canvases,
    })
    const opened = { canvas, window, ink }
    canvases.set(layerId, opened)
    return opened
  }

  function close(layerId: string): void {
    const gone = canvases.get(layerId)
    if (!gone) return
    canvases.delete(layerId)
    gone.canvas.remove()
    // Browsers give the memory back at once.
    gone.canvas.width = 0
    gone.canvas.height = 0
  }

  return {
    get count() {
      return canvases.size
    },
    show(settled, erasers) {
      const inSight = settled.filter(({ layer }) => {
        const frame = layer && options.frameOf(layer.frame)
        return frame && overlaps(frame, viewport.visible())
      })
      const wanted = new Set(inSight.map(({ layer }) => layer!.id))
      for (const id of [...canvases.keys()]) if (!wanted.has(id)) close(id)
      for (const [index, { layer, ink: elements }] of inSight.entries()) {
        const { id, frame, opacity, unseen } = layer!
        const { canvas, window, ink } = canvases.get(id) ?? open(id, frame)
        const holder = unseen ? holders.unseen : holders.seen
        if (canvas.parentElement !== holder) holder.append(canvas)
        canvas.style.zIndex = String(index)
        canvas.style.opacity = String(opacity)
        window.place(canvas)
        ink.show(elements)
        ink.paint(erasers.find(one => one.layer?.id === id)?.ink ?? [])
      }
    },
    spoil() {
      for (const { ink } of canvases.values()) ink.spoil()
    },
    dispose() {
      for (const id of [...canvases.keys()]) close(id)
    },
  }
}

const nowhere: Box = { x: 0, y: 0, width: 0, height: 0 }
