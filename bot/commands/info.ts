import type { ChatInputCommandInteraction } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import { budgetOf } from '../../studio/guilds/guildRules.ts'
import type { GuildSettings } from '../../studio/studio.ts'
import { anywhere } from '../interactions/anywhere.ts'
import type { Command } from '../interactions/command.ts'
import { placeOf } from '../interactions/guildPlace.ts'
import { respond } from '../interactions/respond.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'

/** As their makers write them. */
const deviceNames: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU', dml: 'DirectML' }

/** What paints here, how long the queue is, what one may ask for, and what becomes of what one says. */
export const info = {
  data: {
    name: 'info',
    ...anywhere,
  },
  isPrivate: () => true,
  async run({ interaction, caller, t, bot: { studio } }) {
    const { model, device } = studio.engine
    const { sizes, defaults } = model
    const { pictures, learnings } = await studio.statistics()
    const teaching = learnings.queued + learnings.running
    const { guild } = caller.where
    const settings = guild === undefined ? null : await studio.guildOffice.settings.read(guild)
    const here = settings ? limitsHere(t, interaction, settings) : ''
    const { min, max, multiple } = sizes
    const { running, queued } = pictures
    const lines = [
      t('info.title', { model: escapeMarkdown(model.name, 80) }),
      running + queued === 0 ? t('info.idle') : t('info.queue', { running, queued }),
      ...(teaching ? [t('info.learning', { count: teaching })] : []),
      t('info.model', { steps: defaults.steps, device: deviceNames[device] ?? device }),
      t('info.sizes', { normal: t('recipe.size', sizes.default), min, max, multiple }),
      t('info.limits', { characters: limits.maxPromptCharacters, pictures: limits.maxPicturesAtOnce }),
      ...(here ? [t('info.here', { limits: here })] : []),
      t('info.privacy'),
    ]
    const notes = [
      ...(studio.moderation.checksPictures ? [t('info.checks')] : []),
      ...(settings?.blockedWords.length ? [t('info.blockedWords')] : []),
      t('info.commands', { report: t('name.Report') }),
    ]
    await respond(interaction, createMessage(lines.join('\n'), { accent: accents.house, footer: notes }))
  },
} satisfies Command

/** What this server allows whoever asks; empty if it has no limits of its own. */
function limitsHere(t: Translate, interaction: ChatInputCommandInteraction, settings: GuildSettings): string {
  const { picturesPerHour, concurrent, maxSide } = budgetOf(settings, placeOf(interaction).place?.roles ?? [])
  return [
    ...(picturesPerHour === null ? [] : [t('info.perHour', { count: picturesPerHour })]),
    ...(concurrent === null ? [] : [t('info.concurrent', { count: concurrent })]),
    ...(maxSide === null ? [] : [t('info.maxSide', { pixels: maxSide })]),
    ...(settings.coolDownSeconds ? [t('info.coolDown', { seconds: settings.coolDownSeconds })] : []),
  ].join(', ')
}
