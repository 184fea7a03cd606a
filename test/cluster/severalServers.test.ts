/** Whole programs on one PostgreSQL and one Redis, as operators start them. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openCommandLine, type Serving } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { secret } from './support/nodes.ts'

describe.runIf(hasRedis && postgresPrograms)('two programs on one Redis', { timeout: patient(120_000) }, () => {
  const { serve, folder, remove } = openCommandLine()
  let redis: RedisServer
  let direct: Redis
  let postgres: Postgres
  let programs: Serving[] = []
  let databaseUrl: string

  async function open(count: number, settings: NodeJS.ProcessEnv = {}): Promise<Serving[]> {
    databaseUrl = postgres.newDatabase()
    const start = (number: number) =>
      serve({
        ...{ DATABASE_URL: databaseUrl, FOURSTROKE_DATA: `${folder}/data${number}` },
        ...{ REDIS_URL: redis.url, CLUSTER_SECRET: secret, NODE_URL: 'http://127.0.0.1', ENGINE_LISTEN: '127.0.0.1:0' },
        ...settings,
      })
    // The first migrates the database.
    programs = [await start(0)]
    programs.push(...(await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 1)))))
    return programs
  }

  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url)
    direct.on('error', () => undefined)
    postgres = await startPostgres(postgresPrograms!)
  })
  afterEach(async () => {
    for (const { child } of programs) child.kill('SIGKILL')
    await Promise.all(programs.map(({ ended }) => ended))
    programs = []
  })
  afterAll(async () => {
    direct?.disconnect()
    await redis?.stop()
    postgres?.stop()
    remove()
  })

  it('count what an address may take together, each in its share while Redis is away, and say so', async () => {
    const [one, other] = (await open(2, { PUBLIC: '1' })) as [Serving, Serving]
    const statusOf = async ({ url }: Serving) => (await fetch(`${url}/guest`, { method: 'POST' })).status
    /** What strangers of one address get until they are told to wait. */
    async function takeAll(serving: Serving): Promise<number> {
      for (let taken = 0; ; taken++) if ((await statusOf(serving)) === 429) return taken
    }
    const first = await takeAll(one)
    expect(first).toBeGreaterThan(8)
    // What has come back meanwhile is little.
    expect(await takeAll(other)).toBeLessThan(first / 4)

    const readiness = async () => (await (await fetch(`${other.url}/readyz`)).json()) as { checks: { redis: string } }
    expect((await readiness()).checks.redis).toBe('ok')
    await redis.halt()
    await expect.poll(async () => (await readiness()).checks.redis).toMatch(/Redis does not answer/)
    // Half of it is its share.
    const share = await takeAll(other)
    expect(share).toBeGreaterThan(first / 4)
    expect(share).toBeLessThan(first * 0.75)
    await redis.goOn()
    await expect.poll(async () => (await readiness()).checks.redis, { timeout: patient(20_000) }).toBe('ok')
  })
})
