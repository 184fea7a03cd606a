import { UserError } from '../../../protocol/errors.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import type { MenuInteraction } from '../../interactions/command.ts'
import { type ChosenPictures, keepChosen } from '../../interactions/messagePictures.ts'
import { teachForm } from '../../messages/teachForm.ts'
import { messageMenu, personMenu } from './pictureMenus.ts'

/** In the menu of a message: learns a style from its pictures, if whoever sent them allows it. */
export const learnThese = messageMenu('Learn this style', openForm)

/** In the menu of a person: learns a style from the picture that they have in Discord, if they allow it. */
export const learnAvatar = personMenu('Learn style of avatar', openForm)

async function openForm(context: InteractionContext<MenuInteraction>, chosen: ChosenPictures): Promise<void> {
  const { interaction, caller, t } = context
  if (!chosen.author) throw new UserError('chat/no-author')
  const form = {
    name: '',
    needsPictures: false,
    hasPictures: true,
    current: 'private',
    guild: caller.where.guild,
  } as const
  await interaction.showModal(teachForm(t, { action: 'teachthese', of: interaction.id }, form))
  await keepChosen(context, chosen)
}
