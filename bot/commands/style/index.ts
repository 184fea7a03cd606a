import { ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import type { Command } from '../../interactions/command.ts'
import { list, show } from './browse.ts'
import { exportStyle, importStyle } from './files.ts'
import { learn } from './learn.ts'
import { remove, rename, restore, share, use } from './manage.ts'
import { disable, enable, server } from './moderation.ts'
import type { Subcommand } from './subcommand.ts'

const subcommands: readonly Subcommand[] = [
  ...[learn, list, show, use, rename, share, restore, exportStyle, importStyle, remove],
  ...[server, disable, enable],
]

const named = (name: string): Subcommand => {
  const found = subcommands.find(({ data }) => data.name === name)
  if (!found) throw new Error(`Expected a subcommand of /style, got ${name}`)
  return found
}

/** Personal styles: teach, look at, use, share, take along, delete. */
export const style: Command = {
  data: {
    name: 'style',
    description: 'Teach styles of your own and paint in them',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
    options: subcommands.map(({ data }) => data),
  },
  isPrivate: ({ options }) => !named(options.getSubcommand()).isPublic,
  check: context => named(context.interaction.options.getSubcommand()).check?.(context),
  run: context => named(context.interaction.options.getSubcommand()).run(context),
  autocomplete: context => named(context.interaction.options.getSubcommand()).autocomplete?.(context) ?? [],
}
