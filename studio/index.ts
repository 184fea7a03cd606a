import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, StyleEngine } from '../engine/index.ts'
import { createLog, type Log, logError } from '../logging.ts'
import type { PrismaClient } from '../prisma/client/sqlite/client.ts'
import { type Clock, describeDifference } from '../prisma/clock.ts'
import { type Database, openDatabase } from '../prisma/database.ts'
import { makeFolder } from '../prisma/makeFolder.ts'
import { NewerDatabaseError } from '../prisma/migrate.ts'
import { describeDatabaseProblem } from '../prisma/problems.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { createActivities } from './activities/activities.ts'
import { removeOldStaging } from './backup/staging.ts'
import type { BudgetStore } from './budgets/budgetStore.ts'
import { createMemoryStore } from './budgets/budgetStore.ts'
import { type Budgets, createBudgets } from './budgets/budgets.ts'
import { type BudgetProfile, friends } from './budgets/profiles.ts'
import { type Chat, createChat } from './chat/chatReplies.ts'
import { createGuildOffice } from './guilds/index.ts'
import { createFiles } from './images/fileStore.ts'
import { createAudit } from './moderation/audit.ts'
import { createBlockedWords } from './moderation/blockedWords.ts'
import { type CheckPicture, createModeration } from './moderation/moderation.ts'
import { refuseStopped } from './moderation/refuseStopped.ts'
import { createStopWatch } from './moderation/stopWatch.ts'
import { checkOwner, claimObjects, installationOf } from './objects/bucketOwner.ts'
import { type BucketLocation, type ObjectStore, openObjects } from './objects/index.ts'
import { createGuilds } from './people/guilds.ts'
import { createPeople } from './people/people.ts'
import { isGuest } from './people/person.ts'
import { createErasureWatch, finishErasures } from './personalData/erase.ts'
import { createOwnData } from './personalData/ownData.ts'
import { createFavorites } from './pictures/favorites.ts'
import { createJobQueue } from './pictures/jobQueue.ts'
import { createLive } from './pictures/livePictures.ts'
import { paintRequestFactory } from './pictures/paintRequests.ts'
import { createPictureAccess } from './pictures/pictureAccess.ts'
import type { PictureEvent } from './pictures/pictureEvents.ts'
import { createPictureRunner } from './pictures/pictureRunner.ts'
import { createPictureStore } from './pictures/pictureStore.ts'
import { createPictures } from './pictures/pictures.ts'
import { createPromptReader } from './pictures/promptReader.ts'
import { createSketches } from './pictures/sketches.ts'
import { takeTurns } from './pictures/turns.ts'
import { createPosts } from './posts/posts.ts'
import { createRooms } from './rooms/rooms.ts'
import { createDurableWrites } from './shared/durableWrites.ts'
import { createEmitter } from './shared/emitter.ts'
import { createHealthChecks } from './shared/healthChecks.ts'
import type { JobId, PersonId } from './shared/ids.ts'
import type { JobState } from './shared/jobStates.ts'
import { newId, type Random, systemRandom } from './shared/secrets.ts'
import { createUsage } from './shared/usage.ts'
import { createWorkerRegistry, type WorkerRegistry } from './shared/workers.ts'
import { createIncoming } from './storage/incoming.ts'
import { type RetirementDays, retire } from './storage/retirement.ts'
import { createStorage, createStoredAmounts } from './storage/storage.ts'
import type { Statistics, Studio } from './studio.ts'
import { type Access, createAccess } from './styles/access.ts'
import { createStyles, defaultStyleLimits } from './styles/index.ts'
import type { StyleLimits } from './styles/style.ts'
import { knownFilesOf } from './styles/styleFiles.ts'
import { createStyleFolders } from './styles/styleFolders.ts'
import { createStyleResolver } from './styles/styleResolver.ts'

