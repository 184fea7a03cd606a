import { ApplicationIntegrationType, InteractionContextType } from 'discord.js'

/** Where commands and entries of menus are offered: in servers, in messages with the bot, and where a person has brought it along. */
export const anywhere = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
}
