/** The one way to Redis: connections that come back by themselves. */
import { Redis } from 'ioredis'
import type { Log } from '../logging.ts'
import { errorReporter } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { describeRedisProblem } from './redisProblems.ts'

const longestPauseMs = 1000

/**
 * A connection that is tried again for as long as the program runs. `waits`: what is asked while there is none waits for
 * it, as BullMQ wants it; otherwise it fails at once. `answerMs`: a command without an answer fails after so long.
 */
export function connectRedis(
  url: string,
  { log, waits, answerMs }: { readonly log: Log; readonly waits: boolean; readonly answerMs?: number },
): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: waits,
    ...(answerMs !== undefined && { commandTimeout: answerMs }),
    retryStrategy: attempt => Math.min(50 * attempt, longestPauseMs),
  })
  const guard = createGuard(errorReporter(log))
  const failed = 'A change of the connection to Redis could not be handled'
  const others = awayOf(url)
  const isBack = () => others.delete(redis) && others.size === 0
  redis.on(
    'error',
    guard(failed, (error: Error) => {
      if (others.size === 0)
        log.warn(
          `The Redis in REDIS_URL cannot be used, and what waits for it waits: ${describeRedisProblem(error, url)}.`,
        )
      others.add(redis)
    }),
  )
  redis.on(
    'ready',
    guard(failed, () => {
      if (isBack()) log.info('Redis is there again')
    }),
  )
  redis.on(
    'end',
    guard(failed, () => void isBack()),
  )
  return redis
}

/** Connections of this program that are away, by address: it is said once, not of each. */
const away = new Map<string, Set<Redis>>()

function awayOf(url: string): Set<Redis> {
  const known = away.get(url) ?? new Set()
  away.set(url, known)
  return known
}
