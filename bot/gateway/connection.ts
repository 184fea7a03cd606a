import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Client,
  DiscordAPIError,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayIntentBits,
  type Interaction,
  Options,
  Partials,
  type WebSocketOptions,
} from 'discord.js'
import { errorReporter, type Log, logError } from '../../logging.ts'
import { createGuard } from '../../protocol/guard.ts'
import { type Closure, closureOf, tokenRefused } from './closures.ts'
import { type GatewayEvent, type GatewayState, nextGatewayState, notConnected } from './gatewayState.ts'

/** A client of Discord's gateway, with one shard or with all. */
export interface Connection {
  /** The client that is connected now; undefined before the first. */
  client(): Client | undefined
  state(): GatewayState
  /** Connects; rejects when that failed. */
  open(): Promise<void>
  /** Tries until it is connected or closed. */
  openAtLast(): Promise<void>
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly token: string
  readonly rest: { readonly version: string; readonly api?: string }
  readonly log: Log
  readonly onInteraction: (interaction: Interaction) => unknown
  /** Discord ended it for good, and only a person can mend that. */
  onEnd(closure: Closure): void
  /** Before the first new connection after Discord has ended one for good; doubled each time. */
  readonly pauseMs?: number
  /** One of so many. Left out: as many as Discord recommends. */
  readonly shard?: OneShard
}

/** Of several programs that are the bot, each has some of its shards. */
export interface OneShard {
  readonly id: number
  readonly count: number
  /** Resolves when this shard may identify, or false: it may not any more. As `ShardShares.mayIdentify`. */
  mayIdentify(maxConcurrency: number, signal: AbortSignal): Promise<boolean>
  /** Discord wants another number of shards: whoever shares them out closes this one. */
  onResize(): void
}

const maxPauseMs = 5 * 60_000

/** Interactions bring along all that we look at, so little is kept: ourselves, and who was here last. */
const cachedPeople = {
  maxSize: 100,
  keepOverLimit: ({ id, client }: { id: string; client: Client }) => id === client.user?.id,
}
const cacheLimits = { MessageManager: 0, UserManager: cachedPeople, GuildMemberManager: cachedPeople }

