import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { PersonId, RoomId } from '../shared/ids.ts'
import { type StopKind, stopError } from './moderation.ts'

/** The people and rooms that operators have stopped, with what whoever is there is told; undefined: not stopped. */
export interface Stops {
  ofPerson(person: PersonId): ErrorPayload | undefined
  ofRoom(room: RoomId): ErrorPayload | undefined
}
export type StopListener = (stops: Stops) => void

/** Of a running program: notices what operators stop, here or in another program on this database. */
export interface StopWatch {
  onStopped(listener: StopListener): void
  /** Tells of every stop that stands: whoever came in while it was being written is met the next time. */
  look(): Promise<void>
}

const watched = ['person', 'room'] as const satisfies StopKind[]

export function createStopWatch(client: PrismaClient): StopWatch {
  const listeners: StopListener[] = []
  return {
    onStopped: listener => void listeners.push(listener),
    async look() {
      const rows = await client.stop.findMany({ where: { kind: { in: watched } } })
      if (rows.length === 0) return
      const [people, rooms] = watched.map(kind => {
        const ofKind = rows.filter(row => row.kind === kind)
        return new Map(ofKind.map(({ subject, reason }) => [subject, stopError(kind, reason).payload]))
      })
      const stops: Stops = { ofPerson: person => people?.get(person), ofRoom: room => rooms?.get(room) }
      for (const listener of listeners) listener(stops)
    },
  }
}
