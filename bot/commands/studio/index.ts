import { ApplicationIntegrationType, InteractionContextType, PermissionFlagsBits } from 'discord.js'
import type { Command } from '../../interactions/command.ts'
import { withSubcommands } from '../../interactions/subcommand.ts'
import { log } from './log.ts'
import { reports } from './reports.ts'
import { settings } from './settings.ts'
import { stats } from './stats.ts'
import { resume, stop } from './stop.ts'

/** For those who manage a server: what it allows, what happens there, who and what is stopped. */
export const studio: Command = withSubcommands(
  {
    name: 'studio',
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild],
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
  },
  [settings, stats, reports, log, stop, resume],
)
