import type { PrismaLibSql } from '@prisma/adapter-libsql'
import { readApplied } from './migrate.ts'

/** What a copy of a database holds. */
export interface DatabaseContent {
  /** Names of its migrations, oldest first. */
  readonly migrations: readonly string[]
  /** Hashes of the files in the data folder that its pictures name. */
  readonly files: ReadonlySet<string>
}

type Queryable = Pick<Awaited<ReturnType<PrismaLibSql['connect']>>, 'queryRaw'>

/** Looks into a database and changes nothing. */
export async function readContent(connection: Queryable, provider: string): Promise<DatabaseContent> {
  const migrations = await readApplied(connection, provider)
  if (migrations.length === 0) return { migrations, files: new Set() }
  const sql = `SELECT "file" FROM "Picture" WHERE "file" IS NOT NULL UNION SELECT "image" FROM "Picture" WHERE "image" IS NOT NULL`
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] })
  return { migrations, files: new Set(rows.map(([hash]) => String(hash))) }
}
