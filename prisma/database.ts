import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { isPostgresql, sqlitePath } from './address.ts'
import { PrismaClient } from './client/sqlite/client.ts'
import { type Clock, createClock, ownClock } from './clock.ts'
import { tolerateBrokenJson } from './json.ts'
import { makeFolder } from './makeFolder.ts'
import { migrate } from './migrate.ts'
import { forgetArguments } from './queryArguments.ts'
import { createQueryTimes, measureQueries } from './queryTimes.ts'
import { OneConnectionLibSql } from './sqlite.ts'
import { keepCopyBeforeMigrating } from './sqliteCopies.ts'

/** An open database, with its tables up to date. */
export interface Database {
  readonly provider: 'sqlite' | 'postgresql'
  readonly client: PrismaClient
  /** Names of the migrations that this opening has applied; empty when the database was up to date. */
  readonly migrated: readonly string[]
  /** Told of every query: how long it took, in milliseconds. */
  onQuery(listener: (durationMs: number) => void): void
  readonly clock: Clock
  /** What was deleted before is in no file any more. On PostgreSQL that is the server's to see to. */
  scrub(): Promise<void>
  close(): Promise<void>
}

/** Opens `file:<path>` (SQLite) or `postgresql://…`, and brings its tables up to date. */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  return isPostgresql(url) ? openPostgresql(url) : openSqlite(url, options)
}

export interface DatabaseOptions {
  /** How long a query on SQLite waits for another program's transaction before it fails; 10 s if left out. */
  readonly busyTimeoutMs?: number
  /** Told of the column of each text that should be JSON and is not, on SQLite. */
  readonly onBrokenJson?: (column: string) => void
}

async function openSqlite(url: string, options: DatabaseOptions): Promise<Database> {
  const path = sqlitePath(url)
  makeFolder(dirname(path))
  await keepCopyBeforeMigrating(path)
  const adapter = new OneConnectionLibSql({ url }, options)
  const migrated = await migrate(adapter)
  const times = createQueryTimes()
  forgetArguments(adapter)
  measureQueries(adapter, times)
  tolerateBrokenJson(adapter, options.onBrokenJson ?? (() => undefined))
  const client = new PrismaClient({ adapter, transactionOptions })
  return {
    ...{ provider: 'sqlite', client, migrated, onQuery: times.listen, clock: ownClock },
    scrub: () => emptyLog(client, scrubPatienceMs),
    async close() {
      await emptyLog(client, 0)
      await client.$disconnect()
    },
  }
}

/** Other programs' reads take milliseconds. */
const scrubPatienceMs = 10_000

/**
 * Deleting overwrites (secure_delete in sqlite.ts), but in the log beside the database: until that is carried over, the
 * database still has what was deleted, and the log what was written before. libsql does not do it even when it closes.
 */
async function emptyLog(client: PrismaClient, patienceMs: number): Promise<void> {
  const endsAt = performance.now() + patienceMs
  while (true) {
    const [row] = await client.$queryRaw<{ busy: number | bigint }[]>`PRAGMA wal_checkpoint(TRUNCATE)`
    if (Number(row?.busy) === 0 || performance.now() > endsAt) return
    await sleep(20)
  }
}

async function openPostgresql(url: string): Promise<Database> {
  const adapter = new PrismaPg({ connectionString: url, connectionTimeoutMillis: transactionOptions.maxWait })
  const migrated = await migrate(adapter)
  const times = createQueryTimes()
  forgetArguments(adapter)
  measureQueries(adapter, times)
  const postgresql = await import('./client/postgresql/client.ts')
  // Generated from the same models: the two clients differ in the SQL they write, not in what they can be asked.
  const client = new postgresql.PrismaClient({ adapter, transactionOptions }) as unknown as PrismaClient
  const clock = createClock(async () => {
    const [row] = await client.$queryRaw<{ time: Date }[]>`SELECT clock_timestamp() AS "time"`
    return row!.time
  })
  await clock.compare()
  return {
    ...{ provider: 'postgresql', client, migrated, onQuery: times.listen, clock },
    scrub: async () => undefined,
    close: () => client.$disconnect(),
  }
}

/** Transactions of one program stand in a line on SQLite, and a long line is no error. In milliseconds. */
const transactionOptions = { maxWait: 30_000, timeout: 30_000 }
