import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { isPostgresql, sqlitePath } from '../prisma/address.ts'
import { lockFile } from '../prisma/fileLock.ts'
import { makeFolder } from '../prisma/makeFolder.ts'
import { UserError } from '../protocol/errors.ts'

/**
 * Makes this the only program that serves people from this data folder and this SQLite database, until it ends. Commands
 * that do one thing (imagine, style, doctor, backup …) need no lock: they work beside a running program, and take over
 * nothing. Programs on one PostgreSQL database may share.
 */
export async function lockData({ dataFolder, databaseUrl }: Pick<Config, 'dataFolder' | 'databaseUrl'>): Promise<void> {
  if (isPostgresql(databaseUrl)) return
  // Both: the next program may name the same database, or come by another path to it, from another data folder.
  for (const file of [join(dataFolder, 'fourstroke.lock'), `${realPath(sqlitePath(databaseUrl))}.lock`]) {
    const release = await lockIn(dirname(file), file).catch((cause: Error) => {
      throw new UserError('data/unwritable', `${file} cannot be written (${cause.message}).`, { cause })
    })
    if (release === null)
      throw new UserError(
        'data/locked',
        `Another Fourstroke serves from here (${file}): stop it, or set FOURSTROKE_DATA (and DATABASE_URL, if you set it) to another place; on PostgreSQL several may share one database.`,
      )
    held.push(release)
  }
}

async function lockIn(folder: string, file: string): ReturnType<typeof lockFile> {
  makeFolder(folder)
  return lockFile(file)
}

/** Where links lead; a database that does not exist yet is where it says. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Until this program ends. */
const held: (() => void)[] = []
