/**
 * One of several programs does something that only one may do, such as being the bot: a lease in Redis. It is renewed
 * again and again; whoever cannot renew it stops before another may begin.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorReporter, type Log } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { connectRedis } from './redis.ts'

/** While this program leads. */
export interface Term {
  /** Aborted when it must stop. */
  readonly signal: AbortSignal
  /** Lets another one begin; only once all is stopped. */
  end(): Promise<void>
}

export interface Leadership {
  /** Resolves when this program leads; null: it is closed. `onWait`: another one leads, or Redis does not answer. */
  lead(onWait?: () => void): Promise<Term | null>
  close(): Promise<void>
}

export interface LeadershipOptions {
  readonly redisUrl: string
  /** What is led, such as `bot`. */
  readonly name: string
  /** Of this program. */
  readonly id: string
  readonly log: Log
  readonly leaseMs?: number
}

const defaultLeaseMs = 15_000
/** A leader stops when so much of its lease has passed without an answer: stopping takes a moment. */
const patience = 2 / 3

/** ARGV: own id, milliseconds. Takes or renews it; whether it is ours. */
const renewScript = `
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`

const endScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`

export function openLeadership({ redisUrl, name, id, log, leaseMs = defaultLeaseMs }: LeadershipOptions): Leadership {
  const redis = connectRedis(redisUrl, { log, waits: false, answerMs: leaseMs / 6 })
  const guard = createGuard(errorReporter(log))
  const key = `fourstroke:leader:${name}`
  const closing = new AbortController()
  const renew = async () => (await redis.eval(renewScript, 1, key, id, leaseMs)) === 1
  /** Ends early when it is closed. */
  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined)

  function begin(renewedAt: number): Term {
    const stopping = new AbortController()
    let lastAt = renewedAt
    const stop = (why: string) => {
      if (stopping.signal.aborted) return
      log.warn({ led: name }, why)
      stopping.abort(new Error(why))
    }
    const look = async () => {
      const askedAt = performance.now()
      const isOurs = await renew().catch(() => null)
      if (isOurs) lastAt = askedAt
      if (isOurs === false) stop(`Another program leads the ${name}`)
      if (performance.now() - lastAt > leaseMs * patience)
        stop(`Redis does not say who leads the ${name}: it stops here`)
    }
    const timer = setInterval(guard('A lease could not be renewed', look), leaseMs / 6)
    return {
      signal: stopping.signal,
      async end() {
        clearInterval(timer)
        await redis.eval(endScript, 1, key, id).catch(() => undefined)
      },
    }
  }

  return {
    async lead(onWait = () => undefined) {
      while (!closing.signal.aborted) {
        const askedAt = performance.now()
        if (await renew().catch(() => false)) return begin(askedAt)
        onWait()
        await pause(leaseMs / 6)
      }
      return null
    },
    async close() {
      closing.abort()
      redis.disconnect()
    },
  }
}
