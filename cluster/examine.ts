/** Whether a Redis can be used, and what is on it, for a start and for `fourstroke doctor`. */
import { Redis } from 'ioredis'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { checkSecret } from './membership.ts'
import { describeRedisProblem, isRefusal } from './redisProblems.ts'
import { readEngines } from './registry.ts'
import { readServers } from './roomLeases.ts'

export interface ClusterFindings {
  /** Redis's own version. */
  readonly version: string
  readonly engines: readonly Reached[]
  readonly servers: readonly Reached[]
}

/** Where another program says that it is; `problem`: why nobody answers there, null where somebody does. */
export interface Reached {
  readonly url: string
  readonly problem: string | null
}

const timeoutMs = 3000

/** What the machines that share this Redis would find. Throws `UserError` if it cannot be used. */
export async function examineCluster(redisUrl: string, secret: string): Promise<ClusterFindings> {
  return withRedis(redisUrl, async redis => {
    const info = await redis.info('server')
    await checkSecret(redis, secret)
    const [engines, servers] = [await readEngines(redis), await readServers(redis)]
    return {
      version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      engines: await Promise.all(engines.map(({ url }) => reach(url))),
      servers: await Promise.all(servers.map(reach)),
    }
  })
}

/** Throws `UserError` where Redis turns this program away; one that does not answer may come, and is waited for. */
export async function checkRedis(redisUrl: string): Promise<void> {
  await withRedis(redisUrl, redis => redis.ping()).catch((error: Error) => {
    if (error.cause instanceof Error && isRefusal(error.cause)) throw error
  })
}

async function withRedis<T>(redisUrl: string, work: (redis: Redis) => Promise<T>): Promise<T> {
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
    return await work(redis)
  } catch (error) {
    if (error instanceof UserError) throw error
    const cause = reason ?? (error as Error)
    const message = `The Redis in REDIS_URL cannot be used: ${describeRedisProblem(cause, redisUrl)}.`
    throw new UserError('settings/invalid', message, { cause })
  } finally {
    redis.disconnect()
  }
}

async function reach(url: string): Promise<Reached> {
  try {
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(timeoutMs) })
    return { url, problem: answer.ok ? null : `what answers there is no program of ours (${answer.status})` }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
    return { url, problem: cause?.code ?? message }
  }
}
