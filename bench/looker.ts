import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { type ClientToServer, protocolVersion, type ServerToClient } from '../protocol/events.ts'

/** Somebody who looks on. It reads all that a page is sent and acknowledges pictures, but keeps no scene and shows nothing. */
export interface Looker {
  readonly socket: Socket<ServerToClient, ClientToServer>
  /** How often the server has cut its line. */
  readonly cuts: number
  close(): void
}

/** Resolves when it is in the room; after a cut it comes back and catches up as a page does. */
export async function enterLooker(options: { url: string; secret: string; cookie: string }): Promise<Looker> {
  const { url, secret, cookie } = options
  const client = randomUUID()
  let clock: number | null = null
  let cuts = 0
  const socket: Looker['socket'] = io(url, {
    forceNew: true,
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnectionDelay: 100,
  })
  socket.on('scene:operated', ({ operations }) => {
    clock = operations.at(-1)?.clock ?? clock
  })
  socket.on('frame:shown', ({ id }) => socket.emit('preview:shown', id))
  socket.on('disconnect', reason => {
    if (reason !== 'io client disconnect') cuts++
  })
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', () =>
      socket.emit('room:enter', { protocol: protocolVersion, secret, client, clock }, reply => {
        if (!reply.ok) return reject(new Error(`A page could not enter: ${reply.error.message}`))
        clock = reply.value.clock
        resolve()
      }),
    )
  })
  return {
    socket,
    get cuts() {
      return cuts
    },
    close: () => socket.disconnect(),
  }
}
