import { ApplicationCommandOptionType } from 'discord.js'
import { findOwn } from '../../../studio/styles/styleNames.ts'
import { checkAttach, respond, respondText } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { createMessage } from '../../messages/message.ts'
import { shownMessage } from '../../messages/styleReplies.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { strings } from '../../text/strings.ts'
import { namedStyle, styleOption, suggestOwn } from './options.ts'

/** Styles as files, for and from other programs. */

export const exportStyle: Subcommand = {
  data: {
    name: 'export',
    description: 'One of your styles as a file (.safetensors)',
    type: ApplicationCommandOptionType.Subcommand,
    options: [styleOption('Which style')],
  },
  autocomplete: suggestOwn,
  check: ({ interaction }) => checkAttach(interaction),
  async run({ interaction, caller, bot }) {
    const by = await caller.person()
    const { id, name } = await namedStyle(interaction, by, caller, bot)
    const { bytes, fileName } = await bot.studio.styles.exportFile(by, id)
    if (bytes.length > interaction.attachmentSizeLimit)
      return respondText(interaction, strings.style.exportLarge(bytes.length))
    const download = { bytes, name: fileName, contentType: 'application/octet-stream', description: fileName }
    await respond(interaction, createMessage(strings.style.exported(`**${escapeMarkdown(name, 80)}**`), { download }))
  },
}

export const importStyle: Subcommand = {
  data: {
    name: 'import',
    description: 'Make a style from a LoRA file of this model (.safetensors)',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      {
        name: 'file',
        description: 'A file of PEFT, diffusers or kohya',
        type: ApplicationCommandOptionType.Attachment,
        required: true,
      },
      styleOption('What to call it, or one of yours that it is the next version of', { required: false }),
    ],
  },
  autocomplete: suggestOwn,
  async run({ interaction, caller, bot }) {
    const { styles } = bot.studio
    const by = await caller.person()
    const attachment = interaction.options.getAttachment('file', true)
    const bytes = await bot.fetchStyleFile(attachment)
    const name = interaction.options.getString('name') ?? attachment.name.replace(/\.safetensors$/i, '')
    const known = await findOwn(styles, by, name)
    const into = known ? { style: known.id } : { name, ...caller.where }
    const style = await styles.importFile(by, { ...into, bytes })
    const message = await shownMessage(
      style,
      (version, when, index) => styles.readExample(by, style.id, version, when, index),
      caller.where.guild,
    )
    await respond(interaction, style.notes ? { ...message, content: `${style.notes}\n${message.content}` } : message)
  },
}
