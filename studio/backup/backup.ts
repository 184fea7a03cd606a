import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isPostgresql, sqlitePath } from '../../prisma/address.ts'
import type { DatabaseContent } from '../../prisma/databaseContent.ts'
import { dumpPostgresql, MissingProgramError } from '../../prisma/postgresqlTools.ts'
import { copySqlite, readSqliteCopy } from '../../prisma/sqliteCopies.ts'
import { UserError } from '../../protocol/errors.ts'
import { writeArchive } from './archive.ts'
import { type BackupManifest, backupVersion, databaseNames } from './manifest.ts'
import { filesBelow, linkFiles, openStaging } from './staging.ts'

/** What was backed up. */
export interface BackupSummary {
  readonly files: number
  readonly bytes: number
  /** Files that pictures name and that were not in the data folder. */
  readonly missing: number
}

/** How often the database is copied again because somebody deleted a picture meanwhile. */
const maxAttempts = 5

/**
 * Writes database and files into one tar, while the program runs: every file that the copy of the database names is in it.
 * @throws UserError where there is nothing to back up, the file exists, or PostgreSQL's programs are missing
 */
export async function backUp(options: {
  readonly databaseUrl: string
  readonly dataFolder: string
  /** The tar; it must not exist. */
  readonly file: string
  /** The version of the program. */
  readonly program: string
}): Promise<BackupSummary> {
  const { databaseUrl, dataFolder, file, program } = options
  if (existsSync(file)) throw new UserError('backup/exists', `${file} exists: choose another name for the backup.`)
  const isSqlite = !isPostgresql(databaseUrl)
  if (!existsSync(dataFolder) || (isSqlite && !existsSync(sqlitePath(databaseUrl)))) {
    throw new UserError('backup/nothing', `There is no data in ${dataFolder}: set FOURSTROKE_DATA and DATABASE_URL.`)
  }
  const staging = await openStaging(dataFolder)
  const unfinished = `${file}.unfinished`
  try {
    const { migrations, missing } = await stage(options, staging.folder)
    const provider = isSqlite ? 'sqlite' : 'postgresql'
    const manifestOf = (entries: BackupManifest['entries']): BackupManifest => ({
      ...{ format: 'fourstroke-backup', version: backupVersion, program, createdAt: new Date().toISOString() },
      database: { provider, migrations },
      entries,
    })
    const paths = await filesBelow(staging.folder)
    await rm(unfinished, { force: true })
    const entries = await writeArchive({
      folder: staging.folder,
      paths,
      to: unfinished,
      manifestOf: all => manifestOf([...all]),
    })
    await rename(unfinished, file)
    return { files: entries.length - 1, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0), missing }
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  } finally {
    await staging.remove()
  }
}

/**
 * Links before the database is copied and again after it: a file is written before its row, and deleted after it. Only
 * one that came and went in between can be missing; then the database is copied again.
 */
async function stage(
  { databaseUrl, dataFolder }: Pick<Parameters<typeof backUp>[0], 'databaseUrl' | 'dataFolder'>,
  staging: string,
): Promise<{ readonly migrations: string[]; readonly missing: number }> {
  await linkFiles(dataFolder, staging)
  let missingBefore = -1
  for (let attempt = 1; ; attempt++) {
    const { migrations, files } = await copyDatabase(databaseUrl, staging)
    await linkFiles(dataFolder, staging)
    const there = new Set((await filesBelow(staging)).map(path => basename(path)))
    const missing = [...files].filter(hash => !there.has(hash)).length
    // The same number again: they were missing before the backup began.
    if (missing === 0 || missing === missingBefore || attempt === maxAttempts) {
      return { migrations: [...migrations], missing }
    }
    missingBefore = missing
  }
}

async function copyDatabase(url: string, staging: string): Promise<DatabaseContent> {
  if (isPostgresql(url)) return dumpPostgresql(url, join(staging, databaseNames.postgresql)).catch(failedDump)
  const copy = join(staging, databaseNames.sqlite)
  await copySqlite(sqlitePath(url), copy)
  return readSqliteCopy(copy)
}

function failedDump(error: unknown): never {
  if (error instanceof MissingProgramError) throw new UserError('backup/tools', undefined, { cause: error })
  throw error
}
