import type { ServerToClient } from '../protocol/events.ts'
import type { Guard } from '../protocol/guard.ts'

/** Where people's pointers are; null: it left the canvas. */
export type Cursors = Parameters<ServerToClient['cursors:moved']>[0]
type Place = Cursors[number]['at']

/** One packet of cursors per recipient and tick, with the latest place of everybody else who moved. */
export interface Presence {
  move(person: string, at: Place): void
  close(): void
}

export const cursorTickMs = 33

export function createPresence(guard: Guard, send: (cursors: Cursors) => void): Presence {
  const moved = new Map<string, Place>()
  let tick: NodeJS.Timeout | null = null
  const sendMoved = () => {
    tick = null
    const cursors = [...moved].map(([person, at]) => ({ person, at }))
    moved.clear()
    send(cursors)
  }
  return {
    move(person, at) {
      moved.set(person, at)
      // No ticks while nobody moves.
      tick ??= setTimeout(guard('Cursors could not be sent', sendMoved), cursorTickMs)
    },
    close() {
      if (tick) clearTimeout(tick)
    },
  }
}
