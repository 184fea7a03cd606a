import { DiscordAPIError, type REST, Routes } from 'discord.js'
import { type Log, logError } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import type { OpenActivity } from '../studio/studio.ts'
import { channelTarget } from './delivery/messageTarget.ts'
import type { Bot } from './interactions/bot.ts'
import { bodyOf, uploadsOf } from './messages/messageBody.ts'
import { activityResultMessage } from './messages/roomReplies.ts'

export interface ActivityWatchOptions {
  readonly bot: Bot
  readonly applicationId: string
  /** That does not retry by itself. */
  readonly rest: REST
  readonly log: Log
  /** How often Discord is asked which instances are still open. */
  readonly everyMs: number
}

/**
 * Finds out which instances of our Activity have ended, and posts what came of each, and who painted: in the message that
 * said it is open, or, where there is none, as a new one. After a restart it goes on with those that were open.
 */
export function watchActivities({ bot, applicationId, rest, log, everyMs }: ActivityWatchOptions): () => void {
  const { activities } = bot.studio

  /** Discord has an instance as long as somebody is in it. */
  async function isOver({ instance }: OpenActivity): Promise<boolean> {
    try {
      await rest.get(Routes.applicationActivityInstance(applicationId, instance))
      return false
    } catch (error) {
      if (error instanceof DiscordAPIError && error.status === 404) return true
      throw error
    }
  }

  async function tell(activity: OpenActivity): Promise<void> {
    const { channelId, guildId, messageId, locale, instance } = activity
    const result = await activities.result(instance)
    if (!result) return
    const t = await bot.translateFor({ guildId, locale })
    const { files } = bot.studio.pictures
    const isSpoiler = await bot.isSpoiler({ channelId, guildId })
    const link = bot.roomUrl(result.room.editLink)
    const message = await activityResultMessage(t, result, { files, link, isSpoiler })
    if (messageId === null) {
      await rest.post(Routes.channelMessages(channelId), { body: bodyOf(message), files: uploadsOf(message) })
      return
    }
    const target = { applicationId, interactionId: '', interactionToken: '', channelId, guildId, messageId, locale }
    const written = await channelTarget(rest, target)(message)
    if (written.type !== 'edited') log.warn({ instance, end: written.type }, 'The result of a room cannot be shown')
  }

  async function look(): Promise<void> {
    for (const activity of await activities.open()) {
      // Of several programs on this database, one tells it.
      if ((await isOver(activity)) && (await activities.end(activity.instance))) await tell(activity)
    }
  }

  let looking = Promise.resolve()
  const guard = createGuard((message, err) => log.error({ err }, message))
  const lookAgain = () => {
    looking = looking.then(look).catch(logError(log, 'It could not be found out which rooms in Discord have ended'))
  }
  const timer = setInterval(guard('Rooms in Discord could not be looked at', lookAgain), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