/** Lost connections are resumed by discord.js; what Discord ends for good is connected anew, where that can help. */
export function createConnection(options: ConnectionOptions): Connection {
  const { token, log, shard, pauseMs = 5_000 } = options
  const closing = new AbortController()
  let state = notConnected
  let client: Client | undefined
  /** Of several shards that are closed at once, one is enough to connect anew. */
  let phase: 'opening' | 'open' | 'ended' = 'opening'
  let loggingIn: Promise<void> = Promise.resolve()

  /** Connects a new client; rejects when that failed. */
  async function open(): Promise<void> {
    phase = 'opening'
    const opened = createClient(options, closing.signal)
    client = opened
    state = nextGatewayState(state, { type: 'opening' })
    watch(opened)
    const failed = new AbortController()
    try {
      checkToken(token)
      loggingIn = login(opened)
      await Promise.all([once(opened, Events.ClientReady, { signal: failed.signal }), loggingIn])
      phase = 'open'
    } finally {
      failed.abort()
    }
  }

  async function login(opened: Client): Promise<void> {
    await opened.login(token)
    closing.signal.throwIfAborted()
  }

  function watch(watched: Client): void {
    const guard = createGuard(errorReporter(log))
    const note = (event: GatewayEvent) => {
      // What an earlier client still has to say means nothing any more.
      if (watched === client) state = nextGatewayState(state, event)
    }
    const failed = logError(log, 'The connection to Discord failed')
    watched.rest.on(
      'invalidRequestWarning',
      guard('A warning was lost', ({ count }: { count: number }) =>
        log.warn({ count }, 'Discord refused requests within ten minutes'),
      ),
    )
    watched.on(Events.Error, guard('An error was lost', failed))
    watched.on(Events.ShardError, guard('An error was lost', failed))
    watched.on(
      Events.ShardReady,
      guard('A connection was not noted', shard => note({ type: 'ready', shard })),
    )
    watched.on(
      Events.ShardResume,
      guard('A connection was not noted', shard => note({ type: 'ready', shard })),
    )
    watched.on(
      Events.ShardReconnecting,
      guard('A lost connection was not noted', shard => note({ type: 'lost', shard })),
    )
    watched.on(
      Events.ShardDisconnect,
      guard('The end of a connection was not noted', ({ code }) => {
        note({ type: 'closed', code })
        if (watched === client) return onClosed(closureOf(code))
      }),
    )
    watched.on(Events.InteractionCreate, guard('An interaction was not answered', options.onInteraction))
  }

  async function onClosed(closure: Closure): Promise<void> {
    log.error({ code: closure.code }, closure.sentence)
    // While one is being opened, whoever opens it hears of it.
    if (phase !== 'open' || closing.signal.aborted) return
    if (closure.next === 'end') end(closure)
    else if (shard && resizing.includes(closure.code)) shard.onResize()
    else await openAtLast(pauseMs)
  }

  function end(closure: Closure): void {
    phase = 'ended'
    options.onEnd(closure)
  }

  async function openAtLast(firstMs: number): Promise<void> {
    phase = 'opening'
    for (let waitMs = firstMs; !closing.signal.aborted; waitMs = Math.min(Math.max(2 * waitMs, pauseMs), maxPauseMs)) {
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return
      try {
        await client?.destroy()
        await open()
        if (waitMs > 0) log.info('The bot is connected to Discord again.')
        return
      } catch (error) {
        if (closing.signal.aborted) return
        if (state.closure?.next === 'end') return end(state.closure)
        if (shard && resizing.includes(state.closure?.code)) return shard.onResize()
        log.warn({ err: error }, 'Discord could not be reached')
      }
    }
  }

  return {
    client: () => client,
    state: () => state,
    open,
    openAtLast: () => openAtLast(0),
    async close() {
      closing.abort()
      // A client that is destroyed before it has a connection opens one all the same: it is, as soon as it would identify.
      if (shard) await loggingIn.catch(() => undefined)
      await client?.destroy()
    },
  }
}

/** Closures by which Discord says that it wants another number of shards. */
const resizing: readonly unknown[] = [4010, 4011]

/** An ill-formed token would fail as an ill-formed header, far from here. */
export function checkToken(token: string): void {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new IllFormedToken()
}

class IllFormedToken extends Error {}

function createClient({ rest, shard }: ConnectionOptions, closing: AbortSignal): Client {
  const client: Client = new Client({
    ...(shard ? { shards: [shard.id], shardCount: shard.count } : { shards: 'auto' as const }),
    intents: [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    // Threads that it was never told of, and direct messages, come with the interaction alone.
    partials: [Partials.Channel],
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, ...cacheLimits }),
    rest: { ...rest, invalidRequestWarningInterval: 250 },
    ...(shard && { ws: { buildIdentifyThrottler: sharedThrottler(shard, closing, () => client.destroy()) } }),
  })
  return client
}

/** Shards of all programs identify in turn; one that may not any more is closed instead. */
function sharedThrottler(
  shard: OneShard,
  closing: AbortSignal,
  destroy: () => Promise<void>,
): NonNullable<WebSocketOptions['buildIdentifyThrottler']> {
  return async manager => {
    const { session_start_limit: limit } = await manager.fetchGatewayInformation()
    return {
      async waitForIdentify(_, signal) {
        if (await shard.mayIdentify(limit.max_concurrency, AbortSignal.any([signal, closing]))) return
        // The library takes any other end than that of its signal for one after which it is to try again.
        const closed = aborted(signal)
        await Promise.all([destroy(), closed])
        throw signal.reason
      },
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Why the bot cannot begin, with the cure. */
export function startFailure(error: unknown, closure: Closure | null, api = 'https://discord.com/api'): string {
  if (closure) return closure.sentence
  const isRefused =
    error instanceof IllFormedToken ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) ||
    (error instanceof DiscordAPIError && error.status === 401)
  if (isRefused) return tokenRefused
  const reason = error instanceof Error ? error.message : String(error)
  return `Discord could not be reached at ${api} (${reason}): check the network and DISCORD_API, or leave DISCORD_TOKEN empty to start without the bot.`
}
