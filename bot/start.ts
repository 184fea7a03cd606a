import { setMaxListeners } from 'node:events'
import { type Interaction, PermissionFlagsBits, PermissionsBitField, REST } from 'discord.js'
import { type Log, logError } from '../logging.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Chat, LoadingProgress, Studio } from '../studio/studio.ts'
import { watchActivities } from './activity.ts'
import { buttons } from './buttons/index.ts'
import { canvas } from './commands/canvas.ts'
import { commands, messageCommands, personCommands } from './commands/index.ts'
import { callbackDeadlineMs, launchActivity } from './delivery/callback.ts'
import { defaultThrottle, type ThrottleOptions } from './delivery/editThrottle.ts'
import { follow, TakenOver } from './delivery/follow.ts'
import { deploy } from './deploy.ts'
import { type Gateway, type GatewayOptions, openGateway } from './gateway/gateway.ts'
import type { ShardShares } from './gateway/shardShares.ts'
import { openSharedGateway } from './gateway/sharedGateway.ts'
import { interactionHandler } from './interactionHandler.ts'
import { createAckGate } from './interactions/ackGate.ts'
import { createAcknowledger } from './interactions/acknowledgement.ts'
import { attachmentFetcher, isDiscord, styleFileKind } from './interactions/attachments.ts'
import type { Bot } from './interactions/bot.ts'
import { createGuildLog } from './interactions/guildLog.ts'
import { isAgeRestricted } from './interactions/guildPlace.ts'
import { createTranslateFor } from './interactions/publicLanguage.ts'
import { createReception } from './interactions/reception.ts'
import { createRoomLinks } from './interactions/roomLinks.ts'
import { createStyleChoices } from './interactions/styleChoices.ts'
import { finishPending, followUndelivered, watchLeft } from './leftMessages.ts'
import { isButtonAction, readButtonId } from './messages/buttonId.ts'
import { createTranslations, type Translations } from './text/translate.ts'

export interface BotOptions {
  /** It may still be opening: whoever speaks to the bot meanwhile is told so, and answered then (`loading`). */
  readonly studio: Studio | Promise<Studio>
  /** Where replies are written down until there is a studio, and how far the model is loaded, null before it has begun. */
  readonly loading?: { readonly chat: Promise<Chat>; readonly progress: () => LoadingProgress | null }
  /** Ends it while the studio is still opening. */
  readonly signal?: AbortSignal
  /** From the application's page at Discord, "Bot". */
  readonly token: string
  /** Base of the REST routes, without version; Discord's own by default. */
  readonly api?: string
  /** Where people reach the canvas, without a slash at the end; null: nobody but this machine does. */
  readonly publicUrl: string | null
  readonly log: Log
  /** Whether rooms open inside Discord. Default: no. */
  readonly hasActivity?: boolean
  /** How often Discord is asked which of these have ended. Default: 20 s. */
  readonly activityEveryMs?: number
  readonly throttle?: Partial<ThrottleOptions>
  /** Before the first new connection after Discord has ended one; doubled each time. Default: 5 s. */
  readonly reconnectMs?: number
  /** Discord ended the connection for good, and only a person can mend that: why, as a sentence with its cure. */
  readonly onEnd?: (reason: string) => void
  /** It is one of several programs that are the bot. Left out: it is the only one. */
  readonly cluster?: BotCluster
  /** Told of each error that somebody was answered with, by its code; a bug is `server/bug`. */
  readonly onError?: (code: ErrorCode) => void
}

/** What programs that are the bot together agree on. */
export interface BotCluster {
  readonly shares: ShardShares
  /** Does what only one of them may do at a time. Rejects when it is closed before its turn. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** How often is looked for messages that a program has left. Default: 2 s. */
  readonly takeOverEveryMs?: number
}

export interface RunningBot {
  /** Its user name at Discord. */
  readonly name: string
  /** Opens Discord's page that adds the bot to a server. */
  readonly inviteUrl: string
  /** Null while it is connected to Discord, or else what is wrong, as a sentence. */
  problem(): string | null
  /** By number of the connections to Discord (shards) that are this program's: whether it hears of interactions there. */
  shards(): Readonly<Record<number, boolean>>
  /** Stops listening and following; messages that are not final yet are finished after the next start. */
  close(): Promise<void>
}

const restVersion = '10'
/** An upload over a thin line still counts. */
const messageTimeoutMs = 30_000
const activityEveryMs = 20_000
const takeOverEveryMs = 2_000
/** After so many failures a message is left to the next program that starts: what it fails over is no moment of weakness. */
const maxFailures = 5
/** How long closing waits for what is under way. */
const maxCloseMs = 2_000

