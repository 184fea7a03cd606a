import { join, relative } from 'node:path'
import type { Config } from '../config.ts'
import { isPostgresql, sqlitePath } from '../prisma/address.ts'
import { lockFile } from '../prisma/fileLock.ts'
import { UserError } from '../protocol/errors.ts'

/**
 * Makes this the only program that serves people from this data folder and this SQLite database, until it ends. Commands
 * that do one thing (imagine, style, doctor, backup …) need no lock: they work beside a running program, and take over
 * nothing. Programs on one PostgreSQL database may share.
 */
export async function lockData({ dataFolder, databaseUrl }: Pick<Config, 'dataFolder' | 'databaseUrl'>): Promise<void> {
  if (isPostgresql(databaseUrl)) return
  const database = sqlitePath(databaseUrl)
  const isInside = !relative(dataFolder, database).startsWith('..')
  const files = [join(dataFolder, 'fourstroke.lock'), ...(isInside ? [] : [`${database}.lock`])]
  for (const file of files) {
    const release = await lockFile(file).catch((cause: Error) => {
      throw new UserError('data/unwritable', `${file} cannot be written (${cause.message}).`, { cause })
    })
    if (release === null)
      throw new UserError(
        'data/locked',
        `Another Fourstroke serves from ${dataFolder}: stop it, or set FOURSTROKE_DATA to another folder; on PostgreSQL several may share one database.`,
      )
    held.push(release)
  }
}

/** Until this program ends. */
const held: (() => void)[] = []
