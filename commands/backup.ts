import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, rootFolder } from '../config.ts'
import { backUp } from '../studio/backup/backup.ts'
import { restore } from '../studio/backup/restore.ts'
import { type ObjectStore, openObjects } from '../studio/objects/index.ts'
import { systemRandom } from '../studio/shared/secrets.ts'
import { checkInput, checkOutput } from './files.ts'

/** Writes database and files into one file, while the program runs. */
export async function backup(file: string, options: { files: boolean }, config: Config): Promise<void> {
  await checkOutput(resolve(file))
  await withBucket(config, async objects => {
    const { dataFolder, databaseUrl } = config
    const given = { dataFolder, databaseUrl, file: resolve(file), objects, withFiles: options.files }
    const { files, bytes, missing, filesStayIn } = await backUp({ ...given, program: version() })
    if (filesStayIn === null) console.log(`Backed up the database and ${files} files, ${megabytes(bytes)}, to ${file}.`)
    else console.log(`Backed up the database, ${megabytes(bytes)}, to ${file}. Its files stay in ${filesStayIn}.`)
    if (missing > 0) console.log(`${missing} files that pictures name were not in ${objects?.where ?? dataFolder}.`)
  })
}

/** Puts a backup into an empty data folder. */
export async function restoreBackup(file: string, config: Config): Promise<void> {
  if (existsSync(file)) await checkInput(file, { code: 'backup/broken', hint: 'name a file that `backup` wrote' })
  await withBucket(config, async objects => {
    const { dataFolder, databaseUrl } = config
    const restored = await restore({ dataFolder, databaseUrl, objects, file: resolve(file) })
    const { files, bytes, createdAt, program, filesStayIn } = restored
    const to = objects ? `, the files into ${objects.where}` : ''
    if (filesStayIn === null)
      console.log(`Restored the database and ${files} files, ${megabytes(bytes)}, into ${dataFolder}${to}.`)
    else
      console.log(
        `Restored the database into ${dataFolder}. Its files were not in the backup: they were in ${filesStayIn}; set STORAGE to where they are now.`,
      )
    console.log(`Backed up on ${createdAt} by Fourstroke ${program}.`)
  })
}

/** Opens the bucket, if there is one, and sees that it works. */
async function withBucket(
  { dataFolder, bucket }: Config,
  work: (objects: ObjectStore | null) => Promise<void>,
): Promise<void> {
  if (bucket === null) return work(null)
  const objects = await openObjects({ dataFolder, bucket, random: systemRandom })
  try {
    await objects.check()
    await work(objects)
  } finally {
    objects.close()
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

function version(): string {
  // npm does not let a package be without one.
  return (JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8')) as { version: string }).version
}
