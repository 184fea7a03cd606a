import { respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { shownMessage, styleList } from '../../messages/styleReplies.ts'
import { namedStyle, styleOption, suggestAll } from './options.ts'

export const list: Subcommand = {
  data: {
    name: 'list',
  },
  async run({ interaction, caller, t, bot: { studio } }) {
    const styles = await studio.styles.list(await caller.person(), caller.where)
    await respondText(interaction, styleList(t, styles, caller.where.guild))
  },
}

export const show: Subcommand = {
  data: {
    name: 'show',
    options: [styleOption()],
  },
  autocomplete: suggestAll,
  async run({ interaction, caller, bot, t }) {
    const { styles } = bot.studio
    const by = await caller.person()
    const style = await styles.show(by, (await namedStyle(interaction, by, caller, bot)).id)
    const message = await shownMessage(
      t,
      style,
      (version, when, index) => styles.readExample(by, style.id, version, when, index),
      caller.where.guild,
    )
    await respond(interaction, message)
  },
}
