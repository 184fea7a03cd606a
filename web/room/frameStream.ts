import { io, type Socket } from 'socket.io-client'
import { type ErrorPayload, UserError } from '../../protocol/errors.ts'
import type { ClientToServer, FrameShown, ServerToClient } from '../../protocol/events.ts'
import type { FrameLink } from './frameLink.ts'
import { becomeGuest } from './http.ts'
import { isFinal } from './refusals.ts'
import { waitForReply } from './requests.ts'

/** What becomes of a stream. */
export interface StreamEvents {
  shown(picture: ImageBitmap): void
  /** Nothing will come any more, and trying again does not help. */
  ended(error: UserError): void
}

/** After a refusal; where the line is down, Socket.IO tries by itself. */
const retryMs = 3_000

/**
 * Shows one frame of a room as long as the page is open, also after the line or the server was away: nobody sits at a
 * projector to reload its page. Returns what ends it.
 */
export function openFrameStream(link: FrameLink, events: StreamEvents): () => void {
  const socket: Socket<ServerToClient, ClientToServer> = io({ autoConnect: false, transports: ['websocket'] })
  let newest = 0
  let isOver = false
  /** Whether the server did not know this browser although it has just been made known: cookies are off. */
  let isStranger = false
  let retryTimer: ReturnType<typeof setTimeout> | undefined

  function stop(): void {
    isOver = true
    clearTimeout(retryTimer)
    socket.disconnect()
  }
  function end(error: UserError): void {
    stop()
    events.ended(error)
  }
  function retry(again: () => Promise<void>): void {
    clearTimeout(retryTimer)
    if (!isOver) retryTimer = setTimeout(() => void again(), retryMs)
  }
  async function open(): Promise<void> {
    const isKnown = await becomeGuest().then(
      () => true,
      () => false,
    )
    if (isOver) return
    if (isKnown) socket.connect()
    else retry(open)
  }
  async function watch(): Promise<void> {
    if (!socket.connected) return
    const answer = await waitForReply(reply => socket.emit('frame:watch', link, reply))
    if (answer.ok || !socket.connected) return
    const error = UserError.from(answer.error)
    if (isFinal(error)) end(error)
    else retry(watch)
  }
  function refused(error: Error & { readonly data?: ErrorPayload }): void {
    if (socket.active || isOver) return
    const isUnknown = error.data?.code === 'guest/missing'
    if (error.data && isUnknown && isStranger) end(UserError.from(error.data))
    else retry(open)
    isStranger = isUnknown
  }
  async function show(shown: FrameShown, image: Uint8Array): Promise<void> {
    const number = ++newest
    try {
      const picture = await createImageBitmap(new Blob([new Uint8Array(image)], { type: shown.type }))
      // A small one may have overtaken it.
      if (number === newest) events.shown(picture)
      else picture.close()
    } finally {
      socket.emit('preview:shown', shown.id)
    }
  }
  socket.on('connect', () => {
    isStranger = false
    void watch()
  })
  socket.on('connect_error', refused)
  socket.on('disconnect', () => {
    // The server has hung up, and Socket.IO does not come back by itself then.
    if (!socket.active) retry(open)
  })
  socket.on('frame:shown', (shown, image) => void show(shown, image))
  socket.on('room:closed', payload => {
    const error = UserError.from(payload)
    if (isFinal(error)) end(error)
  })
  void open()
  return stop
}
