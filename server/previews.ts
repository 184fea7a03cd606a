import type { FrameShown } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { Metrics } from './metrics.ts'

/**
 * Paces previews on their way to one browser, with backpressure by its own acknowledgements: at most `limits.previewWindow` unacknowledged, and
 * behind them only the newest of each frame. So a slow line sees fewer pictures, but always the last one. (Socket.IO's
 * `volatile` would drop the newest instead.)
 */
export interface PreviewWindow {
  push(shown: FrameShown, image: Uint8Array): void
  /** The browser has shown picture `id`. */
  open(id: number): void
}

export function createPreviewWindow(send: (shown: FrameShown, image: Uint8Array) => void): PreviewWindow {
  const underway = new Set<number>()
  const waiting = new Map<string, { readonly shown: FrameShown; readonly image: Uint8Array }>()

  function flush() {
    for (const [frameId, { shown, image }] of waiting) {
      if (underway.size >= limits.previewWindow) return
      waiting.delete(frameId)
      underway.add(shown.id)
      send(shown, image)
    }
  }
  return {
    push(shown, image) {
      // A frame keeps its place in the line, so one that repaints quickly does not overtake the others.
      waiting.set(shown.frameId, { shown, image })
      flush()
    },
    open(id) {
      if (underway.delete(id)) flush()
    },
  }
}

/** Sends a picture through the windows of several browsers. */
export type PictureSender = (windows: Iterable<PreviewWindow>, shown: Omit<FrameShown, 'id'>, image: Uint8Array) => void

/** One for the whole server: every picture has an id of its own, by which browsers acknowledge it. */
export function createPictureSender(metrics: Pick<Metrics, 'pictures'>): PictureSender {
  let lastId = 0
  return (windows, shown, image) => {
    lastId++
    metrics.pictures.inc({ kind: shown.step ? 'step' : 'result' })
    for (const window of windows) window.push({ ...shown, id: lastId }, image)
  }
}
