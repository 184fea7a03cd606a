/**
 * A bucket, or folder of one, holds the files of one database: what that does not name is swept away. So each bucket says
 * whose it is, and no other database uses it.
 */
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { newId, type Random } from '../shared/secrets.ts'
import type { ObjectStore } from './objectStore.ts'

const key = 'owner/database'

/** What buckets know this database by; drawn once. */
export async function installationOf(options: {
  readonly client: PrismaClient
  readonly random: Random
  readonly now?: Date
}): Promise<string> {
  const { client, random, now = new Date() } = options
  const read = () => client.installation.findFirst()
  const draw = () => client.installation.create({ data: { id: newId(random), createdAt: now } })
  // Two programs may begin at once: one of them draws.
  const row = (await read()) ?? (await draw().catch(() => read()))
  if (!row) throw new Error('Expected the database to keep the id of this installation')
  return row.id
}

/** Of which database the files in a bucket are; null: nobody has said. */
async function ownerOf(objects: ObjectStore): Promise<string | null> {
  const bytes = await objects.read(key)
  return bytes && new TextDecoder().decode(bytes)
}

/** @throws UserError where the files are another database's. */
export async function checkOwner(objects: ObjectStore, installation: string): Promise<void> {
  if (!objects.isShared) return
  const owner = await ownerOf(objects)
  if (owner !== null && owner !== installation) throw new UserError('start/other-database', otherOwner(objects))
}

/** Makes a bucket that is nobody's this database's. @throws UserError where it is another's. */
export async function claimObjects(objects: ObjectStore, installation: string): Promise<void> {
  if (!objects.isShared) return
  if ((await ownerOf(objects)) === null) await objects.write(key, new TextEncoder().encode(installation))
  // Another may have done the same at the same time.
  await checkOwner(objects, installation)
}

/** Makes a bucket this database's, whosever it was. */
export async function takeObjects(objects: ObjectStore, installation: string): Promise<void> {
  await objects.write(key, new TextEncoder().encode(installation))
}

function otherOwner({ where }: ObjectStore): string {
  const loss = 'and what this database does not name would be swept away'
  const cure =
    'correct DATABASE_URL or STORAGE, or name a folder of its own (s3://bucket/folder); if the other database is gone, run `fourstroke storage claim`'
  return `The files in ${where} are those of another database, ${loss}: ${cure}.`
}
