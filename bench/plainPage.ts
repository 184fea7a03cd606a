/** A page without a scene and without a browser: its socket alone, so that thousands fit into one process. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import {
  type ClientToServer,
  protocolVersion,
  type Reply,
  type ServerToClient,
  type Welcome,
} from '../protocol/events.ts'

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

/** Resolves when it has entered; rejects with the server's words when it is not let in. */
export async function enterPlainPage({ url, cookie, secret, onOperated }: PlainPageOptions): Promise<PlainPage> {
  const client = randomUUID()
  const socket: PlainPage['socket'] = io(url, {
    ...{ transports: ['websocket'], forceNew: true, reconnection: false, autoConnect: false },
    extraHeaders: { cookie },
  })
  if (onOperated) socket.on('scene:operated', onOperated)
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  socket.connect()
  await connected
  const enter = (): Promise<Reply<Welcome>> =>
    socket.emitWithAck('room:enter', { protocol: protocolVersion, secret, client, clock: null })
  for (;;) {
    const reply = await enter()
    if (reply.ok) return { client, socket }
    if (reply.error.code !== 'room/moving') throw new Error(reply.error.message)
    await sleep(retryMs)
  }
}
