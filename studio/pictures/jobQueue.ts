import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { type ChatReplyTarget, targetColumns } from '../chat/chatReplies.ts'
import { masksOf, type Recipe } from '../images/recipe.ts'
import type { JobId, PersonId, PictureId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { newId, type Random } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { Origin } from './picture.ts'
import type { PictureOptions } from './pictureOptions.ts'
import { type PictureRow, pictureRow, withJob } from './pictureRows.ts'

/** A job as it is to be written: who requests it, from where, and a recipe for each picture. */
export interface NewJob {
  readonly owner: PersonId
  readonly origin: Origin
  readonly recipes: readonly Recipe[]
  readonly options: Pick<PictureOptions, 'parent' | 'frame'>
  readonly chat: ChatReplyTarget | undefined
}

/** Writes jobs down. */
export interface JobQueue {
  /** One transaction: the job, a row for each of its pictures, and where in chat it is to be answered. */
  add(job: NewJob): Promise<{ id: JobId; rows: PictureRow[] }>
}

/** A queue in the database. */
export function createJobQueue({
  client,
  workers,
  now,
  random,
}: {
  readonly client: PrismaClient
  readonly workers: WorkerRegistry
  readonly now: () => Date
  readonly random: Random
}): JobQueue {
  return {
    async add({ owner, origin, recipes, options: { parent, frame }, chat }) {
      const requestedAt = now()
      const id = newId<JobId>(random)
      const rows = await client.$transaction(async within => {
        await workers.heartbeat(within)
        await within.job.create({
          data: {
            ...{ id, origin, requestedAt, ownerId: owner, parentId: parent ?? null },
            ...(frame && { roomId: frame.room, frameId: frame.frameId }),
          },
        })
        const pictures = recipes.map(recipe => ({ id: newId<PictureId>(random), recipe }))
        await within.picture.createMany({
          data: pictures.map(({ id: pictureId, recipe }, index) => ({
            ...{ id: pictureId, jobId: id, index, state: 'queued' as const, workerId: workers.id },
            ...{ recipe: json(recipe), image: recipe.image ?? null },
          })),
        })
        const masks = pictures.flatMap(({ id: pictureId, recipe }) => {
          return masksOf(recipe).map(hash => ({ pictureId, hash }))
        })
        if (masks.length > 0) await within.pictureMask.createMany({ data: masks })
        if (chat) {
          const reply = { jobId: id, createdAt: requestedAt, workerId: workers.id, ...targetColumns(chat) }
          await within.chatReply.create({ data: reply })
        }
        return within.picture.findMany({ where: { jobId: id }, include: withJob, orderBy: { index: 'asc' } })
      })
      return { id, rows: rows.map(pictureRow) }
    },
  }
}
