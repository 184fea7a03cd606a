import type { EngineInfo } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { FileStore, Files } from '../images/fileStore.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { JobId, PersonId, PictureId, RoomId } from '../shared/ids.ts'
import type { JobState } from '../shared/jobStates.ts'
import { openStates } from '../shared/jobStates.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import { json } from '../shared/rowJson.ts'
import { newId, newSeed, type Random } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { Origin, Picture } from './picture.ts'
import type { PictureEvent } from './pictureEvents.ts'
import type { PictureOptions } from './pictureOptions.ts'
import { recipesOf } from './pictureOptions.ts'
import { isWhole, pictureOf, picturesOf, withJob } from './pictureRows.ts'
import { hasPreviews, type PictureRunner } from './pictureRunner.ts'

export interface Pictures {
  /**
   * Writes one row per picture, then hands them to the engine, then resolves: whoever is told of a picture can rely on
   * its row. `chat` is written in the same transaction.
   */
  request(by: PersonId, origin: Origin, wish: PictureOptions, chat?: ChatReplyTarget): Promise<RequestedPictures>
  /** The same options again as a new job (a new seed unless `sameSeed`). */
  again(
    by: PersonId,
    of: PictureId,
    change?: Partial<PictureOptions> & { readonly sameSeed?: boolean },
    chat?: ChatReplyTarget,
  ): Promise<RequestedPictures>
  find(id: PictureId): Promise<Picture | null>
  ofJob(job: JobId): Promise<Picture[]>
  /** Newest first. */
  ofFrame(room: RoomId, frameId: string, limit: number): Promise<Picture[]>
  ofPerson(person: PersonId, limit: number, state?: JobState): Promise<Picture[]>
  /** Events of one job from now on, and first what is already true. Returns what stops it. */
  watch(job: JobId, listener: (event: PictureEvent) => void, options?: { previews?: boolean }): () => void
  /** Only the owner's own; those that are finished stay. */
  cancel(job: JobId, by: PersonId): Promise<void>
  /** Removes rows and, when nothing else resolver them, files. Only the owner's own. */
  remove(job: JobId, by: PersonId): Promise<void>
  readonly files: Files
}

export interface RequestedPictures {
  readonly job: JobId
  readonly pictures: readonly Picture[]
}

export interface QueueLimits {
  /** Pictures that one person may have waiting or running. */
  readonly perPerson: number
  readonly overall: number
}
export const defaultQueueLimits: QueueLimits = { perPerson: 16, overall: 256 }

export interface PicturesOptions {
  readonly info: EngineInfo
  readonly client: PrismaClient
  readonly files: FileStore
  readonly events: Emitter<JobId, PictureEvent>
  readonly runner: PictureRunner
  readonly resolver: StyleResolver
  readonly workers: WorkerRegistry
  readonly now: () => Date
  readonly random: Random
  readonly limits: QueueLimits
  readonly onBug: (error: unknown) => void
  /** What was deleted is in no file any more. */
  scrub(): Promise<void>
}

