import type { Interaction } from 'discord.js'
import { languageFor } from '../../language/languages.ts'
import { type Log, logError } from '../../logging.ts'
import { createGuard } from '../../protocol/guard.ts'
import type { LoadingProgress } from '../../studio/studio.ts'
import { createMessage } from '../messages/message.ts'
import { heading, textMessage } from '../messages/replies.ts'
import { aboutTime } from '../text/figures.ts'
import type { Translate, Translations } from '../text/translate.ts'
import type { Acknowledger } from './acknowledgement.ts'
import type { Command, RepliableInteraction } from './command.ts'
import { imagineName, readOptions } from './imagineOptions.ts'
import { respond } from './respond.ts'

/** Receives interactions while the studio is still opening: a model of gigabytes loads for a minute. */
export interface Reception {
  /** Resolves with whether the studio is to handle it as soon as it is there; everything else is answered here. */
  receive(interaction: Interaction): Promise<boolean>
  /** Says no more how far the model is loaded; resolves when no message of that is on its way any more. */
  close(): Promise<void>
}

export interface ReceptionOptions {
  readonly commands: readonly Command[]
  readonly acknowledger: Acknowledger
  /** How far the model is loaded; null before that has begun. */
  readonly progress: () => LoadingProgress | null
  readonly translations: Translations
  /** Whether the answer to a button is a message of its own. */
  readonly isAnswered: (customId: string) => 'reply' | 'ephemeral' | null
  /** How often messages say how far it is. */
  readonly everyMs?: number
  readonly log: Log
}

export function createReception({
  commands,
  acknowledger,
  progress,
  translations,
  isAnswered,
  everyMs = 5_000,
  log,
}: ReceptionOptions): Reception {
  const waiting = new Map<RepliableInteraction, string>()
  const notShown = logError(log, 'It could not be said how far the model is loaded')

  /** What this one is answered with later, and to whom; null: it cannot wait. */
  function answerOf(interaction: Interaction) {
    if (interaction.isChatInputCommand()) {
      const command = commands.find(one => one.data.name === interaction.commandName)
      // A form must be the first response.
      return command && !command.opensForm?.(interaction)
        ? { interaction, isPrivate: command.isPrivate?.(interaction) }
        : null
    }
    if (!interaction.isButton()) return null
    const answer = isAnswered(interaction.customId)
    return answer && { interaction, isPrivate: answer === 'ephemeral' }
  }

  async function showProgress(interaction: RepliableInteraction): Promise<void> {
    const { locale, guildLocale, ephemeral } = interaction
    // What a server has chosen here, only the studio knows.
    const language = languageFor(ephemeral ? locale : (guildLocale ?? locale))
    const t = translations.in(language ?? 'en')
    const now = progressText(t, progress())
    if (waiting.get(interaction) === now) return
    waiting.set(interaction, now)
    const isPicture = interaction.isChatInputCommand() && interaction.commandName === imagineName
    const prompt = isPicture ? `${heading(readOptions(interaction).prompt)}\n` : ''
    // Whoever deleted the message, or whose network fails, hears of it in the end.
    await respond(interaction, createMessage(`${prompt}${now} ${t('loading.promise')}`)).catch(() => undefined)
  }

  // One after the other: a message that is written twice at once may end with the older words.
  let showing: Promise<unknown> = Promise.resolve()
  const showAll = () => {
    showing = showing.then(() => Promise.all([...waiting.keys()].map(showProgress))).catch(notShown)
  }
  const guard = createGuard((message, err) => log.error({ err }, message))
  const timer = setInterval(guard('It could not be said how far the model is loaded', showAll), everyMs)
  timer.unref()

  return {
    async receive(interaction) {
      const answer = answerOf(interaction)
      if (answer) {
        await acknowledger.reply(answer.interaction, { isPrivate: answer.isPrivate })
        waiting.set(answer.interaction, '')
        await showProgress(answer.interaction)
        return true
      }
      if (interaction.isAutocomplete()) await interaction.respond([])
      else {
        const t = translations.in(languageFor(interaction.locale) ?? 'en')
        const why = `${progressText(t, progress())} ${t('loading.later')}`
        await acknowledger.refuse(interaction, textMessage(t, why))
      }
      return false
    },
    async close() {
      clearInterval(timer)
      waiting.clear()
      await showing
    },
  }
}

function progressText(t: Translate, progress: LoadingProgress | null): string {
  if (progress === null) return t('loading.starting')
  switch (progress.type) {
    case 'warmUp':
      return t('loading.warmUp')
    case 'resting':
      return t('loading.resting')
    case 'searching':
      return t('loading.searching')
    case 'part': {
      const { part, parts, secondsLeft } = progress
      return t('loading.part', { part, parts, left: aboutTime(t, 1000 * secondsLeft) })
    }
    default:
      return progress satisfies never
  }
}
