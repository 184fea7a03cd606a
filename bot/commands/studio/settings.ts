import type { Interaction } from 'discord.js'
import { languageFor } from '../../../language/languages.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import { managedGuild } from '../../interactions/guildPlace.ts'
import { respond } from '../../interactions/respond.ts'
import { sizeChoices } from '../../interactions/sizes.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { type SettingsContext, settingsMessage } from '../../messages/settingsReplies.ts'

/** Shows what this server has set, with what changes it. */
export const settings: Subcommand = {
  data: {
    name: 'settings',
  },
  async run(context) {
    const { interaction, caller, bot } = context
    const guild = managedGuild(interaction)
    await bot.studio.guildOffice.checkManager(await caller.person(), guild)
    const current = await bot.studio.guildOffice.settings.read(guild.id)
    await respond(interaction, settingsMessage('home', current, await settingsContext(context)))
  },
}

/** What the pages of settings show beside them. */
export async function settingsContext({
  interaction,
  caller,
  t,
  bot: { studio },
}: InteractionContext<Interaction>): Promise<SettingsContext> {
  const { id } = managedGuild(interaction)
  const everybodys = ['everyone', `guild:${id}`]
  const usable = studio.styles.error ? [] : await studio.styles.list(await caller.person(), { guild: id, usable: true })
  return {
    t,
    server: interaction.guild?.name ?? '',
    serverLanguage: languageFor(interaction.guildLocale) ?? 'en',
    sizes: sizeChoices(t, studio.engine.model.sizes),
    styles: usable.filter(({ sharing }) => everybodys.includes(sharing)),
    isChecked: studio.moderation.checksPictures,
  }
}
