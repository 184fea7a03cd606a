import type { ServerToClient } from '../protocol/events.ts'

type Cursors = Parameters<ServerToClient['cursors:moved']>[0]
type Place = Cursors[number]['at']

/** One packet of cursors per recipient and tick, with the latest place of everybody else who moved. */
export interface Presence {
  move(person: string, at: Place): void
  close(): void
}

export const cursorTickMs = 33

export function createPresence(send: (cursors: Cursors) => void): Presence {
  const moved = new Map<string, Place>()
  let tick: NodeJS.Timeout | null = null
  return {
    move(person, at) {
      moved.set(person, at)
      // No ticks while nobody moves.
      tick ??= setTimeout(() => {
        tick = null
        const cursors = [...moved].map(([person, at]) => ({ person, at }))
        moved.clear()
        send(cursors)
      }, cursorTickMs)
    },
    close() {
      if (tick) clearTimeout(tick)
    },
  }
}
