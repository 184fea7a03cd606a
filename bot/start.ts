import { setMaxListeners } from 'node:events'
import { type Interaction, PermissionFlagsBits, PermissionsBitField, REST } from 'discord.js'
import { type Log, logError } from '../logging.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Chat, LoadingProgress, PendingReply, Studio } from '../studio/studio.ts'
import { watchActivities } from './activity.ts'
import { buttons } from './buttons/index.ts'
import { canvas } from './commands/canvas.ts'
import { commands, messageCommands, personCommands } from './commands/index.ts'
import { callbackDeadlineMs, launchActivity } from './delivery/callback.ts'
import { defaultThrottle, type ThrottleOptions } from './delivery/editThrottle.ts'
import { follow } from './delivery/follow.ts'
import { learningUpdater } from './delivery/learningUpdater.ts'
import { isStillLoading } from './delivery/messageTarget.ts'
import { pictureUpdater } from './delivery/pictureUpdater.ts'
import { deploy } from './deploy.ts'
import { type Gateway, openGateway } from './gateway/gateway.ts'
import { gatewayProblem } from './gateway/gatewayState.ts'
import { interactionHandler } from './interactionHandler.ts'
import { createAckGate } from './interactions/ackGate.ts'
import { createAcknowledger } from './interactions/acknowledgement.ts'
import { attachmentFetcher, isDiscord, styleFileKind } from './interactions/attachments.ts'
import type { Bot } from './interactions/bot.ts'
import { createGuildLog } from './interactions/guildLog.ts'
import { isAgeRestricted } from './interactions/guildPlace.ts'
import { interruptedUpdater } from './interactions/interactionPayload.ts'
import { createTranslateFor } from './interactions/publicLanguage.ts'
import { createReception } from './interactions/reception.ts'
import { createRoomLinks, pictureLinks } from './interactions/roomLinks.ts'
import { createStyleChoices } from './interactions/styleChoices.ts'
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
  /** Told of each error that somebody was answered with, by its code; a bug is `server/bug`. */
  readonly onError?: (code: ErrorCode) => void
}
export interface RunningBot {
  /** Its user name at Discord. */
  readonly name: string
  /** Opens Discord's page that adds the bot to a server. */
  readonly inviteUrl: string
  /** Null while it is connected to Discord, or else what is wrong, as a sentence. */
  problem(): string | null
  /** By number of its connection to Discord (shard): whether it hears of interactions there. */
  shards(): Readonly<Record<number, boolean>>
  /** Stops listening and following; messages that are not final yet are finished after the next start. */
  close(): Promise<void>
}

const restVersion = '10'
/** An upload over a thin line still counts. */
const messageTimeoutMs = 30_000
const activityEveryMs = 20_000
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
  const pendingReplies = await chat.pendingReplies()
  const token = options.token.trim()
  const { rest, messages, callbacks } = createRest(token, api)
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  /** What closing waits for: messages that are being written, interactions that are being answered. */
  const inFlight = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    inFlight.add(work)
    void work.finally(() => inFlight.delete(work))
  }
  const followed = new Set<string>()
  const pace = { ...defaultThrottle, ...options.throttle }
  const fetchAttachment = attachmentFetcher(api)
  const links = createRoomLinks(publicUrl)
  const translations = createTranslations()
  const localeOf = (guildId: string) => gateway?.client().guilds.cache.get(guildId)?.preferredLocale
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
        return !isAgeRestricted(gateway?.client().channels.cache.get(channelId) ?? null)
      },
      postToLog: createGuildLog({ studio, rest: messages, log, translateFor }),
      follow(updater) {
        const { name } = updater
        // What is asked while we look for the undelivered is found there too.
        if (followed.has(name)) return
        followed.add(name)
        const work = follow(updater, { rest: messages, log, throttle: pace, signal: closing.signal })
        const left = (err: unknown) => {
          if (!closing.signal.aborted) log.error({ err, reply: name }, 'A message was left unfinished')
        }
        track(work.catch(left).finally(() => followed.delete(name)))
      },
    }
  }
  /** Killed right after an acknowledgement, only the row of the pending reply is left. */
  const finishPending = async (pending: PendingReply, bot: Bot) => {
    const updater = interruptedUpdater(pending, bot)
    try {
      if (await isStillLoading(messages, pending)) bot.follow(updater)
      else await updater.markDelivered()
    } catch (err) {
      log.warn({ err, reply: updater.name }, 'A pending reply could not be looked up')
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
    stopWatching()
    closing.abort(new Error('The bot is closing'))
    const patience = new Promise(resolve => setTimeout(resolve, maxCloseMs).unref())
    await Promise.race([Promise.all(inFlight), patience])
    for (const one of [messages, callbacks]) {
      one.clearHashSweeper()
      one.clearHandlerSweeper()
    }
    await gateway?.close()
  }

  let stopWatching = (): void => undefined
  let gateway: Gateway | undefined
  try {
    gateway = await openGateway({
      ...{ token, rest, log, ...(options.reconnectMs !== undefined && { pauseMs: options.reconnectMs }) },
      onInteraction(interaction) {
        if (closing.signal.aborted) return
        const work = entrance.receive(interaction)
        // Closing waits for what is answered, not for who still waits for a studio.
        if (entrance.isOpen()) track(work)
      },
      onEnd: ({ sentence }) => options.onEnd?.(sentence),
    })
    const client = gateway.client()
    const applicationId = client.application.id
    const menuCommands = [...messageCommands, ...personCommands]
    // Without a canvas that others can open, there is no command that opens one.
    const offered = commands.filter(({ data }) => links.hasCanvas || data.name !== canvas.data.name)
    translations.setCommandIds(
      await deploy(client.rest, applicationId, { commands: offered, menuCommands, hasActivity }, log),
    )
    const bot = await unlessAborted(entrance.bot, options.signal)
    for (const pending of pendingReplies) {
      if (pending.applicationId === applicationId) track(finishPending(pending, bot))
    }
    await followUndelivered(bot)
    if (bot.hasActivity) {
      const everyMs = options.activityEveryMs ?? activityEveryMs
      stopWatching = watchActivities({ bot, applicationId, rest: messages, log, everyMs })
    }
    const { state } = gateway
    const problem = () => gatewayProblem(state())
    const shards = () => state().shards
    return { name: client.user.tag, inviteUrl: inviteUrl(applicationId), problem, shards, close: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Goes on with the messages that the last run left unfinished. */
async function followUndelivered(bot: Bot): Promise<void> {
  const { studio, translateFor } = bot
  for (const { job, createdAt, ...target } of await studio.chat.undelivered()) {
    bot.follow(
      pictureUpdater({
        job,
        pictures: await studio.pictures.ofJob(job),
        target,
        createdAt,
        studio,
        links: pictureLinks(bot),
        isSpoiler: () => bot.isSpoiler(target),
        translate: () => translateFor(target),
      }),
    )
  }
  for (const { learning: id, createdAt, ...target } of await studio.styles.chat.undelivered()) {
    const learning = await studio.styles.findLearning(id)
    if (!learning) continue
    const style = await studio.styles.show(learning.owner, learning.style)
    const translate = () => translateFor(target)
    bot.follow(learningUpdater({ learning, style, target, createdAt, studio, translate }))
  }
}

/** How Discord is spoken to: about messages, and for first responses, which `sendCallback` sends again itself. */
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
  return { rest, messages, callbacks }
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
