import { ApplicationCommandType } from 'discord.js'
import { limits } from '../../../protocol/limits.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import type { MenuInteraction, MessageCommand, PersonCommand } from '../../interactions/command.ts'
import { avatarOf, type ChosenPictures, keepChosen, picturesOf } from '../../interactions/messagePictures.ts'
import { checkAttach } from '../../interactions/respond.ts'
import { modal } from '../../messages/modal.ts'
import { anywhere } from './anywhere.ts'

/** In the menu of a message: paints over one of its pictures. */
export const paintOver: MessageCommand = {
  data: {
    name: 'Paint over this',
    type: ApplicationCommandType.Message,
    ...anywhere,
  },
  async open(context) {
    checkAttach(context.interaction)
    await openForm(context, picturesOf(context.interaction.targetMessage))
  },
}

/** In the menu of a person: paints over the picture that they have in Discord. */
export const paintOverAvatar: PersonCommand = {
  data: {
    name: 'Paint over avatar',
    type: ApplicationCommandType.User,
    ...anywhere,
  },
  async open(context) {
    checkAttach(context.interaction)
    await openForm(context, avatarOf(context.interaction.targetUser))
  },
}

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
