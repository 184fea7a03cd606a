import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { type DatabaseContent, readContent } from './databaseContent.ts'
import { checkKnown, pendingMigrations, readApplied } from './migrate.ts'

/** Copies kept from before migrations. */
const maxCopies = 3
const suffix = '.before-'

/**
 * A database that is about to be migrated is copied beside itself, as `<name>.before-<first new migration>`; the last
 * three copies are kept. A database that is newer than the program is refused.
 * @throws NewerDatabaseError
 */
export async function keepCopyBeforeMigrating(path: string): Promise<void> {
  if (!existsSync(path)) return
  const applied = await withSqlite(path, connection => readApplied(connection, 'sqlite'))
  checkKnown(applied)
  const [first] = pendingMigrations(applied)
  if (first === undefined || applied.length === 0) return
  const copy = `${path}${suffix}${first}`
  const unfinished = `${copy}.${process.pid}`
  await copySqlite(path, unfinished)
  // Another program may have migrated it meanwhile; then that one has kept the copy.
  const { migrations } = await readSqliteCopy(unfinished)
  if (migrations.includes(first)) await rm(unfinished, { force: true })
  else await rename(unfinished, copy)
  await removeOldCopies(path)
}

async function removeOldCopies(path: string): Promise<void> {
  const names = (await readdir(dirname(path))).filter(name => name.startsWith(`${basename(path)}${suffix}`))
  const copies = await Promise.all(
    names.map(async name => ({ name, madeAt: (await stat(join(dirname(path), name))).mtimeMs })),
  )
  const old = copies.sort((a, b) => b.madeAt - a.madeAt || b.name.localeCompare(a.name)).slice(maxCopies)
  await Promise.all(old.map(({ name }) => rm(join(dirname(path), name), { force: true })))
}

/** Writes a consistent copy of a database, while others read and write it, into a file that is not there yet. */
export async function copySqlite(path: string, to: string): Promise<void> {
  await rm(to, { force: true })
  await withSqlite(path, connection => connection.executeScript(`VACUUM INTO '${to.replaceAll("'", "''")}'`))
}

/** Looks into a database that nobody uses, and changes nothing. @throws Error where it is damaged. */
export async function readSqliteCopy(path: string): Promise<DatabaseContent> {
  return withSqlite(path, async connection => {
    const query = async (sql: string) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows
    const [check] = await query('PRAGMA quick_check(1)')
    if (check?.[0] !== 'ok') throw new Error(`SQLite finds it damaged: ${String(check?.[0])}`)
    return readContent(connection, 'sqlite')
  })
}

type Connection = Awaited<ReturnType<PrismaLibSql['connect']>>

/** Without our settings: they would change how the file keeps its log. */
async function withSqlite<T>(path: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await new PrismaLibSql({ url: `file:${path}` }).connect()
  try {
    return await work(connection)
  } finally {
    await connection.dispose()
  }
}
