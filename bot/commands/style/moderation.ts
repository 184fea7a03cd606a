import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { limits } from '../../../protocol/limits.ts'
import { respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { strings } from '../../text/strings.ts'
import { namedStyle, styleOption, suggestAll } from './options.ts'

/** What operators and those who manage a server decide for others. Who is one, the studio checks. */

export const disable: Subcommand = {
  data: {
    name: 'disable',
    description: 'Operators: nobody can use this style any more, anywhere',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      styleOption('Which style, by name or id'),
      {
        name: 'reason',
        description: 'What those who meant to use it are told',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxCaptionCharacters,
      },
    ],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.disable(by, id, interaction.options.getString('reason', true))
    await respondText(interaction, strings.style.withdrawn(`**${escapeMarkdown(name, 80)}**`), accents.good)
  },
}

export const enable: Subcommand = {
  data: {
    name: 'enable',
    description: 'Operators: a disabled style can be used again',
    type: ApplicationCommandOptionType.Subcommand,
    options: [styleOption('Which style, by name or id')],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.enable(by, id)
    await respondText(interaction, strings.style.enabled(`**${escapeMarkdown(name, 80)}**`), accents.good)
  },
}

const onOrOff = [
  { name: 'on', value: 'on' },
  { name: 'off', value: 'off' },
]

export const server: Subcommand = {
  data: {
    name: 'server',
    description: 'What this server allows; changed by those who manage it',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      {
        name: 'learning',
        description: 'Whether styles may be taught here',
        type: ApplicationCommandOptionType.String,
        choices: onOrOff,
      },
      {
        name: 'sharing',
        description: 'Whether styles may be shared with this server, and used',
        type: ApplicationCommandOptionType.String,
        choices: onOrOff,
      },
    ],
  },
  async run({ interaction, caller, bot: { studio } }) {
    const { guild } = caller.where
    if (guild === undefined) return respondText(interaction, strings.style.onlyServers)
    const learning = interaction.options.getString('learning')
    const sharing = interaction.options.getString('sharing')
    const isManager = interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false
    const switches =
      learning === null && sharing === null
        ? await studio.guilds.switches(guild)
        : await studio.guilds.setSwitches(
            await caller.person(),
            { id: guild, isManager },
            {
              ...(learning === null ? {} : { learning: learning === 'on' }),
              ...(sharing === null ? {} : { sharing: sharing === 'on' }),
            },
          )
    await respondText(interaction, strings.style.switches(switches.learning, switches.sharing), accents.good)
  },
}
