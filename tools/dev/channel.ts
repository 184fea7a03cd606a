/** How the reloading server and the program that keeps the engine speak: values of V8's structured clone over a local socket. */
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'
import type { FromProcess, ToProcess } from '../../engine/process/messages.ts'

/** What the keeper of the engine says. */
export type FromKeeper =
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'message'; readonly message: FromProcess }
  /** As `ChildProcess` says it. */
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** What the server says. */
export type ToKeeper =
  | { readonly type: 'message'; readonly message: ToProcess }
  /** The engine is hung. */
  | { readonly type: 'kill' }

const headerBytes = 4

/** One value: its length in bytes, then the value. */
export function write(socket: Socket, value: FromKeeper | ToKeeper): void {
  const body = serialize(value)
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(body.length)
  socket.cork()
  socket.write(header)
  socket.write(body)
  socket.uncork()
}

/** Calls `onValue` with each value that arrives whole. */
export function read<Value extends FromKeeper | ToKeeper>(socket: Socket, onValue: (value: Value) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32LE(0)
      if (rest.length < end) return
      const value: Value = deserialize(rest.subarray(headerBytes, end))
      rest = rest.subarray(end)
      onValue(value)
    }
  })
}
