import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { KnownFiles } from './styleFolders.ts'

/** What the rows of a style name of its files; null: there is no such style. */
export async function knownFilesOf(client: PrismaClient, style: StyleId): Promise<KnownFiles | null> {
  const row = await client.style.findUnique({
    where: { id: style },
    select: {
      pictures: { select: { id: true } },
      versions: { select: { number: true } },
      learnings: { where: { state: { in: openStates } }, select: { id: true } },
    },
  })
  return (
    row && {
      pictures: new Set(row.pictures.map(({ id }) => id)),
      versions: new Set(row.versions.map(({ number }) => String(number))),
      learnings: new Set(row.learnings.map(({ id }) => id)),
    }
  )
}
