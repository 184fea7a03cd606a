import { ApplicationIntegrationType, type ChatInputCommandInteraction, InteractionContextType } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import { budgetOf } from '../../studio/guilds/guildRules.ts'
import type { GuildSettings } from '../../studio/studio.ts'
import type { Command } from '../interactions/command.ts'
import { placeOf } from '../interactions/guildPlace.ts'
import { respond } from '../interactions/respond.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { personalStrings } from '../text/personalStrings.ts'
import { strings } from '../text/strings.ts'

const { info: said } = personalStrings

/** What paints here, how long the queue is, what one may ask for, and what becomes of what one says. */
export const info = {
  data: {
    name: 'info',
    description: 'Queue, model, limits and privacy',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  },
  isPrivate: () => true,
  async run({ interaction, caller, bot: { studio } }) {
    const { model, device } = studio.engine
    const { sizes, defaults } = model
    const { pictures, learnings } = await studio.statistics()
    const teaching = learnings.queued + learnings.running
    const { guild } = caller.where
    const settings = guild === undefined ? null : await studio.guildOffice.settings.read(guild)
    const here = settings ? limitsHere(interaction, settings) : ''
    const normal = strings.recipe.size(sizes.default.width, sizes.default.height)
    const lines = [
      said.title(escapeMarkdown(model.name, 80)),
      said.queue(pictures.running, pictures.queued),
      ...(teaching ? [said.learning(teaching)] : []),
      said.model(defaults.steps, device),
      said.sizes(normal, sizes.min, sizes.max, sizes.multiple),
      said.limits(limits.maxPromptCharacters, limits.maxPicturesAtOnce),
      ...(here ? [said.here(here)] : []),
      said.privacy,
    ]
    const notes = [
      ...(studio.moderation.checksPictures ? [said.checks] : []),
      ...(settings?.blockedWords.length ? [said.words] : []),
      said.commands,
    ]
    await respond(interaction, createMessage(lines.join('\n'), { accent: accents.house, footer: notes }))
  },
} satisfies Command

/** What this server allows whoever asks; empty if it has no limits of its own. */
function limitsHere(interaction: ChatInputCommandInteraction, settings: GuildSettings): string {
  const { picturesPerHour, concurrent, maxSide } = budgetOf(settings, placeOf(interaction).place?.roles ?? [])
  return [
    ...(picturesPerHour === null ? [] : [said.perHour(picturesPerHour)]),
    ...(concurrent === null ? [] : [said.concurrent(concurrent)]),
    ...(maxSide === null ? [] : [said.maxSide(maxSide)]),
    ...(settings.coolDownSeconds ? [said.coolDown(settings.coolDownSeconds)] : []),
  ].join(', ')
}
