import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PrismaLibSql } from '@prisma/adapter-libsql'
import type { PrismaPg } from '@prisma/adapter-pg'

/**
 * Applies the migrations that a database does not have yet and notes them as Prisma does, so that Prisma's own tools
 * find what they expect. All in one transaction that only one program can be in: another that starts at the same time
 * waits, and then finds nothing to do.
 *
 * @returns the names of the migrations applied now
 */
export async function migrate(adapter: PrismaLibSql | PrismaPg, folder = migrationsFolder()): Promise<string[]> {
  const isPostgresql = adapter.provider === 'postgres'
  const connection = await adapter.connect()
  const transaction = await connection.startTransaction()
  const run = (sql: string, args: string[] = []) =>
    transaction.executeRaw({ sql, args, argTypes: args.map(() => ({ scalarType: 'string', arity: 'scalar' })) })
  /** Adapters without "phantom queries" only give the connection back here, and leave the word itself to their caller. */
  const end = async (how: 'COMMIT' | 'ROLLBACK') => {
    if (!transaction.options.usePhantomQuery) await run(how)
    await (how === 'COMMIT' ? transaction.commit() : transaction.rollback())
  }
  try {
    if (isPostgresql) await run(`SELECT pg_advisory_xact_lock(${migrationLock})`)
    await run(migrationsTable)
    const done = await transaction.queryRaw({
      sql: 'SELECT "migration_name", "checksum" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL',
      args: [],
      argTypes: [],
    })
    const checksums = new Map(done.rows.map(([name, checksum]) => [String(name), String(checksum)]))
    const migrations = readMigrations(folder)
    checkKnown([...checksums.keys()], migrations)

    const applied: string[] = []
    for (const { name, sql, checksum } of migrations) {
      const known = checksums.get(name)
      if (known === checksum) continue
      if (known !== undefined) {
        throw new Error(
          `Migration ${name} was changed after it had been applied to this database: expected checksum ${known}, ` +
            `got ${checksum}. Restore the file, and write what should change as a new migration.`,
        )
      }
      for (const statement of statementsFor(isPostgresql ? 'postgresql' : 'sqlite', sql)) {
        await run(statement).catch((cause: unknown) => {
          throw new Error(`Migration ${name} failed at: ${statement}`, { cause })
        })
      }
      await run(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
         VALUES (${isPostgresql ? '$1, $2, $3' : '?, ?, ?'}, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1)`,
        [randomUUID(), checksum, name],
      )
      applied.push(name)
    }
    await end('COMMIT')
    return applied
  } catch (error) {
    await end('ROLLBACK')
    throw error
  } finally {
    await connection.dispose()
  }
}

/** A database that a newer program has migrated: this one does not know what its tables mean. */
export class NewerDatabaseError extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `The database was last used by a newer Fourstroke: this one does not know its migration ${unknown.join(', ')}. ` +
        'Update the program, or restore a backup that was made before.',
    )
    this.name = 'NewerDatabaseError'
  }
}

/** @throws NewerDatabaseError when a database with these migrations is newer than the program. */
export function checkKnown(
  applied: readonly string[],
  known: readonly Pick<Migration, 'name'>[] = readMigrations(migrationsFolder()),
): void {
  const names = new Set(known.map(({ name }) => name))
  const unknown = applied.filter(name => !names.has(name))
  if (unknown.length > 0) throw new NewerDatabaseError(unknown)
}

/** Names of the migrations that a database has, oldest first; empty for a new one. Changes nothing. */
export async function readApplied(connection: Pick<Connection, 'queryRaw'>, provider: string): Promise<string[]> {
  const query = async (sql: string) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows
  const tables =
    provider === 'postgres'
      ? `SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '_prisma_migrations'`
      : `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`
  if ((await query(tables)).length === 0) return []
  const rows = await query(
    'SELECT "migration_name" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY 1',
  )
  return rows.map(([name]) => String(name))
}

/** Names of the migrations that this program knows and a database with `applied` does not have, oldest first. */
export function pendingMigrations(applied: readonly string[], folder = migrationsFolder()): string[] {
  return readMigrations(folder)
    .map(({ name }) => name)
    .filter(name => !applied.includes(name))
}

type Connection = Awaited<ReturnType<PrismaLibSql['connect']>>

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Any number that no other lock on the same PostgreSQL database has: the letters "4str". */
const migrationLock = 0x34737472

/** As Prisma makes it. */
const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMP,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMP,
  "started_at" TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

/** Oldest first. */
function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort()
    .map(name => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

/**
 * A migration is written once, in what both databases understand. Lines that begin with `--postgresql ` or `--sqlite `
 * are for that one alone; every statement ends a line with its semicolon.
 */
export function statementsFor(provider: 'sqlite' | 'postgresql', sql: string): string[] {
  return sql
    .replaceAll(`--${provider} `, '')
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map(statement => statement.trim())
    .filter(statement => statement !== '')
}

/** Beside this file in the source; the compiled program reads the same files. */
function migrationsFolder(): string {
  const beside = join(import.meta.dirname, 'migrations')
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', 'prisma', 'migrations')
}