/**
 * Connects to Discord, tells it our commands, and finishes the messages that the last run left behind. Rejects with
 * one sentence and its cure when the token is not accepted or Discord cannot be reached.
 */
export async function startBot(options: BotOptions): Promise<RunningBot> {
  const { publicUrl, api, log, hasActivity = false } = options
  const opening = Promise.resolve(options.studio)
  // Whoever opens it hears of it, too.
  opening.catch(() => undefined)
  const chat = await (options.loading?.chat ?? opening.then(studio => studio.chat))
  // Before any interaction reaches us: what is pending now was left by a program that is gone.
  const { cluster } = options
  const left = cluster ? 'dead' : 'everybody'
  const pendingReplies = await chat.claimPendingReplies(left)
  const token = options.token.trim()
  const { rest, messages, callbacks, waiting } = createRest(token, api)
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  /** What closing waits for: messages that are being written, interactions that are being answered. */
  const inFlight = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    inFlight.add(work)
    void work.finally(() => inFlight.delete(work))
  }
  const followed = new Set<string>()
  /** How often a message could not be finished, by its name. */
  const failures = new Map<string, number>()
  const pace = { ...defaultThrottle, ...options.throttle }
  const fetchAttachment = attachmentFetcher(api)
  const links = createRoomLinks(publicUrl)
  const translations = createTranslations()
  const localeOf = (guildId: string) => gateway?.findGuild(guildId)?.preferredLocale
  const createBot = (studio: Studio): Bot => {
    const translateFor = createTranslateFor(studio, translations, localeOf)
    return {
      translations,
      translateFor,
      studio,
      log,
      styleChoices: createStyleChoices(studio),
      ...links,
      hasActivity: hasActivity && links.hasCanvas,
      launch: interaction => launchActivity(callbacks, interaction),
      fetchImage: attachment => fetchAttachment(attachment),
      fetchStyleFile: attachment => fetchAttachment(attachment, styleFileKind),
      isSpoiler: async ({ guildId, channelId }) => {
        if (guildId === null) return false
        const { spoiler } = await studio.guildOffice.settings.read(guildId)
        if (spoiler !== 'unlessAgeRestricted') return spoiler === 'always'
        return !isAgeRestricted(gateway?.findChannel(channelId) ?? null)
      },
      postToLog: createGuildLog({ studio, rest: messages, log, translateFor }),
      follow(updater) {
        const { name } = updater
        // What is asked while we look for the undelivered is found there too.
        if (followed.has(name)) return
        followed.add(name)
        const work = follow(updater, { rest: messages, log, throttle: pace, signal: closing.signal })
        const failed = (err: unknown) => {
          if (err instanceof TakenOver) log.info({ reply: name }, 'Another program writes this message now')
          else if (!closing.signal.aborted) {
            failures.set(name, (failures.get(name) ?? 0) + 1)
            log.error({ err, reply: name }, 'A message was left unfinished')
          }
        }
        track(work.catch(failed).finally(() => followed.delete(name)))
      },
      follows: name => followed.has(name) || (failures.get(name) ?? 0) >= maxFailures,
    }
  }
  const entrance = openEntrance({
    ...options,
    chat,
    opening,
    createBot,
    translations,
    closing: closing.signal,
    rest: callbacks,
  })
  const stop = async () => {
    for (const one of stops) one()
    closing.abort(new Error('The bot is closing'))
    const patience = new Promise(resolve => setTimeout(resolve, maxCloseMs).unref())
    await Promise.race([Promise.all(inFlight), patience])
    for (const one of [messages, callbacks, waiting]) {
      one.clearHashSweeper()
      one.clearHandlerSweeper()
    }
    await gateway?.close()
  }

  const notRegistered = (err: unknown) => {
    if (!closing.signal.aborted) log.error({ err }, 'Discord could not be told of the commands')
  }
  const stops: (() => void)[] = []
  let gateway: Gateway | undefined
  try {
    gateway = await openAnyGateway(cluster, {
      ...{ token, rest, log, ...(options.reconnectMs !== undefined && { pauseMs: options.reconnectMs }) },
      onInteraction(interaction) {
        if (closing.signal.aborted) return
        const work = entrance.receive(interaction)
        // Closing waits for what is answered, not for who still waits for a studio.
        if (entrance.isOpen()) track(work)
      },
      onEnd: ({ sentence }) => options.onEnd?.(sentence),
    })
    const { applicationId, name, shards, problem } = gateway
    const menuCommands = [...messageCommands, ...personCommands]
    // Without a canvas that others can open, there is no command that opens one.
    const offered = commands.filter(({ data }) => links.hasCanvas || data.name !== canvas.data.name)
    const register = () => deploy(waiting, applicationId, { commands: offered, menuCommands, hasActivity }, log)
    if (cluster) void cluster.alone(register).then(translations.setCommandIds).catch(notRegistered)
    else translations.setCommandIds(await register())
    const bot = await unlessAborted(entrance.bot, options.signal)
    const leftMessages = { bot, applicationId, rest: messages, log, track }
    finishPending(pendingReplies, leftMessages)
    await followUndelivered(bot, left)
    if (cluster) stops.push(watchLeft(leftMessages, cluster.takeOverEveryMs ?? takeOverEveryMs))
    if (bot.hasActivity) {
      const everyMs = options.activityEveryMs ?? activityEveryMs
      stops.push(watchActivities({ bot, applicationId, rest: messages, log, everyMs }))
    }
    return { name, inviteUrl: inviteUrl(applicationId), problem, shards, close: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** How Discord is spoken to: about messages, for first responses, which `sendCallback` sends again itself, and about commands. */
function createRest(token: string, api: string | undefined) {
  // Elsewhere, the host of the API has people's pictures too, as it has attachments.
  const rest = { version: restVersion, ...(api && !isDiscord(api) ? { api, cdn: new URL(api).origin } : {}) }
  // Interaction webhooks are outside the bot's 50 requests a second.
  const common = { ...rest, retries: 0, globalRequestsPerSecond: Number.POSITIVE_INFINITY }
  const messages = new REST({
    ...common,
    // All waiting is done by the pacer and the delivery, which know what may be dropped.
    rejectOnRateLimit: () => true,
    timeout: messageTimeoutMs,
  }).setToken(token)
  const callbacks = new REST({ ...common, timeout: callbackDeadlineMs }).setToken(token)
  // What nobody waits for may wait, and is tried again.
  const waiting = new REST(rest).setToken(token)
  return { rest, messages, callbacks, waiting }
}

/** As the only program that is the bot, or as one of several. */
function openAnyGateway(cluster: BotCluster | undefined, options: GatewayOptions): Promise<Gateway> {
  return cluster ? openSharedGateway(options, cluster.shares) : openGateway(options)
}

/** What the bot needs where it is a member: to see its messages, to put pictures into them, and to write what people send. */
const permissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.ReadMessageHistory

function inviteUrl(applicationId: string): string {
  const bits = new PermissionsBitField(permissions).bitfield
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${bits}`
}

/** Where interactions arrive: handled if there is a studio, or else received until there is one. */
function openEntrance(
  options: Pick<BotOptions, 'loading' | 'onError' | 'log'> & {
    readonly chat: Chat
    readonly opening: Promise<Studio>
    readonly rest: REST
    readonly closing: AbortSignal
    readonly translations: Translations
    createBot(studio: Studio): Bot
  },
) {
  const { chat, log, rest, closing, onError, translations } = options
  const gate = createAckGate()
  const acknowledger = createAcknowledger({ chat, log, rest, gate })
  const progress = options.loading?.progress ?? (() => null)
  const reception = createReception({ commands, acknowledger, isAnswered: answerOf, progress, translations, log })
  const notReceived = logError(log, 'An interaction could not be received while the model is loaded')
  let isOpen = false

  async function open() {
    const bot = options.createBot(await options.opening)
    await reception.close()
    isOpen = true
    return { bot, handle: interactionHandler(commands, bot, { acknowledger, gate, onError }) }
  }
  const opened = open()
  // If no studio comes of it, whoever opens it says so, and the next start says what became of those who waited.
  opened.catch(() => reception.close())

  async function receive(interaction: Interaction): Promise<void> {
    const isReceived = isOpen || (await reception.receive(interaction))
    const { handle } = await opened
    if (isReceived && !closing.aborted) await handle(interaction)
  }

  return {
    bot: opened.then(({ bot }) => bot),
    isOpen: () => isOpen,
    receive: (interaction: Interaction) => receive(interaction).catch(notReceived),
  }
}

/** How a press of a button is answered with a message of its own; null where it is not. */
function answerOf(customId: string): 'reply' | 'ephemeral' | null {
  const id = readButtonId(customId)
  if (!id || !isButtonAction(id.action)) return null
  const { response } = buttons[id.action]
  return response === 'reply' || response === 'ephemeral' ? response : null
}

/** Rejects as soon as it is aborted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  signal.throwIfAborted()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}
