import { once } from 'node:events'
import type { RunningBot } from '../bot/start.ts'
import type { Leadership } from '../cluster/index.ts'
import type { Config } from '../config.ts'
import type { LoadingProgress } from '../engine/index.ts'
import type { Log } from '../logging.ts'
import type { RunningServer } from '../server/start.ts'
import type { Chat, Studio } from '../studio/studio.ts'

/**
 * The bot, if it is set up. It begins before there is a studio, so that whoever speaks to it while the model loads is
 * told so; whether it is connected is one of the things that the program must have to be ready. Of several programs one
 * is the bot, and another when that one has gone: two would both answer, and both edit what one of them wrote.
 */
export function createBotStart(
  { discord, server: { publicUrl } }: Pick<Config, 'discord' | 'server'>,
  {
    progress,
    leadership,
    ...botOptions
  }: {
    readonly log: Log
    /** It cannot go on: why, as a sentence. */
    readonly onEnd: (reason: string) => void
    readonly progress: () => LoadingProgress | null
    /** null: this program is the only one. Closed with it. */
    readonly leadership: Leadership | null
  },
) {
  const closing = new AbortController()
  let server: RunningServer | null = null
  let bot: RunningBot | null = null
  let isWaiting = false
  let starting: Promise<RunningBot | null> = Promise.resolve(null)
  let leading: Promise<void> = Promise.resolve()
  let onChat: (chat: Chat) => void = () => undefined
  const chat = new Promise<Chat>(resolve => {
    onChat = resolve
  })

  async function openBot(studio: Promise<Studio>, signal: AbortSignal): Promise<RunningBot> {
    const { startBot } = await import('../bot/start.ts')
    const onError = (code: string) => server?.countError(code, 'chat')
    const loading = { chat, progress }
    // There is one wherever this is called.
    return startBot({ studio, loading, signal, ...discord!, publicUrl, onError, ...botOptions })
  }

  /** Is the bot whenever no other program is. `onFirst`: it is, or another one is. */
  async function lead(studio: Promise<Studio>, lease: Leadership, onFirst: (bot: RunningBot | null) => void) {
    while (!closing.signal.aborted) {
      const term = await lease.lead(() => {
        isWaiting = true
        onFirst(null)
        if (closing.signal.aborted) void lease.close()
      })
      if (!term) return
      isWaiting = false
      const signal = AbortSignal.any([closing.signal, term.signal])
      try {
        bot = await openBot(studio, signal)
        onFirst(bot)
        await aborted(signal)
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await bot?.close()
        bot = null
        await term.end()
      }
    }
  }

  async function open(studio: Promise<Studio>): Promise<RunningBot | null> {
    if (!discord) return null
    if (!leadership) {
      bot = await openBot(studio, closing.signal)
      return bot
    }
    return new Promise((resolve, reject) => {
      let isFirst = true
      const onFirst = (first: RunningBot | null) => {
        isFirst = false
        resolve(first)
      }
      leading = lead(studio, leadership, onFirst).catch((error: Error) => {
        if (isFirst) reject(error)
        else botOptions.onEnd(error.message)
      })
    })
  }

  return {
    onChat,
    start(studio: Promise<Studio>): Promise<RunningBot | null> {
      starting = open(studio)
      starting.catch(() => undefined)
      return starting
    },
    onServer(running: RunningServer): void {
      server = running
      if (!discord) return
      running.watchShards(() => bot?.shards() ?? {})
      running.readiness.add({
        name: 'bot',
        examine() {
          if (bot) return bot.problem()
          // Another program is the bot.
          return isWaiting ? null : 'The bot is not connected to Discord yet.'
        },
      })
    },
    async close(): Promise<void> {
      closing.abort(new Error('The program ends'))
      if (!leadership) {
        const opened = await starting.catch(() => null)
        return opened?.close()
      }
      if (isWaiting) await leadership.close()
      await leading
      await leadership.close()
    },
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
