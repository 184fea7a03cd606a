import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, rootFolder } from '../config.ts'
import { backUp } from '../studio/backup/backup.ts'
import { restore } from '../studio/backup/restore.ts'
import { checkInput, checkOutput } from './files.ts'

/** Writes database and files into one file, while the program runs. */
export async function backup(file: string, { dataFolder, databaseUrl }: Config): Promise<void> {
  await checkOutput(resolve(file))
  const { files, bytes, missing } = await backUp({ dataFolder, databaseUrl, file: resolve(file), program: version() })
  console.log(`Backed up the database and ${files} files, ${megabytes(bytes)}, to ${file}.`)
  if (missing > 0) console.log(`${missing} files that pictures name were not in the data folder.`)
}

/** Puts a backup into an empty data folder. */
export async function restoreBackup(file: string, { dataFolder, databaseUrl }: Config): Promise<void> {
  if (existsSync(file)) await checkInput(file, { code: 'backup/broken', hint: 'name a file that `backup` wrote' })
  const { files, bytes, createdAt, program } = await restore({ dataFolder, databaseUrl, file: resolve(file) })
  console.log(`Restored the database and ${files} files, ${megabytes(bytes)}, into ${dataFolder}.`)
  console.log(`They were backed up on ${createdAt} by Fourstroke ${program}.`)
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

function version(): string {
  // npm does not let a package be without one.
  return (JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8')) as { version: string }).version
}
