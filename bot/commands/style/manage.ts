import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import { limits } from '../../../protocol/limits.ts'
import { respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { confirmation } from '../../messages/styleReplies.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { namedStyle, noStyle, styleOption, suggestAll, suggestOwn } from './options.ts'

/** What a person does with styles of their own, and which one they use. */

export const use: Subcommand = {
  data: {
    name: 'use',
    options: [styleOption()],
  },
  async autocomplete(context) {
    return [...(await suggestAll(context)).slice(0, 24), { name: context.t('style.noneChoice'), value: noStyle }]
  },
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    if (interaction.options.getString('name', true).trim().toLowerCase() === noStyle) {
      await bot.studio.styles.setDefault(by, null)
      return respondText(interaction, t('style.usingNone'), accents.good)
    }
    const { id, name, version } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.setDefault(by, id)
    const key = version === null ? 'style.usingLater' : 'style.using'
    await respondText(interaction, t(key, { name: bold(name) }), accents.good)
  },
}

export const rename: Subcommand = {
  data: {
    name: 'rename',
    options: [
      styleOption(),
      {
        name: 'to',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxStyleNameCharacters,
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { id } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.rename(by, id, interaction.options.getString('to', true))
    const { name } = await bot.studio.styles.show(by, id)
    await respondText(interaction, t('style.renamed', { name: bold(name) }), accents.good)
  },
}

const sharings = ['private', 'server', 'everyone'] as const

export const share: Subcommand = {
  data: {
    name: 'share',
    options: [
      styleOption(),
      {
        name: 'with',
        type: ApplicationCommandOptionType.String,
        required: true,
        choices: sharings,
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { guild } = caller.where
    const sharing = sharings.find(one => one === interaction.options.getString('with', true)) ?? 'private'
    if (sharing === 'server' && guild === undefined) throw new UserError('chat/server')
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.share(by, id, sharing === 'server' ? `guild:${guild}` : sharing)
    const key = sharing === 'server' ? 'style.shared.here' : (`style.shared.${sharing}` as const)
    await respondText(interaction, t(key, { name: bold(name) }), accents.good)
  },
}

export const restore: Subcommand = {
  data: {
    name: 'restore',
    options: [
      styleOption(),
      {
        name: 'version',
        type: ApplicationCommandOptionType.Integer,
        required: true,
        min_value: 1,
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    const version = interaction.options.getInteger('version', true)
    await bot.studio.styles.restore(by, id, version)
    await respondText(interaction, t('style.restored', { name: bold(name), version }), accents.good)
  },
}

/** Asks first: the buttons beneath the question do it. */
export const remove: Subcommand = {
  data: {
    name: 'delete',
    options: [styleOption()],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    await respond(interaction, confirmation(t, await namedStyle(interaction, by, caller, bot)))
  },
}

const bold = (name: string) => `**${escapeMarkdown(name, 80)}**`
