import { hostname } from 'node:os'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { openStates } from './jobStates.ts'

/** This program's sign of life in the database, and its eye on the others. */
export interface WorkerRegistry {
  readonly id: string
  /** Call it in the transaction that gives this program something to do. */
  heartbeat(client: Pick<PrismaClient, 'worker'>): Promise<void>
  /** Whether this program itself has been silent for so long that it seems dead. */
  isLeaseExpired(): boolean
  /** Programs that ended without a word. */
  findDead(): Promise<string[]>
  /** This program and those others that have not ended. */
  findAlive(): Promise<string[]>
  /** What this program was given before then, and does not do, it has lost over an error. */
  strayBefore(): Date
  /** Forgets the dead that have left nothing to finish. */
  removeDead(): Promise<void>
  unregister(): Promise<void>
}

/** What the registry is built on. */
export interface WorkerRegistryOptions {
  readonly client: PrismaClient
  readonly id: string
  readonly now: () => Date
  /** A program that has said nothing for so long counts as dead; it says something three times as often. */
  readonly leaseMs: number
}

/** The registry in the database, for one worker. */
export function createWorkerRegistry({ client, id, now, leaseMs }: WorkerRegistryOptions): WorkerRegistry {
  const startedAt = now()
  let lastHeartbeatAt = startedAt
  /** The other programs, of which some have ended without a word. */
  const findOthers = async (wanted: 'dead' | 'alive') => {
    const others = await client.worker.findMany({ where: { id: { not: id } } })
    const oldest = now().getTime() - leaseMs
    const isDead = ({ seenAt, host, pid }: (typeof others)[number]) =>
      seenAt.getTime() < oldest || (host === hostname() && !isRunning(pid))
    return others.filter(one => isDead(one) === (wanted === 'dead')).map(program => program.id)
  }
  const workers: WorkerRegistry = {
    id,
    async heartbeat(within) {
      const seenAt = now()
      await within.worker.upsert({
        where: { id },
        create: { id, host: hostname(), pid: process.pid, startedAt, seenAt },
        update: { seenAt },
      })
      lastHeartbeatAt = seenAt
    },
    isLeaseExpired: () => now().getTime() - lastHeartbeatAt.getTime() > leaseMs,
    findDead: () => findOthers('dead'),
    findAlive: async () => [id, ...(await findOthers('alive'))],
    strayBefore: () => new Date(now().getTime() - leaseMs),
    async removeDead() {
      const none = { none: { state: { in: openStates } } }
      const dead = await workers.findDead()
      await client.worker.deleteMany({ where: { id: { in: dead }, pictures: none, learnings: none } })
    },
    async unregister() {
      await client.worker.deleteMany({ where: { id } })
    },
  }
  return workers
}

/** Certain only when it says no: a number may have been given to another process since, and then the lease decides. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
