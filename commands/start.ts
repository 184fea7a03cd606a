import { join } from 'node:path'
import type { RunningBot } from '../bot/start.ts'
import { type Config, rootFolder } from '../config.ts'
import { openEngine } from '../engine/index.ts'
import { createLog, type Log, logError } from '../logging.ts'
import type { RunningServer } from '../server/start.ts'
import type { Studio } from '../studio/studio.ts'
import { watchProcessErrors } from './processErrors.ts'

/** After an error that may have broken something, whatever does not close by itself is given up. */
const closeTimeoutMs = 10_000

export interface StartOptions {
  readonly warmUp: boolean
  /** Port for a debugger of the engine's process. */
  readonly inspectEngine?: number
}

/** Brings everything up in the order in which it depends on each other, says so, and takes it down in reverse on Ctrl-C. */
export async function start({ warmUp, inspectEngine }: StartOptions, config: Config): Promise<void> {
  const disposers: (() => Promise<void>)[] = []
  const log = createLog(config.log)
  const close = closeOnce(disposers, log)
  const end = () => {
    setTimeout(() => process.exit(1), closeTimeoutMs).unref()
    void close().finally(() => process.exit(1))
  }
  const processErrors = watchProcessErrors({
    process,
    log,
    end,
  })
  try {
    // The engine's process loads its model while this one loads the modules of the rest and the database.
    const opening = openEngine({
      ...config.engine,
      warmUp,
      inspectPort: inspectEngine,
      log: log.child({ name: 'engine' }),
    })
    disposers.push(() =>
      opening.then(
        engine => engine.close(),
        () => undefined,
      ),
    )
    opening.catch(() => undefined)
    const [{ openStudio }, { friends, strangers, withStorage }, { startServer }] = await Promise.all([
      import('../studio/index.ts'),
      import('../studio/studio.ts'),
      import('../server/start.ts'),
    ])
    const studio = await openStudio({
      engine: opening,
      databaseUrl: config.databaseUrl,
      dataFolder: config.dataFolder,
      resume: 'all',
      operators: config.operators,
      styleLimits: config.styleLimits,
      log: log.child({ name: 'studio' }),
      budgets: withStorage(config.isPublic ? strangers : friends, config.storage),
      minFreeBytes: config.storage.freeBytes,
      retireAfterDays: config.retireAfterDays,
    })
    disposers.push(() => studio.close())
    const server = await startServer({
      studio,
      port: config.server.port,
      host: '0.0.0.0',
      publicUrl: config.server.publicUrl,
      trustProxy: config.server.trustProxy,
      signIn: config.signIn,
      metricsAccess: config.metrics,
      pagesFolder: join(rootFolder, 'dist', 'web'),
      processErrors,
      log: log.child({ name: 'server' }),
    })
    disposers.push(() => server.close())
    const bot = await startBot(config, studio, server, {
      log: log.child({ name: 'bot' }),
      onEnd(reason) {
        log.fatal(`The program ends, because its bot cannot go on: ${reason}`)
        end()
      },
    })
    if (bot) disposers.push(() => bot.close())

    const info = studio.engine
    console.log(
      [
        '',
        `  Fourstroke  ${server.url}`,
        `  model       ${info.model.name}, ${info.model.sizes.default.width} × ${info.model.sizes.default.height}`,
        `  device      ${info.deviceReason}`,
        `  database    ${describeDatabase(config.databaseUrl)}`,
        ...(server.metricsUrl === null ? [] : [`  figures     ${server.metricsUrl}/metrics`]),
        `  bot         ${bot ? `on, as ${bot.name}` : 'off; set DISCORD_TOKEN to let it join (docs/discord.md)'}`,
        ...(bot ? [`  invite      ${bot.inviteUrl}`] : []),
        '',
        '  Ctrl-C stops it.',
        '',
      ].join('\n'),
    )
  } catch (error) {
    await close()
    throw error
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().then(() => process.exit(0)))
}

/** The bot, if it is set up; whether it is connected is one of the things that the program must have to be ready. */
async function startBot(
  config: Config,
  studio: Studio,
  server: RunningServer,
  given: { readonly log: Log; readonly onEnd: (reason: string) => void },
): Promise<RunningBot | null> {
  if (!config.discord) return null
  let bot: RunningBot | null = null
  server.readiness.add({
    name: 'bot',
    examine: () => (bot === null ? 'The bot is not connected to Discord yet.' : bot.problem()),
  })
  const { startBot: open } = await import('../bot/start.ts')
  bot = await open({ studio, ...config.discord, publicUrl: config.server.publicUrl, ...given })
  return bot
}

/** Closes in reverse order, whoever asks and however often; one part that fails to close does not keep the others open. */
function closeOnce(disposers: (() => Promise<void>)[], log: Log): () => Promise<void> {
  let closing: Promise<void> | undefined
  const closeAll = async () => {
    for (const dispose of disposers.reverse()) {
      await dispose().catch(logError(log, 'Something could not be closed'))
    }
  }
  return () => (closing ??= closeAll())
}

/** Never shows a password. */
export function describeDatabase(url: string): string {
  if (url.startsWith('file:')) return `SQLite, ${url.slice('file:'.length)}`
  const { hostname, pathname } = new URL(url)
  return `PostgreSQL, ${pathname.slice(1)} on ${hostname}`
}
