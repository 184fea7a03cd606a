import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../protocol/errors.ts'
import { asJobId, asPersonId, asStyleId, type JobId, type PersonId, type StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { hashSecret, newSecret } from '../shared/secrets.ts'
import { type ErasureCounts, type ErasureTools, erasePerson } from './erase.ts'
import { type ExportTools, exportPerson } from './exportPerson.ts'
import { zipFolder } from './zipFolder.ts'

/** What people see and decide about everything that is stored of them. */
export interface OwnData {
  summary(by: PersonId): Promise<DataSummary>
  /** The secret of a link to everything of theirs, good for a day (128 bits; only its hash is stored). */
  newExportLink(by: PersonId): Promise<string>
  /** Whether a link leads to something. */
  isExportLink(secret: string): Promise<boolean>
  /** The zip behind a link, as it is now; null if the link is none or too old. Whoever reads it to its end, or gives up, frees its files. */
  openExport(secret: string): Promise<AsyncGenerator<Uint8Array> | null>
  /** `128x96`: of their pictures in chat when they name none; null: none of their own. */
  defaultSize(by: PersonId): Promise<string | null>
  setDefaultSize(by: PersonId, size: string | null): Promise<void>
  /** Ends what is under way for them and erases them (erase.ts). */
  erase(by: PersonId): Promise<ErasureCounts>
}

/** How much is stored of a person. */
export interface DataSummary {
  readonly pictures: number
  readonly styles: number
  readonly rooms: number
  /** Of images and pictures that are theirs. */
  readonly bytes: number
  readonly since: Date
}

/** How long a link to an export is good. */
export const exportLinkMs = 24 * 60 * 60 * 1000

/** Over the rows of the database and the data folder. */
export function createOwnData(
  options: ErasureTools &
    ExportTools & {
      /** For exports while they are read; what a killed program left there is removed. */
      readonly folder: string
      readonly cancelJob: (job: JobId, by: PersonId) => Promise<void>
      readonly cancelLearning: (style: StyleId, by: PersonId) => Promise<void>
      /** Lets go of whoever was erased. */
      readonly look: () => Promise<void>
    },
): OwnData {
  const { client, now, random, folder, cancelJob, cancelLearning, look } = options
  /** An export reads everything; one at a time is enough for anybody. */
  const exporting = new Set<PersonId>()

  async function* zipOf(person: PersonId): AsyncGenerator<Uint8Array> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const place = await mkdtemp(join(folder, 'export-'))
    try {
      await exportPerson(options, person, place)
      yield* zipFolder(place)
    } finally {
      exporting.delete(person)
      await rm(place, { recursive: true, force: true })
    }
  }

  /** Whose export a link leads to; null if it is none or too old. */
  async function personBehind(secret: string): Promise<PersonId | null> {
    const row = await client.exportLink.findUnique({ where: { secretHash: hashSecret(secret) } })
    const isGood = row !== null && now().getTime() - row.createdAt.getTime() <= exportLinkMs
    return isGood ? asPersonId(row.personId) : null // a row of people
  }

  return {
    async summary(by) {
      const { createdAt } = await client.person.findUniqueOrThrow({ where: { id: by }, select: { createdAt: true } })
      const [pictures, styles, rooms, stored] = await Promise.all([
        client.picture.count({ where: { job: { ownerId: by } } }),
        client.style.count({ where: { ownerId: by } }),
        client.member.count({ where: { personId: by } }),
        client.storedFile.aggregate({ where: { ownerId: by }, _sum: { bytes: true } }),
      ])
      return { pictures, styles, rooms, bytes: stored._sum.bytes ?? 0, since: createdAt }
    },

    async newExportLink(by) {
      const secret = newSecret(random)
      await client.exportLink.deleteMany({ where: { createdAt: { lte: new Date(now().getTime() - exportLinkMs) } } })
      await client.exportLink.create({ data: { secretHash: hashSecret(secret), personId: by, createdAt: now() } })
      return secret
    },

    isExportLink: async secret => (await personBehind(secret)) !== null,

    async openExport(secret) {
      const person = await personBehind(secret)
      if (person === null) return null
      if (exporting.has(person)) throw new UserError('export/running')
      exporting.add(person)
      return zipOf(person)
    },

    async defaultSize(by) {
      const row = await client.person.findUnique({ where: { id: by }, select: { defaultSize: true } })
      return row?.defaultSize ?? null
    },

    async setDefaultSize(by, size) {
      await client.person.update({ where: { id: by }, data: { defaultSize: size } })
    },

    async erase(by) {
      const state = { in: openStates }
      const jobs = await client.job.findMany({
        where: { ownerId: by, pictures: { some: { state } } },
        select: { id: true },
      })
      for (const { id } of jobs) await cancelJob(asJobId(id), by)
      const styles = await client.style.findMany({
        where: { ownerId: by, learnings: { some: { state } } },
        select: { id: true },
      })
      // One that ends by then need not be cancelled any more.
      for (const { id } of styles) await cancelLearning(asStyleId(id), by).catch(ignoreEnded)
      const counts = await erasePerson(options, by)
      await look()
      return counts
    },
  }
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof UserError && error.code === 'style/not-learning')) throw error
}
