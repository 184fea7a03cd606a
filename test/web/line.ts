import type { Reply } from '../../protocol/events.ts'

type Answer = (reply: Reply<unknown>) => void
type Listener = (...args: never[]) => void

/** A line to a server that the test plays, in the place of a session's socket. */
export interface PlayedLine {
  /** Socket.IO's socket has overloads for every event that it knows; this one takes them all. */
  readonly socket: never
  isConnected(): boolean
  /** As if the server had hung up. */
  cut(): void
  /** As if the server had sent this. */
  send(name: string, ...args: unknown[]): void
  /** The messages of a name that the page has sent, to be looked at and answered. */
  sent(name: string): readonly { readonly args: readonly unknown[]; readonly answer: Answer }[]
  readonly count: number
}

export function openLine(): PlayedLine {
  const listeners = new Map<string, Listener[]>()
  const emitted: { name: string; args: unknown[]; answer: Answer }[] = []
  const socket = {
    connected: false,
    active: false,
    on: (name: string, listener: Listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    emit: (name: string, ...args: unknown[]) => emitted.push({ name, args, answer: args.at(-1) as Answer }),
    connect() {
      socket.connected = true
      send('connect')
    },
    disconnect() {
      socket.connected = false
    },
  }
  function send(name: string, ...args: unknown[]): void {
    for (const listener of listeners.get(name) ?? []) listener(...(args as never[]))
  }
  return {
    socket: socket as never,
    isConnected: () => socket.connected,
    cut() {
      socket.connected = false
      send('disconnect')
    },
    send,
    sent: name => emitted.filter(one => one.name === name),
    get count() {
      return emitted.length
    },
  }
}
