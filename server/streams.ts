import type { ErrorPayload } from '../protocol/errors.ts'
import type { FrameShown } from '../protocol/events.ts'
import { createPreviewWindow, type PreviewWindow } from './previews.ts'
import type { RoomSocket } from './socketTypes.ts'

/** A page that shows one frame of a room alone, and knows nothing else of it. */
export interface Viewer {
  readonly socket: RoomSocket
  readonly frameId: string
  readonly window: PreviewWindow
}

/** The pages that frames of one room are streamed to. */
export interface Streams {
  readonly count: number
  add(socket: RoomSocket, frameId: string): Viewer
  /** Those who see this frame. */
  windowsOf(frameId: string): Iterable<PreviewWindow>
  left(socket: RoomSocket): void
  /** Nothing is shown any more, because of this; what comes back is refused. */
  end(error: ErrorPayload): void
  /** The room is closed, and may be opened anew, here or at another server: they come back to it. */
  move(): void
}

export function createStreams(): Streams {
  const viewers = new Map<RoomSocket, Viewer>()
  return {
    get count() {
      return viewers.size
    },
    add(socket, frameId) {
      const send = (shown: FrameShown, image: Uint8Array) => socket.emit('frame:shown', shown, image)
      const viewer = { socket, frameId, window: createPreviewWindow(send) }
      viewers.set(socket, viewer)
      return viewer
    },
    *windowsOf(frameId) {
      for (const viewer of viewers.values()) if (viewer.frameId === frameId) yield viewer.window
    },
    left: socket => void viewers.delete(socket),
    end(error) {
      for (const socket of [...viewers.keys()]) {
        socket.emit('room:closed', error)
        socket.disconnect(true)
      }
      viewers.clear()
    },
    move() {
      for (const socket of viewers.keys()) socket.conn.close()
      viewers.clear()
    },
  }
}
