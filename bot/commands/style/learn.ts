import { asStyleId } from '../../../studio/studio.ts'
import { findOwn } from '../../../studio/styles/styleNames.ts'
import { soon } from '../../interactions/formValues.ts'
import { checkAttach } from '../../interactions/respond.ts'
import type { Subcommand } from '../../interactions/subcommand.ts'
import { teachForm } from '../../messages/teachForm.ts'
import { styleOption, suggestOwn } from './options.ts'

/** Opens the form that takes pictures for a style: a new one, or one of theirs to teach again. */
export const learn: Subcommand = {
  isPublic: true,
  data: { name: 'learn', options: [styleOption({ required: false })] },
  autocomplete: suggestOwn,
  check: ({ interaction }) => checkAttach(interaction),
  async open({ interaction, caller, bot, t }) {
    const name = interaction.options.getString('name') ?? ''
    const known = name === '' ? null : await soon(ownStyle(), null)
    const sharings = { current: known?.sharing ?? 'private', guild: caller.where.guild }
    await interaction.showModal(
      teachForm(t, { action: 'teach', of: known?.id ?? 'new' }, { name, needsPictures: !known, ...sharings }),
    )

    async function ownStyle() {
      const person = await bot.studio.people.findDiscord(interaction.user.id)
      const found = person && (await findOwn(bot.studio.styles, person.id, name))
      return found ? bot.studio.styles.show(person.id, asStyleId(found.id)) : null
    }
  },
}
