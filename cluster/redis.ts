/** The one way to Redis: connections that come back by themselves. */
import { Redis } from 'ioredis'
import type { Log } from '../logging.ts'
import { errorReporter } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'

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
  let isAway = false
  const failed = 'A change of the connection to Redis could not be handled'
  redis.on(
    'error',
    guard(failed, (err: Error) => {
      if (!isAway) log.warn({ err }, 'Redis cannot be reached: what waits for it waits')
      isAway = true
    }),
  )
  redis.on(
    'ready',
    guard(failed, () => {
      if (isAway) log.info('Redis is there again')
      isAway = false
    }),
  )
  return redis
}
