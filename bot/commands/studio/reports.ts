import { managedGuild } from '../../interactions/guildPlace.ts'
import { respond } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { reportsMessage } from '../../messages/moderationReplies.ts'

/** What members have reported and nobody has closed yet. */
export const reports: Subcommand = {
  data: {
    name: 'reports',
  },
  async run({ interaction, caller, bot, t }) {
    const { moderation } = bot.studio.guildOffice
    const open = await moderation.reports(await caller.person(), managedGuild(interaction))
    await respond(interaction, reportsMessage(t, open))
  },
}
