import { ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import type { Command } from '../interactions/command.ts'
import { personalPage } from '../interactions/personalPages.ts'
import { respond } from '../interactions/respond.ts'

/** What is a person's own: pictures, styles, defaults, and everything that is stored of them. */
export const me = {
  data: {
    name: 'me',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  },
  isPrivate: () => true,
  run: async context => respond(context.interaction, await personalPage.pictures(context)),
} satisfies Command
