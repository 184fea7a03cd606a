import { limits } from '../../../protocol/limits.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import type { MenuInteraction } from '../../interactions/command.ts'
import { type ChosenPictures, keepChosen } from '../../interactions/messagePictures.ts'
import { modal } from '../../messages/modal.ts'
import { messageMenu, personMenu } from './pictureMenus.ts'

/** In the menu of a message: paints over one of its pictures. */
export const paintOver = messageMenu('Paint over this', openForm)

/** In the menu of a person: paints over the picture that they have in Discord. */
export const paintOverAvatar = personMenu('Paint over avatar', openForm)

async function openForm(context: InteractionContext<MenuInteraction>, chosen: ChosenPictures): Promise<void> {
  const { interaction, t } = context
  const options = chosen.pictures.slice(0, 25).map((_, index) => ({
    ...{ value: String(index), label: t('picture.number', { number: index + 1 }), default: index === 0 },
  }))
  const { maxPromptCharacters: maxCharacters } = limits
  await interaction.showModal(
    modal({ action: 'paintover', of: interaction.id }, t('paintover.title'), [
      ...(options.length > 1 ? [{ id: 'picture', label: t('paintover.picture.label'), options }] : []),
      { id: 'prompt', label: t('edit.prompt.label'), maxCharacters, isLong: true, isRequired: true },
      {
        ...{ id: 'strength', label: t('remix.strength.label'), description: t('remix.strength.description') },
        ...{ value: '0.6', maxCharacters: 5, isRequired: true },
      },
    ]),
  )
  await keepChosen(context, chosen)
}
