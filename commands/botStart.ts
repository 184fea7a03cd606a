import type { BotCluster, RunningBot } from '../bot/start.ts'
import type { Config } from '../config.ts'
import type { LoadingProgress } from '../engine/index.ts'
import type { Log } from '../logging.ts'
import type { RunningServer } from '../server/start.ts'
import type { Chat, Studio } from '../studio/studio.ts'

/**
 * The bot, if it is set up. It begins before there is a studio, so that whoever speaks to it while the model loads is
 * told so; whether it is connected is one of the things that the program must have to be ready.
 */
export function createBotStart(
  { discord, server: { publicUrl } }: Pick<Config, 'discord' | 'server'>,
  {
    progress,
    cluster,
    ...botOptions
  }: {
    readonly log: Log
    /** It cannot go on: why, as a sentence. */
    readonly onEnd: (reason: string) => void
    readonly progress: () => LoadingProgress | null
    /** null: this program is the only one that is the bot. */
    readonly cluster: BotCluster | null
  },
) {
  const closing = new AbortController()
  let server: RunningServer | null = null
  let bot: RunningBot | null = null
  let starting: Promise<RunningBot | null> = Promise.resolve(null)
  let onChat: (chat: Chat) => void = () => undefined
  const chat = new Promise<Chat>(resolve => {
    onChat = resolve
  })

  async function open(studio: Promise<Studio>): Promise<RunningBot | null> {
    if (!discord) return null
    const { startBot } = await import('../bot/start.ts')
    bot = await startBot({
      ...{ studio, loading: { chat, progress }, signal: closing.signal, ...discord, publicUrl },
      onError: (code: string) => server?.countError(code, 'chat'),
      ...(cluster && { cluster }),
      ...botOptions,
    })
    return bot
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
        examine: () => (bot ? bot.problem() : 'The bot is not connected to Discord yet.'),
      })
    },
    async close(): Promise<void> {
      closing.abort(new Error('The program ends'))
      const opened = await starting.catch(() => null)
      await opened?.close()
    },
  }
}
