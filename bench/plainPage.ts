/** A page without a scene and without a browser: its socket alone, so that thousands fit into one process. */
import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { type ClientToServer, protocolVersion, type ServerToClient } from '../protocol/events.ts'

export interface PlainPage {
  readonly client: string
  readonly socket: Socket<ServerToClient, ClientToServer>
}

export interface PlainPageOptions {
  readonly url: string
  readonly cookie: string
  /** Of the room's link. */
  readonly secret: string
  /** Whatever is drawn in the room, from the first operation that comes. */
  readonly onOperated?: ServerToClient['scene:operated']
}

const retryMs = 100
const again = { reconnectionDelay: 200, reconnectionDelayMax: 1000 }

/**
 * Resolves when it has entered; rejects with the server's words when it is not let in. A page whose line breaks comes back
 * and enters anew, as a browser's does.
 */
export async function enterPlainPage({ url, cookie, secret, onOperated }: PlainPageOptions): Promise<PlainPage> {
  const client = randomUUID()
  const socket: PlainPage['socket'] = io(url, {
    ...{ transports: ['websocket'], forceNew: true, autoConnect: false, ...again },
    extraHeaders: { cookie },
  })
  if (onOperated) socket.on('scene:operated', onOperated)
  await new Promise<void>((resolve, reject) => {
    const enter = () => {
      socket.emit('room:enter', { protocol: protocolVersion, secret, client, clock: null }, reply => {
        if (reply.ok) resolve()
        else if (reply.error.code === 'room/moving') setTimeout(() => socket.connected && enter(), retryMs)
        else reject(new Error(reply.error.message))
      })
    }
    socket.on('connect', enter)
    // Without words it was not refused: it tries again.
    socket.on('connect_error', error => 'data' in error && reject(error))
    socket.connect()
  })
  return { client, socket }
}