/** What a studio is built on. */
export interface StudioOptions {
  /** It may still be starting: the database is opened meanwhile. */
  readonly engine: (Engine & StyleEngine) | Promise<Engine & StyleEngine>
  /** `file:<path>` or `postgresql://…` */
  readonly databaseUrl: string
  readonly dataFolder: string
  /** Where images and the files of styles are. Default: in the data folder. */
  readonly bucket?: BucketLocation | null
  /**
   * `all`: finishes what programs that died have left behind, now and later. `none`: minds its own pictures only, as the
   * command line does beside a running server.
   */
  readonly resume: 'all' | 'none'
  readonly now?: () => Date
  readonly random?: Random
  /** What people and addresses may take. Default: for friends. */
  readonly budgets?: BudgetProfile
  /** Where that is counted. Default: in this process. */
  readonly budgetStore?: BudgetStore
  /** Words and patterns that are not painted here (moderation/blockedWords.ts). Default: none. */
  readonly blockedWords?: readonly string[]
  /** Looks at finished pictures before anybody sees them, beside the model's own safety checker. Default: nobody. */
  readonly checkPicture?: CheckPicture
  /** After how many days without use rooms, pictures and guests go. Default: never. */
  readonly retireAfterDays?: RetirementDays
  readonly styleLimits?: StyleLimits
  /** People who may disable styles everywhere: ids of Discord accounts or of people here. */
  readonly operators?: readonly string[]
  /** How long a program may be silent until others take over its pictures. */
  readonly leaseMs?: number
  /** How long a query on SQLite waits for another program's transaction before it fails; 10 s if left out. */
  readonly busyTimeoutMs?: number
  /** A disk with less than that is said to be full. */
  readonly minFreeBytes?: number
  /** Told as soon as the database is open: an engine may still load for a minute, and whoever speaks to it meanwhile is written down. */
  readonly onChat?: ((chat: Chat) => void) | undefined
  /** Told of every error that no person can mend; standard error if left out. */
  readonly log?: Log
}

/** Room for some thousand pictures, and for the database to tidy up. */
const defaultMinFreeBytes = 256 * 2 ** 20

/** Opens the database and the data folder, takes over what dead workers left, and composes the parts of the studio. */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { log = createLog(), operators = [], dataFolder, minFreeBytes = defaultMinFreeBytes } = options
  const folder = join(dataFolder, 'files')
  const database = await openFolderAndDatabase(folder, { ...options, log })
  const { client, scrub, clock } = database
  const { resume, random = systemRandom, now = clock.now, leaseMs = 15_000 } = options
  const objects = await openObjects({ dataFolder, bucket: options.bucket ?? null, random })
  const workers = createWorkerRegistry({ client, id: newId(random), now, leaseMs })
  const stopBeating = mind({ client, clock, workers, leaseMs, log })
  try {
    await workers.heartbeat(client)
    const installation = await openInstallation(objects, { client, random, now })
    const chat = createChat({ client, now, workers })
    options.onChat?.(chat)
    const { budgets, storage, admit } = createAllowances({ ...options, client, folder, minFreeBytes })
    const engine = takeTurns(await options.engine, budgets.paintedAtOnce)
    const usage = createUsage({ client, now })
    const incoming = join(folder, 'incoming')
    const files = await createFiles({ objects, incoming, client, now, admit })
    const folders = createStyleFolders(objects)
    const events = createEmitter<JobId, PictureEvent>(logError(log, 'Nobody could be told of a picture'))
    const access = createAccess({ client, now, operators })
    const stops = createStopWatch(client)
    const hasSafetyChecker = engine.info.model.hasSafetyChecker
    const { moderation, audit, gate, guildOffice } = createRules({
      ...{ options, client, budgets, access, hasSafetyChecker, now, random, stopped: stops.look },
    })
    const guilds = createGuilds({ client, now, isOperator: access.isOperator })
    const resolver = createStyleResolver({ engine, client, access })
    const createRequest = paintRequestFactory({
      info: engine.info,
      files,
      resolver,
      ...{ partyOf: budgets.partyOf, isChecked: moderation.checksPictures },
    })
    const store = createPictureStore({ client, workers, now })
    const queue = createJobQueue({ client, workers, now, random })
    const writes = createDurableWrites(log)
    const runner = createPictureRunner({
      ...{ engine, store, files, writes, events, resolver, createRequest, budgets, moderation, resume, log },
    })
    const styleWorks = createStyles({
      ...{ engine, client, files, folders, access, resolver, workers, writes, now, random, resume, log, scrub },
      ...{ budgets, moderation, audit, admit },
      limits: options.styleLimits ?? defaultStyleLimits,
    })
    const recover = async () => {
      await runner.recover()
      await styleWorks.recover()
      await workers.removeDead()
    }
    const pictureAccess = createPictureAccess({ client, random, usage, isOperator: access.isOperator })
    const sweep = sweepOf({ ...{ client, files, folders, usage, now, objects, installation }, ...options })

    const erasureTools = {
      ...{ client, isPostgresql: database.provider === 'postgresql', files, folders, now, random, scrub },
    }
    const erasures = createErasureWatch(erasureTools)

    await stopBeating()
    await recover()
    if (resume === 'all') await finishErasures(erasureTools)
    const notSwept = logError(log, 'What nobody needs any more could not be removed')
    const firstSweep = resume === 'all' ? sweep().catch(notSwept) : null
    const stopSweeping = resume === 'all' ? every(sweepMs, sweep, notSwept, sweepAfterKillMs) : null
    const stopMinding = mind({ client, clock, workers, leaseMs, log, recover, looks: [erasures.look, stops.look] })

    const pictures = createPictures({
      ...{ info: engine.info, client, files, events, queue, runner, resolver, createRequest, access: pictureAccess },
      ...{ budgets, moderation, gate, now, random, log, scrub },
    })
    const exports = join(dataFolder, 'exports')
    if (resume === 'all') await rm(exports, { recursive: true, force: true })

    const rooms = refuseStopped(
      createRooms({
        ...{ client, budgets, usage, files, now, random, checkAllowed: moderation.checkAllowed },
        mayRead: async (by, file) => (await files.has(file)) && (await pictureAccess.mayRead(by, file)),
      }),
      ['create'],
      moderation,
    )

    return {
      ...{ installation, engine: engine.info },
      load: () => engine.load(),
      checks: createHealthChecks({ client, objects, load: () => engine.load(), ...{ dataFolder, minFreeBytes } }),
      onQuery: database.onQuery,
      onErased: erasures.onErased,
      onStopped: stops.onStopped,
      // A stop does not end by becoming a part of somebody else.
      people: refuseStopped(createPeople({ client, now, random }), ['join', 'rename'], moderation),
      pictures,
      ownData: createOwnData({
        ...{ ...erasureTools, folder: exports, look: erasures.look, cancelJob: pictures.cancel },
        cancelLearning: (style, by) => styleWorks.styles.cancel(by, style),
      }),
      favorites: createFavorites({ client, now }),
      sketches: createSketches({
        ...{ engine, resolver, createRequest, budgets, moderation, gate, random, find: pictures.find },
      }),
      live: createLive({ engine, client, files, resolver, createRequest, budgets, moderation, now, random }),
      rooms,
      activities: createActivities({ client, rooms, now }),
      posts: createPosts({ budgets, moderation, gate }),
      moderation,
      budgets,
      storage,
      incoming: createIncoming({ folder: incoming, random }),
      seen: person => usage.person(person),
      styles: styleWorks.styles,
      guilds,
      guildOffice,
      chat,
      readPrompt: createPromptReader(engine.info.model),
      statistics: () => readStatistics(client),
      async close() {
        await stopMinding()
        await firstSweep
        await stopSweeping?.()
        await usage.flush().catch(notSwept)
        writes.close()
        await Promise.all([runner.close(), styleWorks.close()])
        await workers.unregister()
        objects.close()
        await database.close()
      },
    }
  } catch (error) {
    await stopBeating()
    await workers.unregister().catch(() => undefined)
    objects.close()
    await database.close()
    throw error
  }
}

