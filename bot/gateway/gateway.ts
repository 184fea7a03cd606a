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
} from 'discord.js'
import { errorReporter, type Log, logError } from '../../logging.ts'
import { UserError } from '../../protocol/errors.ts'
import { createGuard } from '../../protocol/guard.ts'
import { type Closure, closureOf, tokenRefused } from './closures.ts'
import { type GatewayEvent, type GatewayState, nextGatewayState, notConnected } from './gatewayState.ts'

/** What comes from Discord, over as many connections as it wants. */
export interface Gateway {
  /** The client that is connected now. */
  client(): Client<true>
  state(): GatewayState
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly token: string
  readonly rest: { readonly version: string; readonly api?: string }
  readonly log: Log
  readonly onInteraction: (interaction: Interaction) => unknown
  /** Discord ended it for good, and only a person can mend that. */
  onEnd(closure: Closure): void
  /** Before the first new connection after Discord has ended one for good; doubled each time. */
  readonly pauseMs?: number
}

const maxPauseMs = 5 * 60_000

/** Interactions bring along all that we look at, so little is kept: ourselves, and who was here last. */
const cachedPeople = {
  maxSize: 100,
  keepOverLimit: ({ id, client }: { id: string; client: Client }) => id === client.user?.id,
}
const cacheLimits = { MessageManager: 0, UserManager: cachedPeople, GuildMemberManager: cachedPeople }

/**
 * Connects to Discord, with as many shards as it recommends. Rejects with one sentence and its cure when the token is not
 * accepted or Discord cannot be reached. Lost connections are resumed by discord.js; what Discord ends for good is
 * connected anew, with its newest number of shards, where that can help.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { token, log, pauseMs = 5_000 } = options
  const closing = new AbortController()
  let state = notConnected
  let client!: Client
  /** Of several shards that are closed at once, one is enough to connect anew. */
  let phase: 'opening' | 'open' | 'ended' = 'opening'

  /** Connects a new client; rejects when that failed. */
  async function open(): Promise<void> {
    phase = 'opening'
    client = createClient(options.rest)
    state = nextGatewayState(state, { type: 'opening' })
    watch(client)
    const failed = new AbortController()
    try {
      // An ill-formed token would fail as an ill-formed header, far from here.
      if (!/^[\x21-\x7e]+$/.test(token)) throw new IllFormedToken()
      await Promise.all([once(client, Events.ClientReady, { signal: failed.signal }), client.login(token)])
      phase = 'open'
    } finally {
      failed.abort()
    }
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
    if (closure.next === 'reconnect') await reconnect()
    else end(closure)
  }

  function end(closure: Closure): void {
    phase = 'ended'
    options.onEnd(closure)
  }

  async function reconnect(): Promise<void> {
    phase = 'opening'
    for (let waitMs = pauseMs; !closing.signal.aborted; waitMs = Math.min(2 * waitMs, maxPauseMs)) {
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return
      try {
        await client.destroy()
        await open()
        log.info('The bot is connected to Discord again.')
        return
      } catch (error) {
        if (state.closure?.next === 'end') return end(state.closure)
        log.warn({ err: error }, 'Discord could not be reached')
      }
    }
  }

  const close = async () => {
    closing.abort()
    await client.destroy()
  }
  try {
    await open()
  } catch (error) {
    await close()
    throw new UserError('start/discord', startFailure(error, state, options.rest.api), { cause: error })
  }
  // After `open` it is ready.
  return { client: () => client as Client<true>, state: () => state, close }
}

class IllFormedToken extends Error {}

function createClient(rest: GatewayOptions['rest']): Client {
  return new Client({
    shards: 'auto',
    intents: [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    // Threads that it was never told of, and direct messages, come with the interaction alone.
    partials: [Partials.Channel],
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, ...cacheLimits }),
    rest: { ...rest, invalidRequestWarningInterval: 250 },
  })
}

function startFailure(error: unknown, { closure }: GatewayState, api = 'https://discord.com/api'): string {
  if (closure) return closure.sentence
  const isRefused =
    error instanceof IllFormedToken ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) ||
    (error instanceof DiscordAPIError && error.status === 401)
  if (isRefused) return tokenRefused
  const reason = error instanceof Error ? error.message : String(error)
  return `Discord could not be reached at ${api} (${reason}): check the network and DISCORD_API, or leave DISCORD_TOKEN empty to start without the bot.`
}
