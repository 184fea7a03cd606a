import { ApplicationCommandOptionType } from 'discord.js'
import { respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { shownMessage, styleList } from '../../messages/styleReplies.ts'
import { namedStyle, styleOption, suggestAll } from './options.ts'

export const list: Subcommand = {
  data: {
    name: 'list',
    description: 'Your styles, and those that you may use',
    type: ApplicationCommandOptionType.Subcommand,
  },
  async run({ interaction, caller, bot: { studio } }) {
    const styles = await studio.styles.list(await caller.person(), caller.where)
    await respondText(interaction, styleList(styles, caller.where.guild))
  },
}

export const show: Subcommand = {
  data: {
    name: 'show',
    description: 'A style at a glance: example pictures, how it was learned, versions, size',
    type: ApplicationCommandOptionType.Subcommand,
    options: [styleOption('Which style')],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot }) {
    const { styles } = bot.studio
    const by = await caller.person()
    const style = await styles.show(by, (await namedStyle(interaction, by, caller, bot)).id)
    const message = await shownMessage(
      style,
      (version, when, index) => styles.readExample(by, style.id, version, when, index),
      caller.where.guild,
    )
    await respond(interaction, message)
  },
}
