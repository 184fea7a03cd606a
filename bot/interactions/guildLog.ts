import { type REST, Routes } from 'discord.js'
import type { Log } from '../../logging.ts'
import type { Studio } from '../../studio/studio.ts'
import { bodyOf, uploadsOf } from '../messages/messageBody.ts'
import type { Bot } from './bot.ts'

/** Writes into the channel that a server has chosen for its log, if it has chosen one and we may write there. */
export function createGuildLog({
  studio,
  rest,
  log,
  translateFor,
}: {
  readonly studio: Studio
  readonly translateFor: Bot['translateFor']
  readonly rest: REST
  readonly log: Log
}): Bot['postToLog'] {
  return async (guild, message) => {
    const { logChannel } = await studio.guildOffice.settings.read(guild)
    if (logChannel === null) return false
    try {
      const logMessage = await message(await translateFor({ guildId: guild, locale: null }))
      await rest.post(Routes.channelMessages(logChannel), { body: bodyOf(logMessage), files: uploadsOf(logMessage) })
      return true
    } catch (err) {
      log.warn({ err, guild }, 'The log channel of a server could not be written to')
      return false
    }
  }
}
