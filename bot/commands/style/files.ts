import { ApplicationCommandOptionType } from 'discord.js'
import { findOwn } from '../../../studio/styles/styleNames.ts'
import { checkAttach, respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { createMessage } from '../../messages/message.ts'
import { importNotes, shownMessage } from '../../messages/styleReplies.ts'
import { byteSize } from '../../text/figures.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { namedStyle, styleOption, suggestOwn } from './options.ts'

/** Styles as files, for and from other programs. */

export const exportStyle: Subcommand = {
  data: {
    name: 'export',
    options: [styleOption()],
  },
  autocomplete: suggestOwn,
  check: ({ interaction }) => checkAttach(interaction),
  async run({ interaction, caller, bot, t }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    const { bytes, fileName } = await bot.studio.styles.exportFile(by, id)
    if (bytes.length > interaction.attachmentSizeLimit) {
      return respondText(interaction, t('style.exportLarge', { size: byteSize(t, bytes.length) }))
    }
    const download = { bytes, name: fileName, contentType: 'application/octet-stream', description: fileName }
    await respond(
      interaction,
      createMessage(t('style.exported', { name: `**${escapeMarkdown(name, 80)}**` }), { download }),
    )
  },
}

export const importStyle: Subcommand = {
  data: {
    name: 'import',
    options: [
      {
        name: 'file',
        type: ApplicationCommandOptionType.Attachment,
        required: true,
      },
      styleOption({ required: false }),
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot, t }) {
    const { styles } = bot.studio
    const by = await caller.person()
    const attachment = interaction.options.getAttachment('file', true)
    const bytes = await bot.fetchStyleFile(attachment)
    const name = interaction.options.getString('name') ?? attachment.name.replace(/\.safetensors$/i, '')
    const known = await findOwn(styles, by, name)
    const into = known ? { style: known.id } : { name, ...caller.where }
    const style = await styles.importFile(by, { ...into, bytes })
    const message = await shownMessage(
      t,
      style,
      (version, when, index) => styles.readExample(by, style.id, version, when, index),
      caller.where.guild,
    )
    const notes = importNotes(t, style.changes)
    await respond(interaction, { ...message, content: [...notes, message.content].join('\n') })
  },
}
