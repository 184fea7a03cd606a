import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isPostgresql, sqlitePath } from '../../prisma/address.ts'
import type { DatabaseContent } from '../../prisma/databaseContent.ts'
import { makeFolder } from '../../prisma/makeFolder.ts'
import { dumpPostgresql, MissingProgramError } from '../../prisma/postgresqlTools.ts'
import { copySqlite, readSqliteCopy } from '../../prisma/sqliteCopies.ts'
import { UserError } from '../../protocol/errors.ts'
import { copyObjects } from '../objects/copyObjects.ts'
import { createFolderStore } from '../objects/folderStore.ts'
import type { ObjectStore } from '../objects/index.ts'
import { systemRandom } from '../shared/secrets.ts'
import { writeArchive } from './archive.ts'
import { type BackupManifest, backupVersions, databaseNames } from './manifest.ts'
import { filesBelow, linkFiles, openStaging } from './staging.ts'

/** What was backed up. */
export interface BackupSummary {
  readonly files: number
  readonly bytes: number
  /** Files that pictures name and that were not where files are. */
  readonly missing: number
  /** Where the files stay that are not in it; null: all are. */
  readonly filesStayIn: string | null
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
  /** Where the files are. Default: in the data folder. */
  readonly objects?: ObjectStore | null
  /** Default: yes. A large bucket has better ways than a tar. */
  readonly withFiles?: boolean
}): Promise<BackupSummary> {
  const { databaseUrl, dataFolder, file, program, withFiles = true } = options
  const objects = options.objects ?? createFolderStore({ folder: dataFolder, random: systemRandom })
  if (existsSync(file)) throw new UserError('backup/exists', `${file} exists: choose another name for the backup.`)
  const isSqlite = !isPostgresql(databaseUrl)
  if (options.objects) makeFolder(dataFolder)
  if (!existsSync(dataFolder) || (isSqlite && !existsSync(sqlitePath(databaseUrl)))) {
    throw new UserError('backup/nothing', `There is no data in ${dataFolder}: set FOURSTROKE_DATA and DATABASE_URL.`)
  }
  const staging = await openStaging(dataFolder)
  const unfinished = `${file}.unfinished`
  try {
    const { migrations, missing } = withFiles
      ? await stage(options, staging.folder)
      : await stageDatabase(databaseUrl, objects, staging.folder)
    const filesStayIn = withFiles ? null : objects.where
    const version = withFiles ? backupVersions.whole : backupVersions.withoutFiles
    const provider = isSqlite ? 'sqlite' : 'postgresql'
    const manifestOf = (entries: BackupManifest['entries']): BackupManifest => ({
      ...{ format: 'fourstroke-backup', version, program, createdAt: new Date().toISOString() },
      database: { provider, migrations },
      ...(filesStayIn !== null && { filesStayIn }),
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
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    return { files: entries.length - 1, bytes, missing, filesStayIn }
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
  { databaseUrl, dataFolder, objects }: Pick<Parameters<typeof backUp>[0], 'databaseUrl' | 'dataFolder' | 'objects'>,
  staging: string,
): Promise<Staged> {
  const staged = createFolderStore({ folder: staging, random: systemRandom })
  const copyFiles = () => (objects ? copyObjects(objects, staged) : linkFiles(dataFolder, staging))
  await copyFiles()
  let missingBefore = ''
  for (let attempt = 1; ; attempt++) {
    const { migrations, files } = await copyDatabase(databaseUrl, staging)
    await copyFiles()
    const there = new Set((await filesBelow(staging)).map(path => basename(path)))
    const missing = [...files].filter(hash => !there.has(hash)).sort()
    // The very same again: they were missing before the backup began.
    const isAgain = missing.join() === missingBefore
    if (missing.length === 0 || isAgain || attempt === maxAttempts) {
      return { migrations: [...migrations], missing: missing.length }
    }
    missingBefore = missing.join()
  }
}

interface Staged {
  readonly migrations: string[]
  readonly missing: number
}

/** The database alone; counts which of the files that it names are not where files are. */
async function stageDatabase(databaseUrl: string, objects: ObjectStore, staging: string): Promise<Staged> {
  const { migrations, files } = await copyDatabase(databaseUrl, staging)
  const missing = new Set(files)
  for await (const { key } of objects.list('files/')) missing.delete(basename(key))
  return { migrations: [...migrations], missing: missing.size }
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
