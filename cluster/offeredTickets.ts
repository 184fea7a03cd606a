/** Tickets that nobody has drawn yet, offered anew where Redis has lost them. */
import type { JobKind } from './placements.ts'
import type { TicketQueue } from './tickets.ts'

export interface OfferedTickets {
  offer(kind: JobKind, placement: number): void
  withdraw(kind: JobKind, placement: number): void
  /** Somebody has drawn it, or the job has gone another way. */
  taken(placement: number): void
  /** Tells which of them nobody will ask for any more; each is looked after again in a while. */
  eachLost(tell: (placement: number) => void): Promise<void>
  withdrawAll(): void
  close(): Promise<void>
}

/** A ticket that nobody has drawn for so long is looked after. */
const ticketMs = 1500

export function createOfferedTickets(queue: TicketQueue): OfferedTickets {
  const offered = new Map<number, { readonly kind: JobKind; readonly at: number }>()
  return {
    offer(kind, placement) {
      offered.set(placement, { kind, at: Date.now() })
      queue.offer(kind, placement)
    },
    withdraw(kind, placement) {
      offered.delete(placement)
      queue.withdraw(kind, placement)
    },
    taken: placement => void offered.delete(placement),
    async eachLost(tell) {
      const now = Date.now()
      for (const kind of ['picture', 'learning'] as const) {
        const old = [...offered].filter(([, one]) => one.kind === kind && one.at + ticketMs < now)
        if (old.length === 0) continue
        for (const [placement] of old) offered.set(placement, { kind, at: now })
        const placements = old.map(([placement]) => placement)
        for (const placement of await queue.lost(kind, placements)) tell(placement)
      }
    },
    withdrawAll() {
      for (const [placement, { kind }] of offered) queue.withdraw(kind, placement)
    },
    close: () => queue.close(),
  }
}
