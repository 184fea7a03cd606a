/** Which engines there are: each writes its address into Redis again and again, and whoever stops doing so is forgotten. */
import type { Redis } from 'ioredis'
import type { Log } from '../logging.ts'
import { errorReporter } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { connectRedis } from './redis.ts'

export interface EngineAddress {
  readonly id: string
  readonly url: string
}

export interface EngineRegistry {
  /** Writes an engine down until `leave`. */
  announce(engine: EngineAddress): Announcement
  /** Tells again and again which engines there are; nothing while Redis does not answer. */
  watch(onEngines: (engines: readonly EngineAddress[]) => void): { stop(): void }
  close(): void
}

export interface Announcement {
  leave(): Promise<void>
}

const announceMs = 2000
/** An engine that has not written itself down for so long has gone. */
const leaseMs = 3 * announceMs
const tickMs = 1000
const ids = 'fourstroke:engines'
const keyOf = (id: string) => `fourstroke:engine:${id}`

export function openEngineRegistry(url: string, log: Log): EngineRegistry {
  const redis = connectRedis(url, { log, waits: false })
  const guard = createGuard(errorReporter(log))
  /** Redis that is away has been logged; what was not read or written is soon tried again. */
  const attempt = async (work: () => Promise<unknown>) => {
    if (redis.status === 'ready') await work().catch(() => undefined)
  }

  return {
    announce({ id, url: address }) {
      const write = () => attempt(() => redis.multi().sadd(ids, id).set(keyOf(id), address, 'PX', leaseMs).exec())
      const stop = repeat(announceMs, guard('The engine could not be announced', write))
      redis.on('ready', guard('The engine could not be announced', write))
      return {
        async leave() {
          stop()
          await attempt(() => redis.multi().srem(ids, id).del(keyOf(id)).exec())
        },
      }
    },

    watch(onEngines) {
      const look = async () => onEngines(await readEngines(redis))
      const lookAgain = guard('Engines could not be looked for', () => attempt(look))
      const stop = repeat(tickMs, lookAgain)
      redis.on('ready', lookAgain)
      return { stop }
    },

    close: () => redis.disconnect(),
  }
}

/** Those that have announced themselves and not gone; the others are forgotten. */
export async function readEngines(redis: Redis): Promise<EngineAddress[]> {
  const known = await redis.smembers(ids)
  const addresses = known.length === 0 ? [] : await redis.mget(known.map(keyOf))
  const gone = known.filter((_, i) => addresses[i] === null)
  if (gone.length > 0) await redis.srem(ids, gone)
  return known.flatMap((id, i) => (addresses[i] ? [{ id, url: addresses[i] }] : []))
}

/** At once and again and again; returns what ends it. */
function repeat(ms: number, work: () => void): () => void {
  work()
  const timer = setInterval(work, ms)
  return () => clearInterval(timer)
}
