import { join } from 'node:path'
import { openDatabase } from '../../prisma/database.ts'
import { makeFolder } from '../../prisma/makeFolder.ts'
import { NewerDatabaseError } from '../../prisma/migrate.ts'
import { UserError } from '../../protocol/errors.ts'
import { createFiles } from '../images/fileStore.ts'
import { type BucketLocation, openObjects } from '../objects/index.ts'
import type { Person } from '../people/person.ts'
import type { PersonId } from '../shared/ids.ts'
import { systemRandom } from '../shared/secrets.ts'
import { createStyleFolders } from '../styles/styleFolders.ts'
import { type ErasureCounts, erasePerson } from './erase.ts'
import { type ExportCounts, exportPerson } from './exportPerson.ts'
import { findPerson } from './findPerson.ts'

/** What an operator does for somebody who asks what is known about them, or wants to be forgotten. Needs no engine. */
export interface PersonalData {
  /** By id, Discord id, or name where only one person has it. */
  find(reference: string): Promise<Person>
  export(person: PersonId, folder: string): Promise<ExportCounts>
  erase(person: PersonId): Promise<ErasureCounts>
  close(): Promise<void>
}

/** Opens database and data folder, beside a running program or without one. */
export async function openPersonalData(options: {
  readonly databaseUrl: string
  readonly dataFolder: string
  readonly bucket?: BucketLocation | null
}): Promise<PersonalData> {
  const { databaseUrl, dataFolder, bucket = null } = options
  const random = systemRandom
  const database = await openDatabase(databaseUrl).catch((cause: unknown) => {
    const code = cause instanceof NewerDatabaseError ? 'database/newer' : 'database/unusable'
    throw new UserError(code, cause instanceof NewerDatabaseError ? cause.message : undefined, { cause })
  })
  const { client, provider, scrub, close } = database
  const folder = join(dataFolder, 'files')
  makeFolder(folder)
  const now = () => new Date()
  const objects = await openObjects({ dataFolder, bucket, random })
  const files = await createFiles({ objects, incoming: join(folder, 'incoming'), client, now })
  const folders = createStyleFolders(objects)
  const isPostgresql = provider === 'postgresql'
  return {
    find: reference => findPerson(client, reference),
    export: (person, to) => exportPerson({ client, files, folders }, person, to),
    erase: person => erasePerson({ client, isPostgresql, files, folders, now, random, scrub }, person),
    async close() {
      objects.close()
      await close()
    },
  }
}
