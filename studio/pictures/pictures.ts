import type { EngineInfo, PaintRequest } from '../../engine/index.ts'
import { type Log, logError } from '../../logging.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { BudgetLimit, Budgets, Taken } from '../budgets/budgets.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { GuildGate } from '../guilds/guildGate.ts'
import type { FileStore, Files } from '../images/fileStore.ts'
import { filesOf, recipeIn, textsOf } from '../images/recipe.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { Emitter } from '../shared/emitter.ts'
import {
  asFileHash,
  asPictureId,
  asRoomId,
  type JobId,
  type PersonId,
  type PictureId,
  type RoomId,
} from '../shared/ids.ts'
import type { JobState } from '../shared/jobStates.ts'
import { openStates } from '../shared/jobStates.ts'
import { newSeed, type Random } from '../shared/secrets.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { JobQueue } from './jobQueue.ts'
import { withOutpaint } from './outpainted.ts'
import { type CreatePaintRequest, hasPreviews, stepCost } from './paintRequests.ts'
import type { Origin, Picture } from './picture.ts'
import type { PictureAccess } from './pictureAccess.ts'
import type { PictureEvent } from './pictureEvents.ts'
import type { PictureOptions } from './pictureOptions.ts'
import { recipesOf, resolveStyles } from './pictureOptions.ts'
import { isWhole, pictureOf, pictureRow, picturesOf, withJob } from './pictureRows.ts'
import type { PictureRunner } from './pictureRunner.ts'
import { extensionOf, optionsOf, prefixOf } from './recipeOptions.ts'
import { createJobWatch, type WatchJob } from './watchJob.ts'

/** Pictures that people request: durable, in a queue, each with its recipe. */
export interface Pictures extends PictureAccess {
  /**
   * Writes one row per picture, then hands them to the engine, then resolves: whoever is told of a picture can rely on
   * its row. `chat` is written in the same transaction.
   */
  request(by: PersonId, origin: Origin, options: PictureOptions, chat?: ChatReplyTarget): Promise<RequestedPictures>
  /**
   * The same options again as a new job (a new seed unless `sameSeed`), or with changes: `endStep` gives what was believed
   * after that step, `upscale` a second pass, `variation` a picture near it, `outpaint` extends the picture itself.
   */
  again(
    by: PersonId,
    of: PictureId,
    change?: PictureChange & { readonly sameSeed?: boolean },
    chat?: ChatReplyTarget,
  ): Promise<RequestedPictures>
  /**
   * Goes on from step `fromStep` of a picture with another prompt, seed, style, guidance or regions; its first steps are
   * those of the picture, bit by bit. What is undefined in `change` is left out from there on.
   */
  branch(
    by: PersonId,
    of: PictureId,
    fromStep: number,
    change?: PictureChange,
    chat?: ChatReplyTarget,
  ): Promise<RequestedPictures>
  find(id: PictureId): Promise<Picture | null>
  ofJob(job: JobId): Promise<Picture[]>
  /** Newest first. */
  ofFrame(room: RoomId, frameId: string, limit: number): Promise<Picture[]>
  ofPerson(person: PersonId, limit: number, state?: JobState): Promise<Picture[]>
  readonly watch: WatchJob
  /** Only the owner's own; those that are finished stay. */
  cancel(job: JobId, by: PersonId): Promise<void>
  /** Removes rows and, when nothing else uses them, files. Only the owner's own. */
  remove(job: JobId, by: PersonId): Promise<void>
  readonly files: Files
}

/** What is different from a picture's recipe; undefined takes away what it says. */
export type PictureChange = { readonly [K in keyof PictureOptions]?: PictureOptions[K] | undefined }

/** A job that has just been written down. */
export interface RequestedPictures {
  readonly job: JobId
  readonly pictures: readonly Picture[]
}

/** What pictures are requested with and painted by. */
export interface PicturesOptions {
  readonly info: EngineInfo
  readonly client: PrismaClient
  readonly files: FileStore
  readonly events: Emitter<JobId, PictureEvent>
  readonly queue: JobQueue
  readonly runner: PictureRunner
  readonly resolver: StyleResolver
  readonly createRequest: CreatePaintRequest
  readonly access: PictureAccess
  readonly budgets: Budgets
  readonly moderation: Moderation
  /** What Discord servers allow. */
  readonly gate: GuildGate
  readonly now: () => Date
  readonly random: Random
  readonly log: Log
  /** What was deleted is in no file any more. */
  scrub(): Promise<void>
}

