import { hostname } from 'node:os'
import { join } from 'node:path'
import qrcode from 'qrcode-generator'
import type { RunningBot } from '../bot/start.ts'
import { type Config, rootFolder } from '../config.ts'
import { type EngineInfo, type EngineOptions, type LoadingProgress, loadingAfter } from '../engine/index.ts'
import { loadingText } from '../language/loading.ts'
import { createLog, errorReporter, type Log } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { openLoadingServer } from '../server/loadingServer.ts'
import type { RunningServer } from '../server/start.ts'
import { describeWhere } from '../studio/objects/bucketProblems.ts'
import type { Studio } from '../studio/studio.ts'
import { createBotStart } from './botStart.ts'
import { lockData } from './dataLock.ts'
import { openEngines } from './engines.ts'
import { checkDataFolder } from './files.ts'
import { openFramePosts } from './framePosts.ts'
import { createLoadingLines } from './loading.ts'
import { watchProcessErrors } from './processErrors.ts'
import { services as allServices, type Service } from './services.ts'
import { openSharing } from './sharing.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import { startEngine } from './startEngine.ts'

const host = '0.0.0.0'

export type StartOptions = Pick<EngineOptions, 'warmUp' | 'inspectPort' | 'forkEngine' | 'restart'> & {
  /** All if left out. */
  readonly services?: ReadonlySet<Service>
}

/** Brings everything up in the order in which it depends on each other, says so, and takes it down in reverse on Ctrl-C. */
export async function start(
  { services = new Set(allServices), ...options }: StartOptions,
  config: Config,
): Promise<void> {
  const log = createLog(config.log)
  const shutdown = createShutdown(log)
  const end = () => void shutdown.close().finally(() => process.exit(1))
  const processErrors = watchProcessErrors({
    process,
    log,
    end,
  })
  endOnSignals(shutdown, log)
  try {
    if (services.size === 1 && services.has('engine')) return await startEngine(options, { config, shutdown, log })
    await checkDataFolder(config.dataFolder)
    await lockData(config)
    const lines = createLoadingLines()
    let reported: { readonly progress: LoadingProgress; readonly at: number } | null = null
    const progress = () => reported && loadingAfter(reported.progress, performance.now() - reported.at)
    const loadingServer = services.has('server')
      ? await openLoadingServer({ port: config.server.port, host }, language => loadingText(language, progress()))
      : null
    shutdown.add('loading page', async () => loadingServer?.close())
    const shared = { port: loadingServer?.port ?? null, log: log.child({ name: 'cluster' }) }
    const sharing = config.cluster && (await openSharing(config.cluster, shared))
    shutdown.add('share of Redis', async () => sharing?.close())
    // The engine's process loads its model while this one loads the modules of the rest and the database.
    const engines = openEngines({
      config,
      hasEngine: services.has('engine'),
      options: {
        ...options,
        waitsForMemory: true,
        onLoading(now) {
          reported = { progress: now, at: performance.now() }
          lines.onLoading(now)
        },
      },
      log,
    })
    engines.engine.then(lines.end, lines.end)
    shutdown.add('engine', engines.close)
    const onBotEnd = (reason: string) => {
      log.fatal(`The program ends, because its bot cannot go on: ${reason}`)
      end()
    }
    const botConfig = services.has('bot') ? config : { ...config, discord: null }
    const cluster = sharing?.bot ?? null
    const bots = createBotStart(botConfig, { log: log.child({ name: 'bot' }), onEnd: onBotEnd, progress, cluster })
    const [{ openStudio }, { friends, strangers, withStorage }, { strangersBlockedWords }, { startServer }] =
      await Promise.all([
        import('../studio/index.ts'),
        import('../studio/studio.ts'),
        import('../studio/moderation/blockedWords.ts'),
        import('../server/start.ts'),
      ])
    const opening = openStudio({
      engine: engines.engine,
      onChat: bots.onChat,
      databaseUrl: config.databaseUrl,
      dataFolder: config.dataFolder,
      bucket: config.bucket,
      resume: services.has('worker') ? 'all' : 'none',
      operators: config.operators,
      styleLimits: config.styleLimits,
      log: log.child({ name: 'studio' }),
      budgets: withStorage(config.isPublic ? strangers : friends, config.storage),
      ...(sharing && { budgetStore: sharing.budgetStore }),
      blockedWords: config.blockedWords ?? (config.isPublic ? strangersBlockedWords : []),
      minFreeBytes: config.storage.freeBytes,
      retireAfterDays: config.retireAfterDays,
    })
    const studioOpening = sharing ? sharing.join(opening, describeFiles(config)) : opening
    let opened: Studio | null = null
    shutdown.add('studio', async () => opened?.close())
    const starting = bots.start(studioOpening)
    shutdown.add('bot', bots.close)
    const studio = await studioOpening
    opened = studio
    const framePosts = openFramePosts(config, { studio, log: log.child({ name: 'bot' }) })
    shutdown.add('sending to Discord', async () => framePosts?.close())
    const server =
      loadingServer &&
      (await startServer({
        studio,
        port: loadingServer.port,
        host,
        takePort: () => loadingServer.close(),
        publicUrl: config.server.publicUrl,
        trustProxy: config.server.trustProxy,
        signIn: config.signIn,
        framePosts,
        activity: config.discord?.hasActivity && config.signIn ? { ...config.discord, ...config.signIn } : null,
        metricsAccess: config.metrics,
        cluster: sharing?.holders ? { holders: sharing.holders, secret: sharing.secret } : null,
        isPublic: config.isPublic,
        pagesFolder: join(rootFolder, 'dist', 'web'),
        processErrors,
        log: log.child({ name: 'server' }),
      }))
    if (server) {
      shutdown.add('server', () => server.close())
      if (sharing) server.readiness.add({ name: 'redis', examine: sharing.problem })
      bots.onServer(server)
    }
    console.log(describeStart({ config: botConfig, server, info: studio.engine, bot: await starting }))
  } catch (error) {
    await shutdown.close()
    throw error
  }
}

