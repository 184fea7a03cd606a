/** Several servers as programs of their own, with Redis, PostgreSQL and a stand-in engine of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../prisma/database.ts'
import { postgresPrograms, startPostgres } from '../../test/support/postgres.ts'
import { startRedis } from '../../test/support/redis.ts'
import { type ServerProgram, startServerProgram, startStandIn } from '../clusterPrograms.ts'
import { processesBelow } from '../processMemory.ts'
import { processorMs } from '../processTime.ts'
import type { Progress } from './part.ts'

export interface Servers {
  readonly servers: readonly ServerProgram[]
  readonly redisPid: number
  /** Of PostgreSQL, below which its processes are. */
  readonly postgresPid: number
  close(): Promise<void>
}

const secret = 'a-secret-of-this-bench'

export async function openServers(count: number, progress: Progress): Promise<Servers> {
  if (!postgresPrograms) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-servers-'))
  const [redis, postgres] = [await startRedis(), await startPostgres(postgresPrograms)]
  const databaseUrl = postgres.newDatabase()
  await (await openDatabase(databaseUrl)).close()
  const engine = await startStandIn(redis.url, secret, { stepMs: 25, batch: 8, side: 64 })
  const servers: ServerProgram[] = []
  for (let number = 0; number < count; number++) {
    const own = join(folder, String(number))
    servers.push(await startServerProgram({ redisUrl: redis.url, databaseUrl, folder: own, secret }))
    progress(`${number + 1} of ${count} servers are there`)
  }
  return {
    servers,
    redisPid: redis.pid()!,
    postgresPid: postgres.pid(),
    async close() {
      for (const { child } of servers) child.kill('SIGKILL')
      engine.kill('SIGKILL')
      await redis.stop()
      postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface ServersProcessor {
  readonly seconds: number
  /** Milliseconds. */
  readonly servers: number
  readonly postgres: number
  readonly redis: number
}

/** What the programs take meanwhile. */
export async function processorWhile(all: Servers, work: () => Promise<unknown>): Promise<ServersProcessor> {
  const now = () => ({
    at: performance.now(),
    servers: all.servers.reduce((sum, { child }) => sum + processorMs(child.pid!), 0),
    postgres: processesBelow(all.postgresPid).reduce((sum, pid) => sum + processorMs(pid), 0),
    redis: processorMs(all.redisPid),
  })
  const before = now()
  await work()
  const after = now()
  const of = (part: 'servers' | 'postgres' | 'redis') => after[part] - before[part]
  const seconds = (after.at - before.at) / 1000
  return { seconds, servers: of('servers'), postgres: of('postgres'), redis: of('redis') }
}
