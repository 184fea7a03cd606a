import { io } from 'socket.io-client'
import type { FrameShown, Reply } from '../../protocol/events.ts'

/** A page that shows a frame and is in no room; `path`: of the frame's link. */
export function openFrameViewer({ url, cookie }: { readonly url: string; readonly cookie: string }, path: string) {
  const [room, frameId, key] = path.split('/').slice(2) as [string, string, string]
  const socket = io(url, {
    ...{ forceNew: true, reconnection: false, transports: ['websocket'] },
    extraHeaders: { cookie },
  })
  const shown: FrameShown[] = []
  const heard: string[] = []
  socket.onAny((event: string, first: FrameShown) => {
    heard.push(event)
    if (event !== 'frame:shown') return
    shown.push(first)
    socket.emit('preview:shown', first.id)
  })
  const watch = (asked = key) =>
    new Promise<Reply<unknown>>(resolve => socket.emit('frame:watch', { room, frameId, key: asked }, resolve))
  return { socket, shown, heard, watch }
}
