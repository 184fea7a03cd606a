import type { Log } from '../logging.ts'
import type { Guard } from '../protocol/guard.ts'
import { limits } from '../protocol/limits.ts'

/** What engine.io gives for one connection; its own types are not exported. */
export interface SendingConnection {
  on(event: 'packetCreate', listener: (packet: { readonly data?: string | Uint8Array }) => void): void
  on(event: 'flush', listener: () => void): void
  readonly transport: { readonly writable: boolean; readonly socket?: { terminate?(): void } }
  close(discard: boolean): void
}

/** About what engine.io, ws and Node hold for one packet besides its data. */
const bytesPerPacket = 512

/**
 * Disconnects a page that does not read what it is sent. engine.io holds all of it, without a limit, for as long as the
 * page answers pings or says that it does. An honest one on a slow line comes back and catches up by the room's clock.
 */
export function endWhoeverDoesNotRead(connection: SendingConnection, { guard, log }: { guard: Guard; log: Log }): void {
  /** In engine.io's own queue, and handed to the transport that has not sent all of it yet. */
  let queued = 0
  let inFlight = 0
  let largest = 0

  const count = guard(
    'A packet that is sent could not be counted',
    (packet: { readonly data?: string | Uint8Array }) => {
      if (connection.transport.writable && queued === 0) {
        inFlight = 0
        largest = 0
      }
      // One large packet, a newcomer's whole scene, is on its way for a while on any line.
      const unsentBytes = queued + inFlight - largest
      if (unsentBytes > limits.maxUnsentBytes) {
        log.info({ unsentBytes }, 'A page does not read what it is sent and is disconnected')
        const { socket } = connection.transport
        connection.close(true)
        // A farewell would wait behind all that is not read.
        socket?.terminate?.()
        return
      }
      const bytes = bytesPerPacket + (packet.data?.length ?? 0)
      queued += bytes
      largest = Math.max(largest, bytes)
    },
  )
  connection.on('packetCreate', count)
  const handOver = guard('Packets that are handed to the transport could not be counted', () => {
    inFlight = queued
    queued = 0
  })
  connection.on('flush', handOver)
}
