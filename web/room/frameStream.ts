import { io, type Socket } from 'socket.io-client'
import { errorPayload, UserError } from '../../protocol/errors.ts'
import type { ClientToServer, FrameShown, ServerToClient } from '../../protocol/events.ts'
import type { FrameLink } from './frameLink.ts'
import { becomeGuest } from './http.ts'
import { waitForReply } from './requests.ts'

/** What becomes of a stream. */
export interface StreamEvents {
  shown(picture: ImageBitmap): void
  /** Nothing will come any more, and trying again does not help. */
  ended(error: UserError): void
}

/** Shows one frame of a room as long as the page is open, also after the line was down. Returns what ends it. */
export function openFrameStream(link: FrameLink, events: StreamEvents): () => void {
  const socket: Socket<ServerToClient, ClientToServer> = io({ autoConnect: false, transports: ['websocket'] })
  let newest = 0

  function end(error: UserError): void {
    socket.disconnect()
    events.ended(error)
  }
  async function watch(): Promise<void> {
    const answer = await waitForReply(reply => socket.emit('frame:watch', link, reply))
    if (answer.ok || !socket.connected) return
    const error = UserError.from(answer.error)
    if (error.passes) setTimeout(watch, 2_000)
    else end(error)
  }
  async function show(shown: FrameShown, image: Uint8Array): Promise<void> {
    const number = ++newest
    try {
      const picture = await createImageBitmap(new Blob([new Uint8Array(image)], { type: shown.type }))
      // A small one may have overtaken it.
      if (number === newest) events.shown(picture)
    } finally {
      socket.emit('preview:shown', shown.id)
    }
  }
  socket.on('connect', () => void watch())
  socket.on('frame:shown', (shown, image) => void show(shown, image))
  socket.on('room:closed', error => end(UserError.from(error)))
  void becomeGuest().then(
    () => socket.connect(),
    (error: unknown) => end(error instanceof UserError ? error : UserError.from(errorPayload('server/bug'))),
  )
  return () => socket.disconnect()
}
