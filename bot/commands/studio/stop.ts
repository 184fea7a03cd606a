import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import { limits } from '../../../protocol/limits.ts'
import type { GuildStop, PersonId, StyleId } from '../../../studio/studio.ts'
import type { ReplyContext } from '../../interactions/bot.ts'
import { managedGuild } from '../../interactions/guildPlace.ts'
import { respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { stopsMessage } from '../../messages/moderationReplies.ts'
import type { OptionData } from '../../text/describe.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import type { Translate } from '../../text/translate.ts'
import { findStyle, suggestAll } from '../style/options.ts'

const subject: readonly OptionData[] = [
  { name: 'person', type: ApplicationCommandOptionType.User },
  { name: 'style', type: ApplicationCommandOptionType.String, max_length: 100, autocomplete: true },
  { name: 'server', type: ApplicationCommandOptionType.Boolean },
  { name: 'everywhere', type: ApplicationCommandOptionType.Boolean },
]

/** Stops a person or a style here; operators also everywhere, and a whole server. */
export const stop: Subcommand = {
  data: {
    name: 'stop',
    options: [
      ...subject,
      {
        name: 'reason',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxCaptionCharacters,
      },
    ],
  },
  autocomplete: suggestAll,
  async run(context) {
    const { interaction, caller, bot, t } = context
    const { guildOffice, moderation, styles } = bot.studio
    const by = await caller.person()
    const guild = managedGuild(interaction)
    const target = await targetOf(context)
    const reason = interaction.options.getString('reason') ?? ''
    switch (target?.kind) {
      case undefined:
        return respond(interaction, stopsMessage(t, await guildOffice.moderation.stops(by, guild)))
      case 'member':
      case 'guildStyle':
        await guildOffice.moderation.stop(by, guild, target, reason)
        break
      case 'style':
        await styles.disable(by, target.id, reason)
        break
      case 'person':
      case 'guild':
        await moderation.stop(by, { kind: target.kind, subject: target.id, reason })
        break
      default:
        target satisfies never
    }
    await respondText(interaction, outcomeText(t, 'stopped', target), accents.good)
  },
}

/** Lets go on what was stopped. */
export const resume: Subcommand = {
  data: {
    name: 'resume',
    options: [...subject],
  },
  autocomplete: suggestAll,
  async run(context) {
    const { interaction, caller, bot, t } = context
    const { guildOffice, moderation, styles } = bot.studio
    const by = await caller.person()
    const guild = managedGuild(interaction)
    const target = await targetOf(context)
    let wasStopped = true
    switch (target?.kind) {
      case undefined:
        throw new UserError('chat/stop-what')
      case 'member':
      case 'guildStyle':
        wasStopped = await guildOffice.moderation.resume(by, guild, target)
        break
      case 'style':
        await styles.enable(by, target.id)
        break
      case 'person':
      case 'guild':
        await moderation.resume(by, { kind: target.kind, subject: target.id })
        break
      default:
        target satisfies never
    }
    const text = wasStopped ? outcomeText(t, 'resumed', target) : t('resumed.nothing')
    await respondText(interaction, text, wasStopped ? accents.good : accents.notice)
  },
}

/** What is to be stopped: here, or everywhere. */
type Target =
  | (GuildStop & { readonly name: string })
  | { readonly kind: 'person'; readonly id: PersonId; readonly name: string }
  | { readonly kind: 'style'; readonly id: StyleId; readonly name: string }
  | { readonly kind: 'guild'; readonly id: string }

/** What the options name; null if nothing. @throws UserError where they name several things */
async function targetOf({
  interaction,
  caller,
  bot: { studio },
}: ReplyContext<ChatInputCommandInteraction>): Promise<Target | null> {
  const { options } = interaction
  const [user, style] = [options.getUser('person'), options.getString('style')]
  const [server, everywhere] = [options.getBoolean('server') ?? false, options.getBoolean('everywhere') ?? false]
  if ([user !== null, style !== null, server].filter(Boolean).length > 1) {
    throw new UserError('chat/stop-one')
  }
  if (user) {
    const { id, name } = await studio.people.fromDiscord({ discordId: user.id, name: user.displayName })
    return { kind: everywhere ? 'person' : 'member', id, name }
  }
  if (style !== null) {
    const { id, name } = await findStyle(studio, await caller.person(), style, caller.where)
    return { kind: everywhere ? 'style' : 'guildStyle', id, name }
  }
  return server ? { kind: 'guild', id: managedGuild(interaction).id } : null
}

function outcomeText(t: Translate, outcome: 'stopped' | 'resumed', target: Target): string {
  if (target.kind === 'guild') return t(`${outcome}.guild`)
  return t(`${outcome}.${target.kind}`, { name: `**${escapeMarkdown(target.name, 80)}**` })
}
