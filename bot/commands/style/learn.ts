import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import type { NewStylePicture } from '../../../studio/studio.ts'
import { findOwn } from '../../../studio/styles/styleNames.ts'
import { checkAttach, respondText } from '../../interactions/respond.ts'
import { startLearning } from '../../interactions/startLearning.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { styleOption, suggestOwn } from './options.ts'

/** Of one call; more come by a second one. */
const images = Array.from({ length: 10 }, (_, index) => `image${index + 1}`)

/** Makes a style out of the attached pictures, or gives them to one that is there, and learns it. */
export const learn: Subcommand = {
  isPublic: true,
  data: {
    name: 'learn',
    options: [
      styleOption(),
      ...images.map(name => ({
        name,
        type: ApplicationCommandOptionType.Attachment as const,
      })),
      {
        name: 'later',
        type: ApplicationCommandOptionType.Boolean,
      },
    ],
  },
  autocomplete: suggestOwn,
  check: ({ interaction }) => checkAttach(interaction),
  async run(context) {
    const { interaction, caller, bot, publicT } = context
    const { options } = interaction
    const { styles } = bot.studio
    const by = await caller.person()
    const name = options.getString('name', true)
    const pictures: NewStylePicture[] = []
    for (const image of images) {
      const attachment = options.getAttachment(image)
      if (!attachment) continue
      const { description } = attachment
      pictures.push({ bytes: await bot.fetchImage(attachment), ...(description ? { caption: description } : {}) })
    }
    const known = await findOwn(styles, by, name)
    if (!known && !pictures.length) throw new UserError('chat/style-pictures')
    if (known && pictures.length) await styles.addPictures(by, known.id, pictures)
    const style = known ?? (await styles.create(by, { name, pictures, ...caller.where }))
    if (!options.getBoolean('later')) return startLearning(context, style.id)
    const { pictures: count } = await styles.show(by, style.id)
    const named = { name: `**${escapeMarkdown(style.name, 80)}**`, pictures: count }
    await respondText(interaction, publicT('style.collected', named), accents.good)
  },
}
