import { access, constants } from 'node:fs/promises'
import type { ClusterFindings, Reached } from '../cluster/index.ts'
import type { ClusterConfig, Config } from '../config.ts'
import type { EngineInfo } from '../engine/index.ts'
import { describeLearning, openEngine } from '../engine/index.ts'
import { createLog } from '../logging.ts'
import { describeDifference } from '../prisma/clock.ts'
import { openDatabase } from '../prisma/database.ts'
import { makeFolder } from '../prisma/makeFolder.ts'
import { NewerDatabaseError } from '../prisma/migrate.ts'
import { describeDatabaseProblem } from '../prisma/problems.ts'
import { describeDuration } from '../protocol/durations.ts'
import { errorText, UserError } from '../protocol/errors.ts'
import { openObjects } from '../studio/objects/index.ts'
import { systemRandom } from '../studio/shared/secrets.ts'
import { createLoadingLines } from './loading.ts'
import { describeDatabase } from './start.ts'

/** How one part of the program is: healthy with its details, or not with the reason. */
type Finding<T> = ({ readonly healthy: true } & T) | { readonly healthy: false; readonly reason: string }

/** What people will wait for here; null where nothing was measured, or learning is short. */
interface Expectations {
  readonly pictureMs: number | null
  readonly learning: string | null
}

interface Report {
  readonly node: string
  readonly engine: Finding<EngineInfo & Expectations>
  readonly data: Finding<{ readonly folder: string }>
  readonly storage: Finding<{ readonly where: string; readonly ms: number }>
  readonly database: Finding<{
    readonly where: string
    /** What is wrong with this machine's clock; null: nothing. */
    readonly clock: string | null
    readonly migratedNow: readonly string[]
    readonly pictures: number
    readonly rooms: number
  }>
  /** null: this machine is alone. */
  readonly cluster: Finding<ClusterFindings> | null
  readonly bot: { readonly on: boolean; readonly api: string | null; readonly publicUrl: string | null }
}

/** Looks at everything that a start needs, and says what it found. True when a start would succeed. */
export async function doctor(options: { json?: boolean }, config: Config): Promise<boolean> {
  const report: Report = {
    node: process.version,
    engine: await finding(() => examineEngine(config)),
    data: await finding(() => examineData(config.dataFolder)),
    storage: await finding(() => examineStorage(config)),
    database: await finding(() => examineDatabase(config.databaseUrl)),
    cluster: config.cluster && (await finding(() => examineOthers(config.cluster!))),
    bot: {
      on: config.discord !== null,
      api: config.discord?.api ?? null,
      publicUrl: config.server.publicUrl,
    },
  }
  console.log(options.json ? JSON.stringify(report, null, 2) : describe(report))
  const { engine, data, storage, database, cluster } = report
  return engine.healthy && data.healthy && storage.healthy && database.healthy && isReachable(cluster)
}

async function finding<T>(examine: () => Promise<T>): Promise<Finding<T>> {
  try {
    return { healthy: true, ...(await examine()) }
  } catch (error) {
    const reason =
      error instanceof UserError ? errorText(error) : error instanceof Error ? error.message : String(error)
    return { healthy: false, reason }
  }
}

async function examineEngine(config: Config): Promise<EngineInfo & Expectations> {
  const { onLoading, end } = createLoadingLines()
  const engine = await openEngine({ ...config.engine, onLoading, log: createLog(config.log) }).finally(end)
  const { info } = engine
  const { sizes, defaults } = info.model
  const { ms: pictureMs } = engine.estimate({ prompt: '', seed: 0, ...defaults, ...sizes.default })
  const { figures } = engine.estimateLearning(usualPictures)
  await engine.close()
  return { ...info, pictureMs, learning: engine.styleLayout && figures && describeLearning(figures) }
}

/** That a style is learned from. */
const usualPictures = 10

async function examineData(folder: string) {
  makeFolder(folder)
  await access(folder, constants.W_OK)
  return { folder }
}

/** Writes, lists, reads and removes a trial object. */
async function examineStorage({ dataFolder, bucket }: Config) {
  const objects = await openObjects({ dataFolder, bucket, random: systemRandom })
  const began = performance.now()
  try {
    await objects.check()
    return { where: objects.where, ms: Math.round(performance.now() - began) }
  } finally {
    objects.close()
  }
}

async function examineDatabase(url: string) {
  const { client, migrated, clock, close } = await openDatabase(url).catch((cause: unknown) => {
    if (cause instanceof NewerDatabaseError) throw cause
    const reason = describeDatabaseProblem(cause, url)
    throw new UserError('database/unusable', `The database cannot be used (${reason}): check DATABASE_URL.`, { cause })
  })
  try {
    return {
      where: describeDatabase(url),
      clock: describeDifference(clock),
      migratedNow: migrated,
      pictures: await client.picture.count(),
      rooms: await client.room.count(),
    }
  } finally {
    await close()
  }
}

