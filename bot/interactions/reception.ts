import type { Interaction } from 'discord.js'
import { type Log, logError } from '../../logging.ts'
import { UserError } from '../../protocol/errors.ts'
import { createMessage } from '../messages/message.ts'
import { heading, textMessage } from '../messages/replies.ts'
import { chatText } from '../text/errorText.ts'
import { strings } from '../text/strings.ts'
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
  /** What is being done, such as "loading the model, part 3 of 4, about 40 s". */
  readonly state: () => string
  /** Whether the answer to a button is a message of its own. */
  readonly isAnswered: (customId: string) => 'reply' | 'ephemeral' | null
  /** How often messages say how far it is. */
  readonly everyMs?: number
  readonly log: Log
}

export function createReception({
  commands,
  acknowledger,
  state,
  isAnswered,
  everyMs = 5_000,
  log,
}: ReceptionOptions): Reception {
  const waiting = new Map<RepliableInteraction, string>()
  const notTold = logError(log, 'It could not be said how far the model is loaded')

  /** What this one is answered with later, and to whom; null: it cannot wait. */
  function answerOf(interaction: Interaction) {
    if (interaction.isChatInputCommand()) {
      const command = commands.find(one => one.data.name === interaction.commandName)
      return command ? { interaction, isPrivate: command.isPrivate?.(interaction) } : null
    }
    if (!interaction.isButton()) return null
    const answer = isAnswered(interaction.customId)
    return answer && { interaction, isPrivate: answer === 'ephemeral' }
  }

  async function tell(interaction: RepliableInteraction): Promise<void> {
    const now = state()
    if (waiting.get(interaction) === now) return
    waiting.set(interaction, now)
    const isPicture = interaction.isChatInputCommand() && interaction.commandName === imagineName
    const prompt = isPicture ? `${heading(readOptions(interaction).prompt)}\n` : ''
    // Whoever deleted the message, or whose network fails, hears of it in the end.
    await respond(interaction, createMessage(`${prompt}${strings.loading(now)}`)).catch(() => undefined)
  }

  // One after the other: a message that is written twice at once may end with the older words.
  let telling: Promise<unknown> = Promise.resolve()
  const tellAll = () => {
    telling = telling.then(() => Promise.all([...waiting.keys()].map(tell))).catch(notTold)
  }
  const timer = setInterval(tellAll, everyMs)
  timer.unref()

  return {
    async receive(interaction) {
      const answer = answerOf(interaction)
      if (answer) {
        await acknowledger.reply(answer.interaction, { isPrivate: answer.isPrivate })
        waiting.set(answer.interaction, '')
        await tell(answer.interaction)
        return true
      }
      if (interaction.isAutocomplete()) await interaction.respond([])
      else {
        const why = chatText(new UserError('engine/loading', strings.loadingRefused(state())))
        await acknowledger.refuse(interaction, textMessage(why))
      }
      return false
    },
    async close() {
      clearInterval(timer)
      waiting.clear()
      await telling
    },
  }
}
