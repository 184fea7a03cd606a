import type { PaintOutput } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { FileHash, PictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { json } from '../shared/rowJson.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import { isWhole, type PictureRow, pictureRow, withJob } from './pictureRows.ts'

/** What is written down about pictures while they are painted. */
export interface PictureStore {
  find(id: PictureId): Promise<PictureRow | null>
  markRunning(row: PictureRow): Promise<void>
  markFinished(row: PictureRow, file: FileHash, output: PaintOutput): Promise<void>
  markFailed(row: PictureRow, failure: ErrorPayload): Promise<void>
  /**
   * Open pictures whose workers have died, and those of this worker that are so old that it should have begun with them,
   * oldest first. Those that it paints are among them.
   */
  findOrphans(): Promise<PictureRow[]>
  /** Makes a picture this worker's, or resolves with null: somebody else was quicker, or it is over. */
  claim(row: PictureRow, interrupts: number): Promise<PictureRow | null>
  /** Puts back what this worker had, for the next start; nobody comes back for the command line's, which fail. */
  release(commandLineError: ErrorPayload): Promise<void>
}

/** The rows of pictures. */
export function createPictureStore({
  client,
  workers,
  now,
}: {
  readonly client: PrismaClient
  readonly workers: WorkerRegistry
  readonly now: () => Date
}): PictureStore {
  /** The row while it is open and held by whom we think: cancelled, removed and taken-over pictures stay as they are. */
  const stillOpen = ({ id, workerId }: PictureRow) => ({ id, workerId, state: { in: openStates } })

  return {
    async find(id) {
      const row = await client.picture.findUnique({ where: { id }, include: withJob })
      return row && isWhole(row) ? pictureRow(row) : null
    },

    async markRunning(row) {
      const data = { state: 'running' as const, startedAt: now() }
      await client.picture.updateMany({ where: stillOpen(row), data })
    },

    async markFinished(row, file, output) {
      const data = { state: 'finished' as const, file, output: json(output), finishedAt: now() }
      await client.picture.updateMany({ where: stillOpen(row), data })
    },

    async markFailed(row, failure) {
      const data = { state: 'failed' as const, failure: json(failure), finishedAt: now() }
      await client.picture.updateMany({ where: stillOpen(row), data })
    },

    async findOrphans() {
      const lost = [{ workerId: null }, { workerId: { in: await workers.findDead() } }]
      const mine = { workerId: workers.id, job: { requestedAt: { lt: workers.strayBefore() } } }
      const rows = await client.picture.findMany({
        where: { state: { in: openStates }, OR: [...lost, mine] },
        include: withJob,
        orderBy: [{ job: { requestedAt: 'asc' } }, { index: 'asc' }],
      })
      return rows.filter(isWhole).map(pictureRow)
    },

    async claim(row, interrupts) {
      const data = { workerId: workers.id, state: 'queued' as const, interrupts }
      const { count } = await client.picture.updateMany({ where: stillOpen(row), data })
      return count === 0 ? null : { ...row, ...data }
    },

    async release(commandLineError) {
      const mine = { workerId: workers.id, state: { in: openStates } }
      await client.picture.updateMany({
        where: { ...mine, job: { origin: 'commandLine' } },
        data: { state: 'failed', failure: json(commandLineError), finishedAt: now() },
      })
      await client.picture.updateMany({ where: mine, data: { state: 'queued', workerId: null } })
    },
  }
}
