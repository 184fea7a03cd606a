import { managedGuild } from '../../interactions/guildPlace.ts'
import { respond } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { statisticsMessage } from '../../messages/moderationReplies.ts'

/** How much was painted, taught and refused. */
export const stats: Subcommand = {
  data: {
    name: 'stats',
  },
  async run({ interaction, caller, bot, t }) {
    const statistics = await bot.studio.guildOffice.statistics(await caller.person(), managedGuild(interaction))
    await respond(interaction, statisticsMessage(t, interaction.guild?.name ?? '', statistics))
  },
}
