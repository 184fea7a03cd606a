import { type BotOptions, type RunningBot, startBot } from '../../bot/start.ts'
import { createTranslations } from '../../bot/text/translate.ts'
import {
  type Actor,
  type Channel,
  type Discord,
  type DiscordOptions,
  type Interaction,
  openDiscord,
  type Upload,
} from './discord/index.ts'
import { openTestEngine, type TestEngineOptions } from './engine.ts'
import { collectLog } from './log.ts'
import { buildStudio, type TestStudio } from './studio.ts'

/** What the bot says in English, as long as no command is mentioned in it. */
export const english = createTranslations().in('en')

export interface TestBot extends TestStudio {
  readonly discord: Discord
  readonly bot: RunningBot
  /** Everything the bot logged. */
  readonly lines: readonly string[]
  /** Stops studio and bot and starts both again on the same database. */
  restart(): Promise<TestBot>
  close(): Promise<void>
}

export interface TestBotOptions {
  readonly discord?: DiscordOptions | Discord
  readonly engine?: TestEngineOptions
  readonly bot?: Partial<BotOptions>
  readonly studio?: Parameters<typeof buildStudio>[0]
}

/** The whole way: the real bot and the real studio, between a loopback Discord and an engine that paints stripes. */
export async function buildBot(options: TestBotOptions = {}): Promise<TestBot> {
  const discord =
    options.discord && 'api' in options.discord ? options.discord : await openDiscord(options.discord ?? {})
  const inner = await buildStudio({ engine: openTestEngine(options.engine), ...options.studio })
  const { log, lines } = collectLog({ secrets: [discord.token] })
  const bot = await startBot({
    studio: inner.studio,
    token: discord.token,
    api: discord.api,
    publicUrl: 'https://paint.example.org',
    log,
    ...options.bot,
  })
  let isClosed = false
  const stop = async () => {
    if (isClosed) return
    isClosed = true
    await bot.close()
    inner.engine.release()
    await inner.close()
  }
  const closeAll = async () => {
    await stop()
    await discord.close()
    const secrets = [discord.token, ...[...discord.world.interactions.values()].map(({ token }) => token)]
    const leaked = lines.find(line => secrets.some(secret => line.includes(secret)))
    if (leaked) throw new Error(`A token was logged: ${leaked}`)
  }
  return {
    ...inner,
    discord,
    bot,
    lines,
    close: closeAll,
    async restart() {
      await bot.close()
      const closed = inner.studio.close()
      inner.engine.release()
      await closed
      await inner.engine.close()
      isClosed = true
      return buildBot({ ...options, discord, studio: { ...options.studio, dataFolder: inner.folder } })
    },
  }
}

/** Edits follow each other at once, where no test is about their pace. */
export const fastEdits: TestBotOptions = { bot: { throttle: { gapMs: 20 } } }

/** Opens the form of `/style learn`, for a style of theirs if they have one of this name, and sends it. */
export async function teach(
  actor: Actor,
  name: string,
  pictures: readonly Upload[] = [],
  options: { readonly sharing?: string; readonly isLater?: boolean; readonly where?: Channel } = {},
): Promise<Interaction> {
  const form = await actor.slash('style learn', { name }, options.where)
  return actor.submit(form, {
    ...{ name, pictures },
    ...(options.sharing !== undefined && { sharing: options.sharing }),
    ...(options.isLater && { when: 'Later: more pictures will follow' }),
  })
}
