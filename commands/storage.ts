import { bucketOf, type Config } from '../config.ts'
import { openDatabase } from '../prisma/database.ts'
import { UserError } from '../protocol/errors.ts'
import { checkOwner, claimObjects, installationOf, takeObjects } from '../studio/objects/bucketOwner.ts'
import { copyObjects } from '../studio/objects/copyObjects.ts'
import { type BucketLocation, type ObjectStore, openObjects } from '../studio/objects/index.ts'
import { systemRandom } from '../studio/shared/secrets.ts'

/**
 * Copies all images and files of styles to where `to` says (`folder`, or the text of a STORAGE setting). What was there
 * stays where it was; what is at the other place already is not copied again.
 */
export async function move(to: string, config: Config): Promise<void> {
  const target = placeNamed(to, config)
  if (JSON.stringify(target) === JSON.stringify(config.bucket)) {
    throw new UserError('options/invalid', `The files are there already (STORAGE): name another place than ${to}.`)
  }
  const [source, destination] = [await open(config, config.bucket), await open(config, target)]
  try {
    await Promise.all([source.check(), destination.check()])
    const installation = await readInstallation(config)
    await checkOwner(source, installation)
    await claimObjects(destination, installation)
    const { copied, bytes, there, damaged } = await copyObjects(source, destination, showProgress)
    console.log(`Copied ${copied} files, ${(bytes / 1e6).toFixed(1)} MB, from ${source.where} to ${destination.where}.`)
    if (there > 0) console.log(`${there} were there already.`)
    for (const key of damaged) console.log(`Not copied, because its bytes are not what its name says: ${key}`)
    console.log(nextSteps(to, source))
    if (damaged.length > 0) process.exitCode = 1
  } finally {
    source.close()
    destination.close()
  }
}

/** Says that the bucket in STORAGE belongs to the database in DATABASE_URL, whosever it was. */
export async function claim(config: Config): Promise<void> {
  if (config.bucket === null) {
    throw new UserError('options/invalid', 'STORAGE names no bucket: only a bucket belongs to a database.')
  }
  const objects = await open(config, config.bucket)
  try {
    await objects.check()
    await takeObjects(objects, await readInstallation(config))
    console.log(`What is in ${objects.where} belongs to this database from now on.`)
  } finally {
    objects.close()
  }
}

async function readInstallation({ databaseUrl }: Config): Promise<string> {
  const { client, close } = await openDatabase(databaseUrl)
  try {
    return await installationOf({ client, random: systemRandom })
  } finally {
    await close()
  }
}

/** null: the data folder. */
function placeNamed(to: string, { bucketCredentials }: Config): BucketLocation | null {
  if (to === 'folder') return null
  const place = bucketOf(to)
  if (place === null) {
    throw new UserError('options/invalid', `Expected folder or s3://bucket?endpoint=https://…, got ${to}.`)
  }
  return { ...place, credentials: bucketCredentials }
}

const open = ({ dataFolder }: Config, bucket: BucketLocation | null): Promise<ObjectStore> =>
  openObjects({ dataFolder, bucket, random: systemRandom })

function nextSteps(to: string, source: ObjectStore): string {
  const setting = to === 'folder' ? 'take STORAGE out of the settings' : `set STORAGE=${to}`
  return [
    `Then: stop Fourstroke, run this once more for what has come since, ${setting}, and start it.`,
    `What is in ${source.where} stays there: delete it when you have seen that all is well.`,
  ].join('\n')
}

const shownEvery = 500

function showProgress({ copied, bytes }: { readonly copied: number; readonly bytes: number }): void {
  if (copied % shownEvery === 0) console.error(`${copied} files, ${(bytes / 1e6).toFixed(0)} MB …`)
}
