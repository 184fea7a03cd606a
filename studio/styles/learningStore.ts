import type { LearnRequest } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { type ErrorPayload, errorText, UserError } from '../../protocol/errors.ts'
import { fitForLearning } from '../images/imageCodec.ts'
import { asPersonId, type LearningId, type PersonId, type StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { json, jsonList, stringsIn } from '../shared/rowJson.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { CurvePoint } from './learning.ts'
import { type LearningRow, learningRow, stillOpen } from './learningRow.ts'
import { readStylePicture, type StyleFolders, stylePaths } from './styleFolders.ts'

/** What is written down about learnings while they run: their rows, and their checkpoints in the style's folder. */
export interface LearningStore {
  find(id: LearningId): Promise<LearningRow | null>
  /** What the engine needs to learn, or to go on from the last checkpoint. `side`: of the model's pictures. */
  readRequest(row: LearningRow, owner: PersonId, side: number): Promise<LearnRequest>
  markRunning(row: LearningRow, steps: number): Promise<void>
  saveCheckpoint(row: LearningRow, step: number, curve: readonly CurvePoint[], checkpoint: Uint8Array): Promise<void>
  markFailed(row: LearningRow, failure: ErrorPayload): Promise<void>
  removeCheckpoint(row: LearningRow): Promise<void>
  /**
   * Open learnings whose workers have died, and those of this worker that are so old that it should have begun with them,
   * oldest first. Those that it runs are among them.
   */
  findOrphans(): Promise<{ row: LearningRow; owner: PersonId }[]>
  /** Makes a learning this worker's, or resolves with null: somebody else was quicker, or it is over. */
  claim(row: LearningRow, change: { interrupts: number; modelHash: string }): Promise<LearningRow | null>
  /** Puts back what this worker had, for the next start. */
  release(): Promise<void>
}

/** Rows of the database and files in the folders of styles. */
export function createLearningStore({
  client,
  folders,
  workers,
  now,
}: {
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly workers: WorkerRegistry
  readonly now: () => Date
}): LearningStore {
  const styleExists = async (style: StyleId) => (await client.style.count({ where: { id: style } })) > 0
  const removeCheckpoint = ({ styleId, id }: LearningRow) => folders.remove(styleId, stylePaths.checkpoint(id))

  /** The pictures that are still there, in the order in which they were when learning began. */
  async function readPictures(
    { styleId, pictures: ids }: LearningRow,
    side: number,
  ): Promise<LearnRequest['pictures']> {
    const known = await client.stylePicture.findMany({ where: { styleId, id: { in: [...ids] } } })
    const captions = new Map(known.map(({ id, caption }) => [id, caption]))
    const pictures: LearnRequest['pictures'][number][] = []
    for (const id of ids) {
      const caption = captions.get(id)
      const file = caption === undefined ? null : await readStylePicture(folders, styleId, id)
      if (file) pictures.push({ picture: await fitForLearning(file, side), caption: caption ?? '' })
    }
    if (pictures.length === 0) throw new UserError('style/pictures-few')
    return pictures
  }

  return {
    removeCheckpoint,

    async find(id) {
      const row = await client.learning.findUnique({ where: { id } })
      return row && learningRow(row)
    },

    async readRequest(row, owner, side) {
      const { examplePrompts } = await client.style.findUniqueOrThrow({ where: { id: row.styleId } })
      const prompts = stringsIn(examplePrompts)
      const checkpoint = await folders.read(row.styleId, stylePaths.checkpoint(row.id))
      return {
        owner,
        pictures: await readPictures(row, side),
        recipe: row.recipe,
        ...(checkpoint && { resume: checkpoint }),
        ...(prompts.length > 0 && { examplePrompts: prompts }),
      }
    },

    async markRunning(row, steps) {
      const data = { state: 'running' as const, startedAt: row.startedAt ?? now(), steps }
      await client.learning.updateMany({ where: stillOpen(row), data })
    },

    async saveCheckpoint(row, step, curve, checkpoint) {
      try {
        await folders.write(row.styleId, stylePaths.checkpoint(row.id), checkpoint)
      } catch (error) {
        // Deleted while it was written: its folder was pulled away from under it.
        if (await styleExists(row.styleId)) throw error
        return folders.remove(row.styleId)
      }
      const data = { step, curve: jsonList(curve), interrupts: 0 }
      const { count } = await client.learning.updateMany({ where: stillOpen(row), data })
      if (count > 0) return
      // Cancelled or deleted meanwhile: then nothing of it may stay.
      await ((await styleExists(row.styleId)) ? removeCheckpoint(row) : folders.remove(row.styleId))
    },

    async markFailed(row, failure) {
      const data = {
        ...{ state: 'failed' as const, summary: errorText(failure), failure: json(failure), finishedAt: now() },
      }
      const { count } = await client.learning.updateMany({ where: stillOpen(row), data })
      if (count > 0) await removeCheckpoint(row)
    },

    async findOrphans() {
      const lost = [{ workerId: null }, { workerId: { in: await workers.findDead() } }]
      const mine = { workerId: workers.id, requestedAt: { lt: workers.strayBefore() } }
      const rows = await client.learning.findMany({
        where: { state: { in: openStates }, OR: [...lost, mine] },
        include: { style: { select: { ownerId: true } } },
        orderBy: { requestedAt: 'asc' },
      })
      // Prisma reads a learning and its style one after the other: a style that is gone by then has been deleted.
      return rows
        .filter(({ style }) => style !== null)
        .map(({ style, ...row }) => ({ row: learningRow(row), owner: asPersonId(style.ownerId) }))
    },

    async claim(row, change) {
      const data = { ...change, workerId: workers.id, state: 'queued' as const }
      const { count } = await client.learning.updateMany({ where: stillOpen(row), data })
      return count === 0 ? null : { ...row, ...data }
    },

    async release() {
      const mine = { workerId: workers.id, state: { in: openStates } }
      await client.learning.updateMany({ where: mine, data: { state: 'queued', workerId: null } })
    },
  }
}