export function createPictures(options: PicturesOptions): Pictures {
  const { info, client, files, events, runner, resolver, workers, now, random, limits, onBug, scrub } = options
  /** Counting what waits and adding to it is one act. */
  const oneAtATime = limitConcurrency(1)

  const find = async (id: PictureId) => {
    const row = await client.picture.findUnique({ where: { id }, include: withJob })
    return row && isWhole(row) ? pictureOf(row) : null
  }
  const ofJob = async (job: JobId) => {
    const rows = await client.picture.findMany({ where: { jobId: job }, include: withJob, orderBy: { index: 'asc' } })
    return picturesOf(rows)
  }
  /** Throws unless this person asked. */
  async function checkOwner(job: JobId, by: PersonId): Promise<void> {
    const row = await client.job.findUnique({ where: { id: job }, select: { ownerId: true } })
    if (!row) throw new UserError('picture/missing')
    if (row.ownerId !== by) throw new UserError('picture/not-yours')
  }

  const pictures: Pictures = {
    files,
    find,
    ofJob: ofJob,

    async request(by, origin, wish, chat) {
      const styles = await resolver.resolve(by, wish.styles ?? [])
      const recipes = recipesOf(wish, info.model, styles, () => newSeed(random))
      const previews = wish.previews ?? hasPreviews(origin)
      const first = await runner.prepare(recipes[0]!, by, previews)
      if (wish.parent !== undefined && !(await find(wish.parent))) throw new UserError('picture/missing')

      const requestedAt = now()
      const id = newId<JobId>(random)
      const rows = await oneAtATime(() =>
        client.$transaction(async within => {
          const waiting = await within.picture.count({ where: { state: { in: openStates } } })
          if (waiting + recipes.length > limits.overall) throw new UserError('queue/full')
          const yours = await within.picture.count({ where: { state: { in: openStates }, job: { ownerId: by } } })
          if (yours + recipes.length > limits.perPerson) throw new UserError('queue/yours')

          await workers.heartbeat(within)
          await within.job.create({
            data: {
              ...{ id, origin, requestedAt, ownerId: by, parentId: wish.parent ?? null },
              ...(wish.frame && { roomId: wish.frame.room, frameId: wish.frame.frameId }),
            },
          })
          await within.picture.createMany({
            data: recipes.map((recipe, index) => ({
              ...{ id: newId<PictureId>(random), jobId: id, index, state: 'queued' as const, workerId: workers.id },
              ...{ recipe: json(recipe), image: recipe.image ?? null },
            })),
          })
          if (chat) await within.chatReply.create({ data: { jobId: id, createdAt: requestedAt, ...chat } })
          return within.picture.findMany({ where: { jobId: id }, include: withJob, orderBy: { index: 'asc' } })
        }),
      )
      // One image serves them all; they differ in their seed.
      rows.forEach((row, index) => {
        runner.start(row, { ...first, seed: recipes[index]!.seed })
      })
      return { job: id, pictures: rows.map(pictureOf) }
    },

    async again(by, of, { sameSeed = false, ...change } = {}, chat) {
      const row = await client.picture.findUnique({
        where: { id: of },
        include: { job: { include: { _count: { select: { pictures: true } } } } },
      })
      if (!row || !isWhole(row)) throw new UserError('picture/missing')
      const { prompt, seed, steps, guidance, width, height, image, strength, styles } = pictureOf(row).recipe
      const { origin, roomId, frameId, _count } = row.job
      const wish = {
        ...{ prompt, steps, guidance, width, height, count: _count.pictures, parent: of },
        ...(sameSeed && { seed }),
        ...(image !== undefined && { image }),
        ...(strength !== undefined && { strength }),
        // As they are now, but for the very same picture.
        ...(styles && {
          styles: styles.map(({ style, weight, version }) => ({ style, weight, ...(sameSeed && { version }) })),
        }),
        ...(roomId !== null && frameId !== null && { frame: { room: roomId, frameId } }),
        ...change,
      } as PictureOptions // a room's id comes out of its own column
      return pictures.request(by, chat ? 'chat' : origin, wish, chat)
    },

    async ofFrame(room, frameId, limit) {
      const rows = await client.picture.findMany({
        where: { job: { roomId: room, frameId } },
        include: withJob,
        orderBy: [{ job: { requestedAt: 'desc' } }, { index: 'desc' }],
        take: limit,
      })
      return picturesOf(rows)
    },

    async ofPerson(person, limit, state) {
      const rows = await client.picture.findMany({
        where: { job: { ownerId: person }, ...(state && { state }) },
        include: withJob,
        orderBy: [{ job: { requestedAt: 'desc' } }, { index: 'desc' }],
        take: limit,
      })
      return picturesOf(rows)
    },

    watch(job, listener, { previews = false } = {}) {
      const ended = new Set<PictureId>()
      const early: PictureEvent[] = runner.progressOf(job)
      let isTold = false
      let isStopped = false

      const tell = (event: PictureEvent) => {
        const picture = event.type === 'ended' ? event.picture.id : event.picture
        if (isStopped || ended.has(picture)) return
        if (event.type === 'ended') ended.add(picture)
        if (event.type === 'stepped' && !previews) {
          const { preview: _, ...step } = event
          listener(step)
        } else listener(event)
      }
      const stop = events.on(job, event => (isTold ? tell(event) : early.push(event)))

      // What is being painted here is known at once; what has ended, or is painted elsewhere, the rows know.
      void ofJob(job)
        .then(known => {
          isTold = true
          for (const event of early) tell(event)
          for (const picture of known) {
            if (!openStates.some(state => state === picture.state)) tell({ type: 'ended', picture })
          }
        })
        .catch(onBug)

      return () => {
        isStopped = true
        stop()
      }
    },

    async cancel(job, by) {
      await checkOwner(job, by)
      const open = await client.picture.findMany({ where: { jobId: job, state: { in: openStates } } })
      const ids = open.map(({ id }) => id)
      await client.picture.updateMany({
        where: { id: { in: ids }, state: { in: openStates } },
        data: { state: 'cancelled', finishedAt: now() },
      })
      runner.stop(ids)
      for (const picture of await ofJob(job)) {
        if (picture.state === 'cancelled' && ids.includes(picture.id)) events.emit(job, { type: 'ended', picture })
      }
    },

    async remove(job, by) {
      await pictures.cancel(job, by)
      const rows = await client.picture.findMany({ where: { jobId: job }, select: { file: true, image: true } })
      await client.job.deleteMany({ where: { id: job } })
      await files.collect(new Set(rows.flatMap(({ file, image }) => [file, image]).filter(hash => hash !== null)))
      await scrub().catch(onBug)
    },
  }
  return pictures
}
