import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isPostgresql, sqlitePath } from '../../prisma/address.ts'
import { makeFolder } from '../../prisma/makeFolder.ts'
import { checkKnown, NewerDatabaseError } from '../../prisma/migrate.ts'
import { isEmptyPostgresql, MissingProgramError, restorePostgresql } from '../../prisma/postgresqlTools.ts'
import { readSqliteCopy } from '../../prisma/sqliteCopies.ts'
import { UserError } from '../../protocol/errors.ts'
import { copyObjects } from '../objects/copyObjects.ts'
import { createFolderStore } from '../objects/folderStore.ts'
import type { ObjectStore } from '../objects/index.ts'
import { systemRandom } from '../shared/secrets.ts'
import { type ArchiveEntry, readArchive } from './archive.ts'
import { type BackupManifest, backedUpFolders, backupManifest, databaseNames, newestBackupVersion } from './manifest.ts'

/** What was restored. */
export interface RestoreSummary {
  readonly files: number
  readonly bytes: number
  readonly createdAt: string
  /** The program that wrote the backup. */
  readonly program: string
  /** Where the files are that were not in it; null: all were. */
  readonly filesStayIn: string | null
}

/** While this folder is in the data folder, nothing else there is whole. */
const stagingName = '.restore'
/** What the root of a fresh disk has, and what every start makes. */
const ignoredNames = ['lost+found', 'cache']
const isIgnored = (name: string) => ignoredNames.includes(name) || /\.lock(-journal)?$/.test(name)

/**
 * Unpacks a backup into an empty data folder and an empty database, after every byte of it was checked. What was cut off
 * by a kill is begun again.
 * @throws UserError where something is there already, or the backup is damaged, newer than the program, or of another kind
 */
export async function restore(options: {
  readonly databaseUrl: string
  readonly dataFolder: string
  /** Where the files go. Default: into the data folder. */
  readonly objects?: ObjectStore | null
  readonly file: string
}): Promise<RestoreSummary> {
  const { databaseUrl, dataFolder, file, objects = null } = options
  if (!existsSync(file)) throw new UserError('backup/missing', `There is no file ${file}.`)
  await checkEmpty(options)
  const staging = join(dataFolder, stagingName)
  await rm(staging, { recursive: true, force: true })
  makeFolder(staging)
  try {
    const { entries, manifest: text } = await readArchive(file, staging).catch((cause: Error) => {
      throw broken(file, cause.message, cause)
    })
    const manifest = readManifest(file, text)
    checkEntries(file, manifest, entries)
    checkVersions(file, manifest)
    const { provider } = manifest.database
    if ((provider === 'postgresql') !== isPostgresql(databaseUrl)) throw otherProvider(provider)
    const database = join(staging, databaseNames[provider])
    if (provider === 'sqlite') {
      await readSqliteCopy(database).catch((cause: Error) => {
        throw broken(file, cause.message, cause)
      })
    }
    if (objects) await moveIntoBucket(objects, staging)
    else await moveInto(dataFolder, staging)
    // The database comes last: without one, a start or another restore finds nothing half done.
    if (provider === 'sqlite') await moveDatabase(database, sqlitePath(databaseUrl))
    else await restorePostgresql(databaseUrl, database).catch(failedRestore)
    const { createdAt, program, filesStayIn = null } = manifest
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    return { files: entries.length - 1, bytes, createdAt, program, filesStayIn }
  } catch (error) {
    for (const name of backedUpFolders) await rm(join(dataFolder, name), { recursive: true, force: true })
    throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** Nothing is overwritten: not a file, not a row. */
async function checkEmpty({
  databaseUrl,
  dataFolder,
}: Pick<Parameters<typeof restore>[0], 'databaseUrl' | 'dataFolder'>): Promise<void> {
  const names = existsSync(dataFolder) ? (await readdir(dataFolder)).filter(name => !isIgnored(name)) : []
  const wasCutOff = names.includes(stagingName)
  const foreign = names.filter(
    name => name !== stagingName && !(wasCutOff && (backedUpFolders as readonly string[]).includes(name)),
  )
  if (foreign.length > 0) {
    throw new UserError(
      'restore/not-empty',
      `Expected an empty folder, got ${dataFolder} with ${foreign[0]} in it: set FOURSTROKE_DATA to another, or move what is there away.`,
    )
  }
  if (wasCutOff) for (const name of backedUpFolders) await rm(join(dataFolder, name), { recursive: true, force: true })
  const isTaken = isPostgresql(databaseUrl)
    ? !(await isEmptyPostgresql(databaseUrl))
    : existsSync(sqlitePath(databaseUrl))
  if (isTaken) throw new UserError('restore/database')
}

function readManifest(file: string, text: string | null): BackupManifest {
  if (text === null) throw broken(file, 'it was cut off, or is none')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw broken(file, 'its manifest is no JSON', cause)
  }
  const version = (content as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > newestBackupVersion)
    throw new UserError('backup/newer', `${file} was written by a newer Fourstroke: update this one first.`)
  const manifest = backupManifest.safeParse(content)
  if (!manifest.success) throw broken(file, 'its manifest is incomplete', manifest.error)
  return manifest.data
}

function checkEntries(file: string, manifest: BackupManifest, entries: readonly ArchiveEntry[]): void {
  const expected = new Map(manifest.entries.map(entry => [entry.path, entry]))
  for (const { path, bytes, sha256 } of entries) {
    const entry = expected.get(path)
    if (entry?.sha256 !== sha256 || entry.bytes !== bytes) throw broken(file, `${path} is not what was backed up`)
    expected.delete(path)
  }
  const [missing] = expected.keys()
  if (missing !== undefined) throw broken(file, `${missing} is missing`)
  if (!entries.some(({ path }) => path === databaseNames[manifest.database.provider]))
    throw broken(file, 'it holds no database')
}

function checkVersions(file: string, { program, database }: BackupManifest): void {
  try {
    checkKnown(database.migrations)
  } catch (cause) {
    if (!(cause instanceof NewerDatabaseError)) throw cause
    throw new UserError(
      'backup/newer',
      `${file} was written by Fourstroke ${program}, whose database this program is too old for: update it first.`,
      { cause },
    )
  }
}

async function moveInto(dataFolder: string, staging: string): Promise<void> {
  for (const name of backedUpFolders) {
    if (existsSync(join(staging, name))) await rename(join(staging, name), join(dataFolder, name))
  }
}

/** What a killed restore has written there is written again: under a key stands the same as before. */
async function moveIntoBucket(objects: ObjectStore, staging: string): Promise<void> {
  await copyObjects(createFolderStore({ folder: staging, random: systemRandom }), objects)
}

async function moveDatabase(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error
    await copyFile(from, `${to}.unfinished`)
    await rename(`${to}.unfinished`, to)
  })
}

function failedRestore(error: unknown): never {
  if (error instanceof MissingProgramError) throw new UserError('backup/tools', undefined, { cause: error })
  throw error
}

const otherProvider = (provider: 'sqlite' | 'postgresql') =>
  new UserError(
    'restore/provider',
    provider === 'sqlite'
      ? 'This backup is of SQLite, and DATABASE_URL names PostgreSQL: leave it empty, or name a file.'
      : 'This backup is of PostgreSQL: set DATABASE_URL to an empty database, postgresql://…',
  )

const broken = (file: string, why: string, cause?: unknown) =>
  new UserError('backup/broken', `${file} cannot be restored: ${why}.`, { cause })