/** Removes what nobody needs any more: leftovers of uploads, what nobody used for too long, files without a row. */
function sweepOf(options: SweepOptions) {
  const { client, files, folders, usage, now, objects, installation, dataFolder, retireAfterDays } = options
  return async (): Promise<void> => {
    await checkOwner(objects, installation)
    await removeOldStaging(dataFolder)
    await usage.flush()
    if (retireAfterDays) await retire({ client, files, days: retireAfterDays, now: now() })
    await files.sweep()
    await folders.sweep(style => knownFilesOf(client, style))
  }
}

interface SweepOptions extends Pick<StudioOptions, 'dataFolder' | 'retireAfterDays'> {
  readonly client: PrismaClient
  readonly files: Awaited<ReturnType<typeof createFiles>>
  readonly folders: ReturnType<typeof createStyleFolders>
  readonly usage: ReturnType<typeof createUsage>
  readonly now: () => Date
  readonly objects: ObjectStore
  readonly installation: string
}

/** What this database is known by; a bucket works, and holds no other's files. */
async function openInstallation(
  objects: ObjectStore,
  { now, ...database }: { readonly client: PrismaClient; readonly random: Random; readonly now: () => Date },
): Promise<string> {
  if (objects.isShared) await objects.check()
  const installation = await installationOf({ ...database, now: now() })
  await claimObjects(objects, installation)
  return installation
}

/**
 * Keeps this worker alive in the database, and sees what other programs have done there; returns what ends it. An engine may
 * load for minutes, and what is begun meanwhile is this program's already: then it does no more than say that it is alive.
 */
function mind(options: {
  readonly client: PrismaClient
  readonly clock: Clock
  readonly workers: WorkerRegistry
  readonly leaseMs: number
  readonly log: Log
  readonly recover?: () => Promise<void>
  readonly looks?: readonly (() => Promise<void>)[]
}): () => Promise<void> {
  const { client, clock, workers, leaseMs, log, recover, looks = [] } = options
  let hasWarned = false
  return every(
    leaseMs / 3,
    async () => {
      const hasSlept = workers.isLeaseExpired()
      await clock.compare()
      const difference = describeDifference(clock)
      if (difference !== null && !hasWarned) log.warn(`${difference} What is written there goes by the database's.`)
      hasWarned = difference !== null
      await workers.heartbeat(client)
      // After a laptop has slept, everybody seems dead: the others are given time to say that they are not.
      if (!hasSlept) await recover?.()
      for (const look of looks) await look()
    },
    logError(log, 'The heartbeat failed'),
  )
}

