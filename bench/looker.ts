import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { type ClientToServer, protocolVersion, type Reply, type ServerToClient } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { Operation } from '../protocol/scene.ts'

/**
 * Somebody who looks on, and may draw. It reads all that a page is sent and acknowledges pictures, but keeps no scene and
 * shows nothing: a hundred scenes would be gigabytes of this process, whose collection would be measured with the rest.
 */
export interface Looker {
  readonly socket: Socket<ServerToClient, ClientToServer>
  /** How often the server has cut its line. */
  readonly cuts: number
  /** Whether it is in the room and all that it has drawn is stored. */
  readonly isSettled: boolean
  /** Sends an operation; after a cut or a refusal all that is not stored is sent again, under the same numbers. */
  operate(operation: Operation): void
  ask<T>(emit: (reply: (answer: Reply<T>) => void) => void): Promise<Reply<T>>
  close(): void
}

/** Before what was refused is sent again. */
const patienceMs = 20

/** Resolves when it is in the room; after a cut it comes back and catches up as a page does. */
export async function enterLooker(options: { url: string; secret: string; cookie: string }): Promise<Looker> {
  const { url, secret, cookie } = options
  const client = randomUUID()
  let clock: number | null = null
  let cuts = 0
  let isIn = false
  let lastSeq = 0
  /** Not stored yet, by seq. */
  const pending = new Map<number, Operation>()
  const socket: Looker['socket'] = io(url, {
    forceNew: true,
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnectionDelay: 100,
  })

  function send(seq: number, operations: readonly Operation[]) {
    socket.emit('scene:operate', { seq, operations: [...operations] }, reply => {
      if (!reply.ok) {
        setTimeout(sendAgain, patienceMs)
        return
      }
      // What was rejected is settled as well.
      for (let index = 0; index < operations.length; index++) pending.delete(seq + index)
    })
  }
  function sendAgain() {
    if (!isIn) return
    const waiting = [...pending]
    for (let start = 0; start < waiting.length; start += limits.maxOperationsPerMessage) {
      const some = waiting.slice(start, start + limits.maxOperationsPerMessage)
      send(
        some[0]![0],
        some.map(([, operation]) => operation),
      )
    }
  }

  socket.on('scene:operated', ({ operations }) => {
    clock = operations.at(-1)?.clock ?? clock
  })
  socket.on('frame:shown', ({ id }) => socket.emit('preview:shown', id))
  socket.on('disconnect', reason => {
    isIn = false
    if (reason !== 'io client disconnect') cuts++
  })
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', () =>
      socket.emit('room:enter', { protocol: protocolVersion, secret, client, clock }, reply => {
        if (!reply.ok) return reject(new Error(`A page could not enter: ${reply.error.message}`))
        clock = reply.value.clock
        isIn = true
        for (const seq of pending.keys()) if (seq <= reply.value.seq) pending.delete(seq)
        sendAgain()
        resolve()
      }),
    )
  })
  return {
    socket,
    get cuts() {
      return cuts
    },
    get isSettled() {
      return isIn && pending.size === 0
    },
    operate(operation) {
      lastSeq++
      pending.set(lastSeq, operation)
      if (isIn) send(lastSeq, [operation])
    },
    ask: emit => new Promise(emit),
    close: () => socket.disconnect(),
  }
}
