import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './client/sqlite/client.ts'
import { migrate } from './migrate.ts'
import { OneConnectionLibSql } from './sqlite.ts'

export interface Database {
  readonly provider: 'sqlite' | 'postgresql'
  readonly client: PrismaClient
  /** Names of the migrations that this opening has applied; empty when the database was up to date. */
  readonly migrated: readonly string[]
  close(): Promise<void>
}

/** Opens `file:<path>` (SQLite) or `postgresql://…`, and brings its tables up to date. */
export async function openDatabase(url: string): Promise<Database> {
  return /^postgres(ql)?:/.test(url) ? openPostgresql(url) : openSqlite(url)
}

async function openSqlite(url: string): Promise<Database> {
  const path = /^file:(?:\/\/)?(.+)$/.exec(url)?.[1]
  if (path === undefined) throw new Error('Expected DATABASE_URL to be file:<path> or postgresql://…')
  mkdirSync(dirname(path), { recursive: true })
  const adapter = new OneConnectionLibSql({ url })
  const migrated = await migrate(adapter)
  const client = new PrismaClient({ adapter, transactionOptions })
  return { provider: 'sqlite', client, migrated, close: () => client.$disconnect() }
}

async function openPostgresql(url: string): Promise<Database> {
  const adapter = new PrismaPg({ connectionString: url })
  const migrated = await migrate(adapter)
  const postgresql = await import('./client/postgresql/client.ts')
  // Generated from the same models: the two clients differ in the SQL they write, not in what they can be asked.
  const client = new postgresql.PrismaClient({ adapter, transactionOptions }) as unknown as PrismaClient
  return { provider: 'postgresql', client, migrated, close: () => client.$disconnect() }
}

/** Transactions of one program stand in a line on SQLite, and a long line is no error. In milliseconds. */
const transactionOptions = { maxWait: 30_000, timeout: 30_000 }