async function examineOthers({ redisUrl, secret }: ClusterConfig): Promise<ClusterFindings> {
  const { examineCluster } = await import('../cluster/index.ts')
  return examineCluster(redisUrl, secret)
}

function describeCluster(cluster: Finding<ClusterFindings>): string[] {
  if (!cluster.healthy) return [`Cluster   ${cluster.reason}`]
  const { version, engines, servers } = cluster
  const places = (all: readonly Reached[]) => all.map(({ url }) => url).join(', ')
  const counts = [
    engines.length === 0 ? 'no engine has announced itself' : `engines at ${places(engines)}`,
    ...(servers.length === 0 ? [] : [`servers at ${places(servers)}`]),
  ]
  return [`Cluster   Redis ${version}; ${counts.join('; ')}`, ...unreachable(cluster).map(line => `          ${line}`)]
}

const isReachable = (cluster: Finding<ClusterFindings> | null): boolean =>
  cluster === null || (cluster.healthy && unreachable(cluster).length === 0)

/** Programs that nobody can reach from here, as sentences. */
function unreachable({ engines, servers }: ClusterFindings): string[] {
  const of = (what: string, all: readonly Reached[]) =>
    all.flatMap(({ url, problem }) =>
      problem === null
        ? []
        : [
            `the ${what} at ${url} cannot be reached from here (${problem}): correct NODE_URL there, or let the network between pass`,
          ],
    )
  return [...of('engine', engines), ...of('server', servers)]
}

function describe({ node, engine, data, storage, database, cluster, bot }: Report): string {
  return [
    `Node      ${node}`,
    ...(engine.healthy ? describeEngine(engine) : [`Engine    ${engine.reason}`]),
    `Data      ${data.healthy ? data.folder : data.reason}`,
    `Storage   ${storage.healthy ? `${storage.where}: written, listed, read and deleted in ${storage.ms} ms` : storage.reason}`,
    `Database  ${database.healthy ? `${database.where}: ${database.pictures} pictures, ${database.rooms} rooms; ${describeMigrations(database.migratedNow)}` : database.reason}`,
    ...(database.healthy && database.clock !== null ? [`          ${database.clock}`] : []),
    ...(cluster ? describeCluster(cluster) : []),
    `Bot       ${bot.on ? `on, speaks to ${bot.api}` : 'off: DISCORD_TOKEN is not set (docs/discord.md)'}`,
    `Links     ${bot.publicUrl === null ? 'none in chat: PUBLIC_URL is not set' : `start with ${bot.publicUrl}`}`,
  ].join('\n')
}

function describeMigrations(migratedNow: readonly string[]): string {
  return migratedNow.length === 0 ? 'up to date' : `migrated now: ${migratedNow.join(', ')}`
}

function describeEngine(engine: EngineInfo & Expectations): string[] {
  const { model, deviceReason, providers, batches, warmUpMs, ignored, pictureMs, learning } = engine
  const { sizes } = model
  return [
    `Model     ${model.name}, ${model.folder}`,
    ...(model.lcmLora ?? []).map(file => `          with the LoRA ${file} in its weights`),
    `          ${model.prediction}, export generation ${model.generation} (timestep ${generations[model.generation]}), guidance embedding: ${model.guidanceEmbedding ? 'yes' : 'no'}`,
    ...(model.isInpainting
      ? ['          trained to inpaint: it sees the mask and what lies around it; without a mask all is painted anew']
      : []),
    `          ${sizes.default.width} × ${sizes.default.height} pixels, sides from ${sizes.min} to ${sizes.max} in steps of ${sizes.multiple}`,
    ...model.parts.flatMap(part => [
      `  ${part.part}  ${part.precision}, ${(part.bytes / 1e6).toFixed(1)} MB`,
      ...part.inputs.map(value => `    in   ${value.name}  ${value.type} [${value.shape.join(', ')}]`),
      ...part.outputs.map(value => `    out  ${value.name}  ${value.type} [${value.shape.join(', ')}]`),
    ]),
    `Device    ${deviceReason}`,
    ...providers.map(
      provider => `  ${provider.device.padEnd(7)} ${provider.taken ? 'taken' : 'not taken'}: ${provider.reason}`,
    ),
    `          batches of ${batches.join(', ')}; warm after ${Math.round(warmUpMs)} ms`,
    ...(pictureMs === null ? [] : [`          a picture takes about ${describeDuration(pictureMs)}`]),
    ...(learning === null ? [] : [`          a style of ${usualPictures} pictures: ${learning}`]),
    ...ignored.map(setting => `  ignored ${setting}`),
  ]
}

const generations = { A: 'float [batch]', B: 'int64 [1]', C: 'int64 scalar, edited to a vector' } as const
