import { Redis } from 'ioredis'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { type EngineAddress, readEngines } from './registry.ts'

export interface ClusterFindings {
  /** Redis's own version. */
  readonly version: string
  readonly engines: readonly EngineAddress[]
}

const timeoutMs = 3000

/** What the machines that share this Redis would find. Throws `UserError` if it cannot be used. */
export async function examineCluster(redisUrl: string): Promise<ClusterFindings> {
  const redis = new Redis(redisUrl, {
    ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
  })
  let reason: Error | undefined
  redis.on(
    'error',
    createGuard(() => undefined)('An error of Redis was missed', (error: Error) => {
      reason = error
    }),
  )
  try {
    await redis.connect()
    const info = await redis.info('server')
    return { version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown', engines: await readEngines(redis) }
  } catch (error) {
    const { message } = reason ?? (error as Error)
    throw new UserError(
      'settings/invalid',
      `REDIS_URL names a Redis that cannot be used (${message}): start it, or correct the address.`,
      { cause: error },
    )
  } finally {
    redis.disconnect()
  }
}