const brokenJsonMessage =
  'A row of the database holds text that is not JSON, and is read as if it were empty: restore a backup if it is missed'

/** @throws UserError in one sentence, with the cure, when either cannot be used. */
async function openFolderAndDatabase(
  folder: string,
  { log, ...options }: StudioOptions & { readonly log: Log },
): Promise<Database> {
  try {
    makeFolder(folder)
  } catch (cause) {
    const message = `The data folder ${options.dataFolder} cannot be written (${(cause as Error).message}): set FOURSTROKE_DATA to one that can.`
    throw new UserError('data/unwritable', message, { cause })
  }
  const reported = new Set<string>()
  const onBrokenJson = (column: string) => {
    if (!reported.has(column)) log.error({ column }, brokenJsonMessage)
    reported.add(column)
  }
  return openDatabase(options.databaseUrl, { ...options, onBrokenJson }).catch((cause: unknown) => {
    if (cause instanceof NewerDatabaseError) throw new UserError('database/newer', cause.message, { cause })
    throw new UserError(
      'database/unusable',
      `The database cannot be used (${describeDatabaseProblem(cause, options.databaseUrl)}): check DATABASE_URL.`,
      {
        cause,
      },
    )
  })
}

/** What people may take and store. */
function createAllowances(
  options: Pick<StudioOptions, 'budgets' | 'budgetStore'> & {
    readonly client: PrismaClient
    readonly folder: string
    readonly minFreeBytes: number
  },
) {
  const { client, folder, minFreeBytes } = options
  const amounts = createStoredAmounts({ client })
  const budgets = createBudgets({
    store: options.budgetStore ?? createMemoryStore(),
    profile: options.budgets ?? friends,
    stored: amounts,
    isGuest: async person => isGuest(await client.person.findUnique({ where: { id: person } })),
  })
  const storage = createStorage({ folder, floor: minFreeBytes, amounts })
  return {
    budgets,
    storage,
    async admit(by: PersonId, bytes: number) {
      await storage.checkFree()
      return budgets.take(by, { bytes })
    },
  }
}

/** What is not painted, by whom and where: for the studio, and for each Discord server. */
function createRules({
  options,
  client,
  budgets,
  access,
  hasSafetyChecker,
  stopped,
  now,
  random,
}: {
  readonly options: Pick<StudioOptions, 'blockedWords' | 'checkPicture'>
  readonly client: PrismaClient
  readonly budgets: Budgets
  readonly access: Access
  readonly hasSafetyChecker: boolean
  readonly stopped: () => Promise<void>
  readonly now: () => Date
  readonly random: Random
}) {
  const { checkOperator, isOperator } = access
  const audit = createAudit({ client, now, random })
  const moderation = createModeration({
    ...{ client, budgets, audit, now, random, checkOperator, hasSafetyChecker, stopped },
    blockedWords: createBlockedWords(options.blockedWords ?? []),
    check: options.checkPicture ?? null,
  })
  const isChecked = moderation.checksPictures
  return { moderation, audit, ...createGuildOffice({ client, audit, isOperator, isChecked, now }) }
}

/** How much there is of everything: a handful of quick queries. */
async function readStatistics(client: PrismaClient): Promise<Statistics> {
  const [pictures, learnings, people, rooms] = await Promise.all([
    client.picture.groupBy({ by: ['state'], _count: true }),
    client.learning.groupBy({ by: ['state'], _count: true }),
    client.person.count(),
    client.room.count(),
  ])
  return { pictures: byState(pictures), learnings: byState(learnings), people, rooms }
}

/** Counts of rows by their state, with a 0 where there is none. */
function byState(counts: readonly { state: JobState; _count: number }[]): Record<JobState, number> {
  const all = { queued: 0, running: 0, finished: 0, failed: 0, cancelled: 0 }
  for (const { state, _count } of counts) all[state] = _count
  return all
}
const sweepMs = 60 * 60 * 1000
/** By then, what a program that was killed was writing is old enough to be told from what others write. */
const sweepAfterKillMs = 45_000

/** Again and again, never two at once. Returns what stops it, once the last one is done. */
function every(
  ms: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
  firstMs = ms,
): () => Promise<void> {
  const guard = createGuard((_, error) => onError(error))
  let running: Promise<void> = Promise.resolve()
  let isStopped = false
  const tick = guard('What is to be done regularly could not be done', () => {
    running = work()
      .catch(onError)
      .then(() => {
        if (!isStopped) timer = setTimeout(tick, ms).unref()
      })
  })
  let timer = setTimeout(tick, firstMs).unref()
  return () => {
    isStopped = true
    clearTimeout(timer)
    return running
  }
}
