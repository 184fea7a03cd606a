import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import { limits } from '../../../protocol/limits.ts'
import { respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { namedStyle, styleOption, suggestAll } from './options.ts'

/** What operators and those who manage a server decide for others. Who is one, the studio checks. */

export const disable: Subcommand = {
  data: {
    name: 'disable',
    options: [
      styleOption(),
      {
        name: 'reason',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxCaptionCharacters,
      },
    ],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.disable(by, id, interaction.options.getString('reason', true))
    await respondText(interaction, t('style.withdrawn', { name: `**${escapeMarkdown(name, 80)}**` }), accents.good)
  },
}

export const enable: Subcommand = {
  data: {
    name: 'enable',
    options: [styleOption()],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.enable(by, id)
    await respondText(interaction, t('style.enabled', { name: `**${escapeMarkdown(name, 80)}**` }), accents.good)
  },
}

const onOrOff = ['on', 'off']

export const server: Subcommand = {
  data: {
    name: 'server',
    options: [
      {
        name: 'learning',
        type: ApplicationCommandOptionType.String,
        choices: onOrOff,
      },
      {
        name: 'sharing',
        type: ApplicationCommandOptionType.String,
        choices: onOrOff,
      },
    ],
  },
  async run({ interaction, caller, t, bot: { studio } }) {
    const { guild } = caller.where
    if (guild === undefined) throw new UserError('chat/server')
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
    const switchText = (isOn: boolean) => t(isOn ? 'style.on' : 'style.off')
    const states = { learning: switchText(switches.learning), sharing: switchText(switches.sharing) }
    await respondText(interaction, t('style.switches', states), accents.good)
  },
}
