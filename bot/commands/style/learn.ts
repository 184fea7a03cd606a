import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import type { NewStylePicture } from '../../../studio/studio.ts'
import { findOwn } from '../../../studio/styles/styleNames.ts'
import { checkAttach, respondText } from '../../interactions/respond.ts'
import { startLearning } from '../../interactions/startLearning.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { accents } from '../../messages/accents.ts'
import { escapeMarkdown } from '../../text/markdown.ts'
import { strings } from '../../text/strings.ts'
import { styleOption, suggestOwn } from './options.ts'

/** Of one call; more come by a second one. */
const images = Array.from({ length: 10 }, (_, index) => `image${index + 1}`)

/** Makes a style out of the attached pictures, or gives them to one that is there, and learns it. */
export const learn: Subcommand = {
  isPublic: true,
  data: {
    name: 'learn',
    description: 'Teach a style from your own pictures; they are kept for this alone, until you delete the style',
    type: ApplicationCommandOptionType.Subcommand,
    options: [
      styleOption('What to call the style, or one of yours to teach again'),
      ...images.map((name, index) => ({
        name,
        description: index === 0 ? 'A picture to learn from: PNG, JPEG or WebP' : 'Another picture',
        type: ApplicationCommandOptionType.Attachment as const,
      })),
      {
        name: 'later',
        description: 'Only keep these pictures for now: more will follow before learning starts',
        type: ApplicationCommandOptionType.Boolean,
      },
    ],
  },
  autocomplete: suggestOwn,
  check: ({ interaction }) => checkAttach(interaction),
  async run(context) {
    const { interaction, caller, bot } = context
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
    if (!known && !pictures.length) throw new UserError('style/pictures-few', strings.style.noPictures)
    if (known && pictures.length) await styles.addPictures(by, known.id, pictures)
    const style = known ?? (await styles.create(by, { name, pictures, ...caller.where }))
    if (!options.getBoolean('later')) return startLearning(context, style.id)
    const count = (await styles.show(by, style.id)).pictures
    await respondText(
      interaction,
      strings.style.collected(`**${escapeMarkdown(style.name, 80)}**`, count),
      accents.good,
    )
  },
}
