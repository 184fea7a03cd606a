import type { FrameShown } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'

/**
 * Pictures on their way to one browser, paced by the browser itself: at most `limits.previewWindow` unacknowledged, and
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
