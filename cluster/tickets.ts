/**
 * Durable jobs through BullMQ: a ticket for each says whose job it is. Engines draw tickets when they like more to do, and
 * ask the ticket's client for the job itself. The job lies in the database and the client decides who gets it, so that a
 * ticket may be lost or come twice.
 */
import { DelayedError, type Job, Queue, WaitingError, Worker } from 'bullmq'
import { errorReporter, type Log, logError } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import type { JobKind } from './placements.ts'
import { connectRedis } from './redis.ts'

export interface Ticket {
  readonly client: string
  readonly placement: number
}

/** For clients. */
export interface TicketQueue {
  offer(kind: JobKind, placement: number): void
  withdraw(kind: JobKind, placement: number): void
  /** Which of these nobody will ask for any more: Redis has lost them, or the engine that took them says nothing. */
  lost(kind: JobKind, placements: readonly number[]): Promise<number[]>
  close(): Promise<void>
}

/** For engines. */
export interface TicketConsumer {
  /** No more tickets are drawn. */
  stop(): Promise<void>
}

/** Resolves when the job of a ticket has ended here, or when it is not for this engine now. */
export type OnTicket = (ticket: Ticket) => Promise<'done' | 'putBack'>

/** A ticket whose engine says nothing of it for so long is drawn by another. */
const lockMs = 10_000
/** One that was put back is drawn again after so long. */
const putBackMs = 100
const kinds: readonly JobKind[] = ['picture', 'learning']
const queueOf = (kind: JobKind, modelHash: string) => `fourstroke-${kind}-${modelHash.slice(0, 32)}`
const idOf = ({ client, placement }: Ticket) => `${client}-${placement}`
/** Nothing is kept of what is over. */
const forgets = { removeOnComplete: true, removeOnFail: true } as const

export function openTicketQueue(url: string, client: string, modelHash: string, log: Log): TicketQueue {
  const connection = connectRedis(url, { log, waits: true })
  const guard = createGuard(errorReporter(log))
  const queues = new Map(
    kinds.map(kind => {
      const queue = new Queue<Ticket>(queueOf(kind, modelHash), { connection, skipVersionCheck: true })
      // The connection has logged it.
      queue.on(
        'error',
        guard('An error of a queue was missed', () => undefined),
      )
      return [kind, queue]
    }),
  )
  return {
    offer(kind, placement) {
      const ticket = { client, placement }
      const added = queues.get(kind)!.add('job', ticket, { jobId: idOf(ticket), ...forgets })
      added.catch(logError(log, 'A job could not be offered to the engines'))
    },
    withdraw(kind, placement) {
      // One that was drawn is answered "gone".
      queues
        .get(kind)!
        .remove(idOf({ client, placement }))
        .catch(() => undefined)
    },
    async lost(kind, placements) {
      if (connection.status !== 'ready') return []
      const queue = queues.get(kind)!
      const states = await Promise.all(placements.map(placement => queue.getJobState(idOf({ client, placement }))))
      // An engine asks for a job as soon as it has taken the ticket: BullMQ would wait for its lock to expire.
      return placements.filter((_, i) => states[i] === 'unknown' || states[i] === 'active')
    },
    async close() {
      await Promise.all([...queues.values()].map(queue => queue.close()))
      connection.disconnect()
    },
  }
}

export function consumeTickets(
  url: string,
  {
    modelHash,
    slots,
    log,
  }: { readonly modelHash: string; readonly slots: Readonly<Record<JobKind, number>>; readonly log: Log },
  onTicket: OnTicket,
): TicketConsumer {
  const guard = createGuard(errorReporter(log))
  let isStopping = false
  const workers = kinds.map(kind => {
    const connection = connectRedis(url, { log, waits: true })
    const work = async (job: Job<Ticket>, token?: string) => {
      if ((await onTicket(job.data)) === 'done') return
      // A delay ends by the clock of whoever looks: one whose clock is behind would wait for long, once this engine is gone.
      if (isStopping) {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      await job.moveToDelayed(Date.now() + putBackMs, token)
      throw new DelayedError()
    }
    const worker = new Worker<Ticket>(queueOf(kind, modelHash), work, {
      ...{ connection, concurrency: slots[kind], skipVersionCheck: true },
      ...{ lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 1000 },
      ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
      // An engine that hangs may have taken the call that was meant for another: that looks by itself, too.
      ...{ drainDelay: 1, runRetryDelay: 500 },
    })
    // The connection has logged that Redis is away; a lock that was lost with it costs nothing.
    worker.on(
      'error',
      guard('An error of a worker was missed', () => undefined),
    )
    return { worker, connection }
  })
  return {
    async stop() {
      isStopping = true
      await Promise.all(
        workers.map(async ({ worker, connection }) => {
          await worker.close(connection.status !== 'ready').catch(() => undefined)
          connection.disconnect()
        }),
      )
    },
  }
}
