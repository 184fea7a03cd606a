import { ApplicationCommandOptionType } from 'discord.js'
import { limits } from '../../../protocol/limits.ts'
import type { Sharing } from '../../../studio/studio.ts'
import { respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { confirmation, sharingText } from '../../messages/styleReplies.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { strings } from '../../text/strings.ts'
import { namedStyle, noStyle, styleOption, suggestAll, suggestOwn } from './options.ts'

/** What a person does with styles of their own, and which one they use. */

export const use: Subcommand = {
  data: {
    name: 'use',
    description: 'Paint in this style whenever you name none',
    type: ApplicationCommandOptionType.Subcommand,
    options: [styleOption('Which style; "none" for no style')],
  },
  async autocomplete(context) {
    return [...(await suggestAll(context)).slice(0, 24), { name: strings.style.noneChoice, value: noStyle }]
  },
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    if (interaction.options.getString('name', true).trim().toLowerCase() === noStyle) {
      await bot.studio.styles.setDefault(by, null)
      return respondText(interaction, strings.style.usingNone, accents.good)
    }
    const { id, name, version } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.setDefault(by, id)
    const { using, usingLater } = strings.style
    await respondText(interaction, (version === null ? usingLater : using)(bold(name)), accents.good)
  },
}

export const rename: Subcommand = {
  data: {
    name: 'rename',
    description: 'Call one of your styles something else',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      styleOption('Which style'),
      {
        name: 'to',
        description: 'Its new name',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxStyleNameCharacters,
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { id } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.rename(by, id, interaction.options.getString('to', true))
    await respondText(interaction, strings.style.renamed(bold((await bot.studio.styles.show(by, id)).name)))
  },
}

export const share: Subcommand = {
  data: {
    name: 'share',
    description: 'Say who may paint in one of your styles',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      styleOption('Which style'),
      {
        name: 'with',
        description: 'Who may use it, besides you',
        type: ApplicationCommandOptionType.String,
        required: true,
        choices: [
          { name: 'Nobody: private', value: 'private' },
          { name: 'This server', value: 'server' },
          { name: 'Everyone', value: 'everyone' },
        ],
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { guild } = caller.where
    const sharing = sharingOf(interaction.options.getString('with', true), guild)
    if (!sharing) return respondText(interaction, strings.style.notInServer)
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    await bot.studio.styles.share(by, id, sharing)
    await respondText(interaction, strings.style.shared(bold(name), sharingText(sharing, guild)), accents.good)
  },
}

function sharingOf(said: string, guild: string | undefined): Sharing | null {
  if (said === 'server') return guild === undefined ? null : `guild:${guild}`
  return said === 'everyone' ? said : 'private'
}

export const restore: Subcommand = {
  data: {
    name: 'restore',
    description: 'Go back to an earlier version of one of your styles',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      styleOption('Which style'),
      {
        name: 'version',
        description: 'Its number, as /style show says',
        type: ApplicationCommandOptionType.Integer,
        required: true,
        min_value: 1,
      },
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    const version = interaction.options.getInteger('version', true)
    await bot.studio.styles.restore(by, id, version)
    await respondText(interaction, strings.style.restored(bold(name), version), accents.good)
  },
}

/** Asks first: the buttons beneath the question do it. */
export const remove: Subcommand = {
  data: {
    name: 'delete',
    description: 'Delete one of your styles, with its pictures and everything learned',
    type: ApplicationCommandOptionType.Subcommand,
    options: [styleOption('Which style')],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    await respond(interaction, confirmation(await namedStyle(interaction, by, caller, bot)))
  },
}

const bold = (name: string) => `**${escapeMarkdown(name, 80)}**`