/** What the terminal shows once everybody may come: where, by which model, and the code of the address for a phone. */
export function describeStart({
  config,
  server,
  info,
  bot,
}: {
  readonly config: Config
  readonly server: RunningServer | null
  readonly info: EngineInfo
  readonly bot: RunningBot | null
}): string {
  return [
    '',
    `  Fourstroke  ${server?.url ?? 'without a page'}`,
    ...(server?.addresses.slice(0, 1) ?? []).flatMap(url => [`  network     ${url}`, '', terminalCode(url), '']),
    `  model       ${info.model.name}, ${info.model.sizes.default.width} × ${info.model.sizes.default.height}`,
    `  device      ${info.deviceReason}`,
    `  database    ${describeDatabase(config.databaseUrl)}`,
    ...(config.bucket === null ? [] : [`  files       ${describeWhere(config.bucket)}`]),
    ...(server?.metricsUrl ? [`  figures     ${server.metricsUrl}/metrics`] : []),
    `  bot         ${describeBot(config, bot)}`,
    ...(bot ? [`  invite      ${bot.inviteUrl}`] : []),
    '',
    '  Ctrl-C stops it.',
    '',
  ].join('\n')
}

function describeBot({ cluster }: Config, bot: RunningBot | null): string {
  if (bot) return `on, as ${bot.name}${cluster ? ', together with other programs' : ''}`
  return 'off; set DISCORD_TOKEN to let it join (docs/discord.md)'
}

/** Whoever stops it twice does not want to wait. */
function endOnSignals(shutdown: Shutdown, log: Log): void {
  const guard = createGuard(errorReporter(log))
  let isEnding = false
  const end = guard('The program could not be ended', async () => {
    if (isEnding) process.exit(1)
    isEnding = true
    process.exit((await shutdown.close()) ? 0 : 1)
  })
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

/** Where files are, as the programs of a cluster compare it: a data folder is one program's own. */
const describeFiles = ({ bucket, dataFolder }: Config): string =>
  bucket === null ? `${hostname()}:${dataFolder}` : describeWhere(bucket)

/** Never shows a password. */
export function describeDatabase(url: string): string {
  if (url.startsWith('file:')) return `SQLite, ${url.slice('file:'.length)}`
  const { hostname, pathname } = new URL(url)
  return `PostgreSQL, ${pathname.slice(1)} on ${hostname}`
}

/** A QR code for the camera of a phone or tablet, indented like the lines around it. */
function terminalCode(url: string): string {
  const code = qrcode(0, 'L')
  code.addData(url)
  code.make()
  return code
    .createASCII(1, 1)
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n')
}
