import { managedGuild } from '../../interactions/guildPlace.ts'
import { respond } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { auditMessage } from '../../messages/moderationReplies.ts'

const maxEntries = 15

/** Who changed, stopped, reported or tried what, newest first. */
export const log: Subcommand = {
  data: {
    name: 'log',
  },
  async run({ interaction, caller, bot, t }) {
    const { moderation } = bot.studio.guildOffice
    const entries = await moderation.audit(await caller.person(), managedGuild(interaction), maxEntries)
    await respond(interaction, auditMessage(t, entries))
  },
}