/** What people do with pictures. */
export function createPictures(options: PicturesOptions): Pictures {
  const { info, client, files, events, queue, runner, resolver, createRequest, access, budgets } = options
  const { moderation, gate, now, random, log, scrub } = options

  const find = async (id: PictureId) => {
    const row = await client.picture.findUnique({ where: { id }, include: withJob })
    return row && isWhole(row) ? pictureOf(pictureRow(row)) : null
  }
  const ofJob = async (job: JobId) => {
    const rows = await client.picture.findMany({ where: { jobId: job }, include: withJob, orderBy: { index: 'asc' } })
    return picturesOf(rows)
  }
  /** Throws unless this person requested it. */
  async function checkOwner(job: JobId, by: PersonId): Promise<void> {
    const row = await client.job.findUnique({ where: { id: job }, select: { ownerId: true } })
    if (!row) throw new UserError('picture/missing')
    if (row.ownerId !== by) throw new UserError('picture/not-yours')
  }

  /** Room in the queue for each, and on the disk for what comes of it: about a byte for each pixel. */
  async function takeAll(
    by: PersonId,
    request: PaintRequest,
    limits: readonly (readonly BudgetLimit[])[],
  ): Promise<Taken[]> {
    const bytes = request.width * request.height * (request.upscale ? 4 : 1)
    const all: Taken[] = []
    try {
      for (const own of limits) all.push(await budgets.take(by, { steps: stepCost(request, info.model), bytes }, own))
      return all
    } catch (error) {
      for (const taken of all) await taken.undo()
      throw error
    }
  }

  const pictures: Pictures = {
    ...access,
    files,
    find,
    ofJob,
    watch: createJobWatch({ runner, events, ofJob, log }),

    async request(by, origin, requested, chat) {
      const options = await withOutpaint(requested, by, files)
      const resolved = await resolveStyles(options, styles => resolver.resolve(by, styles))
      const recipes = recipesOf(resolved, info.model, () => newSeed(random))
      await moderation.checkAllowed(by, { room: options.frame?.room, guild: chat?.guildId ?? undefined })
      await moderation.checkTexts(by, textsOf(recipes[0]!), chat?.guildId ?? undefined)
      const guildLimits = await gate.admit(by, chat, recipes)
      const first = await createRequest(recipes[0]!, by, requestOptions(options, origin))
      if (options.parent !== undefined && !(await find(options.parent))) throw new UserError('picture/missing')
      const taken = await takeAll(by, first, guildLimits)
      const { id, rows } = await queue.add({ owner: by, origin, recipes, options, chat }).catch(async error => {
        for (const one of taken) await one.undo()
        throw error
      })
      // One image serves them all; they differ in their seed.
      rows.forEach((row, index) => {
        const { seed, variation } = recipes[index]!
        runner.start(row, { ...first, seed, ...(variation && { variation }) }, taken[index]!)
      })
      return { job: id, pictures: rows.map(pictureOf) }
    },

    async again(by, of, { sameSeed = false, ...change } = {}, chat) {
      const row = await client.picture.findUnique({
        where: { id: of },
        include: { job: { include: { _count: { select: { pictures: true } } } } },
      })
      if (!row || !isWhole(row)) throw new UserError('picture/missing')
      const recipe = recipeIn(row.recipe)
      const { origin, roomId, frameId, _count } = row.job
      const painted = optionsOf(recipe, { same: sameSeed })
      if (change.outpaint && row.file === null) throw new UserError('picture/unfinished')
      const options = withChange(
        {
          ...(change.outpaint ? extensionOf(painted, asFileHash(row.file!)) : painted),
          ...{ count: _count.pictures, parent: of },
          // Those of a job need not follow each other: people choose them.
          ...(sameSeed && _count.pictures > 1 && !recipe.variation && { seeds: await seedsOf(client, row.job.id) }),
          // A room's id comes out of its own column.
          ...(roomId !== null && frameId !== null && { frame: { room: asRoomId(roomId), frameId } }),
        },
        change,
      )
      return pictures.request(by, chat ? 'chat' : origin, options, chat)
    },

    async branch(by, of, fromStep, change = {}, chat) {
      const parent = await find(of)
      if (!parent) throw new UserError('picture/missing')
      const { recipe, origin } = parent
      // Its first steps could not be the same.
      if (recipe.modelHash !== info.model.hash) throw new UserError('picture/model')
      const prefix = prefixOf(recipe, fromStep)
      const options = withChange(optionsOf(recipe, { same: true }), { ...change, parent: of, prefix })
      return pictures.request(by, chat ? 'chat' : origin, options, chat)
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

    async cancel(job, by) {
      await checkOwner(job, by)
      const open = await client.picture.findMany({ where: { jobId: job, state: { in: openStates } } })
      const ids = open.map(({ id }) => asPictureId(id))
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
      const all = await ofJob(job)
      await client.job.deleteMany({ where: { id: job } })
      await files.collect(new Set(all.flatMap(({ file, recipe }) => [...(file ? [file] : []), ...filesOf(recipe)])))
      await scrub().catch(logError(log, 'Deleted rows could not be scrubbed'))
    },
  }
  return pictures
}

/** Whoever names seeds has seen where they lead: their pictures go on from there. */
function requestOptions({ previews, seeds }: PictureOptions, origin: Origin) {
  return { previews: previews ?? hasPreviews(origin), reusesSteps: seeds !== undefined }
}

async function seedsOf(client: PrismaClient, job: string): Promise<number[]> {
  const rows = await client.picture.findMany({ where: { jobId: job }, orderBy: { index: 'asc' } })
  return rows.map(({ recipe }) => recipeIn(recipe).seed)
}

/** `change` was given by the caller of a verb above: what it takes away may be left out, but the prompt. */
function withChange(options: PictureOptions, change: PictureChange): PictureOptions {
  // Where ink lay speaks of the image that it lay on.
  const image = change.image === undefined ? {} : { inkMask: undefined }
  const entries = Object.entries({ ...options, ...image, ...change }).filter(([, value]) => value !== undefined)
  return { prompt: '', ...Object.fromEntries(entries) }
}
