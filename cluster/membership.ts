/**
 * What programs on one Redis must have in common: those of two clusters would take each other's shards, budgets and tickets,
 * and servers with files or databases of their own would each show people another half of everything. Each says again and
 * again what it has; what none that lives has said is forgotten.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { errorReporter, type Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { connectRedis } from './redis.ts'

/** `database`, `files`: null where a program has none. */
export interface Common {
  readonly secret: string
  readonly database?: string | undefined
  readonly files?: string | undefined
}

export interface Membership {
  /** Says so from now on. Where Redis does not answer it is said later. @throws UserError where another program has others */
  agree(common: Common): Promise<void>
  /** What another program has come to have otherwise, as a sentence. */
  problem(): string | null
  close(): Promise<void>
}

const defaultLeaseMs = 20_000
const answerMs = 2_000
const prefix = '{fourstroke}:common:'

/** ARGV: prefix, own id, milliseconds, then names and values. Returns which name others have another value of; 0: none. */
const agreeScript = `
for i = 4, #ARGV, 2 do
  local said = redis.call('GET', ARGV[1] .. ARGV[i])
  if said and string.sub(said, 1, #ARGV[i + 1] + 1) ~= ARGV[i + 1] .. ' ' then return (i - 2) / 2 end
end
for i = 4, #ARGV, 2 do redis.call('SET', ARGV[1] .. ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[2], 'PX', ARGV[3]) end
return 0
`

/** ARGV: as above. Who else lives says it again. */
const leaveScript = `
for i = 4, #ARGV, 2 do
  local name = ARGV[1] .. ARGV[i]
  if redis.call('GET', name) == ARGV[i + 1] .. ' ' .. ARGV[2] then redis.call('DEL', name) end
end
`

export function openMembership(options: {
  readonly redisUrl: string
  /** Of this program. */
  readonly id: string
  readonly log: Log
  readonly leaseMs?: number
}): Membership {
  const { redisUrl, id, log, leaseMs = defaultLeaseMs } = options
  const redis = connectRedis(redisUrl, { log, waits: false, answerMs })
  let common: [string, string][] = []
  let problem: string | null = null

  const run = (script: string) =>
    redis.eval(script, 0, prefix, id, leaseMs, ...common.flatMap(([name, value]) => [name, digest(value)]))

  async function say(): Promise<void> {
    const other = await run(agreeScript).then(Number, () => null)
    if (other === null) return
    const found = other === 0 ? null : sentences[common[other - 1]![0] as keyof Common]
    problem = found
  }

  const guard = createGuard(errorReporter(log))
  const again = guard('What programs have in common could not be said', async () => {
    const before = problem
    await say()
    if (problem !== null && problem !== before) log.error(problem)
  })
  const timer = setInterval(again, leaseMs / 4)
  redis.on('ready', again)
  return {
    async agree(now) {
      common = Object.entries(now).filter(([, value]) => value !== undefined)
      if (redis.status !== 'ready') await Promise.race([once(redis, 'ready').catch(() => undefined), sleep(answerMs)])
      await say()
      if (problem !== null) throw new UserError('settings/invalid', problem)
    },
    problem: () => problem,
    async close() {
      clearInterval(timer)
      await run(leaveScript).catch(() => undefined)
      redis.disconnect()
    },
  }
}

/** @throws UserError where the programs on this Redis know each other by another secret */
export async function checkSecret(redis: Redis, secret: string): Promise<void> {
  const said = await redis.get(`${prefix}secret`)
  if (said !== null && !said.startsWith(`${digest(secret)} `)) throw new UserError('settings/invalid', sentences.secret)
}

/** Redis is told no secret, and no place where files are. */
const digest = (text: string): string => createHash('sha256').update(`fourstroke ${text}`).digest('hex')

const another = 'if this is another cluster, name another database of that Redis (redis://host:6379/1)'
const sentences: Readonly<Record<keyof Common, string>> = {
  secret: `CLUSTER_SECRET is not the one of the other programs on the Redis in REDIS_URL: use the same one; ${another}.`,
  database: `DATABASE_URL is not the database of the other programs on the Redis in REDIS_URL: name the same PostgreSQL; ${another}.`,
  files: `STORAGE is not where the other programs on the Redis in REDIS_URL have their files: name the same bucket, as a data folder is one program's own; ${another}.`,
}
